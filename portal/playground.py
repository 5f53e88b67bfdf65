"""What the SDK's playground works with: the merchant, the key and some products of the demo that `make run` makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from checkout.models import CheckoutSession
from checkout.services.create import BasketLine, create_session
from common.scopes import across_merchants, enter_merchant
from eligibility.models import Product
from merchants.models import Merchant
from vault.keyring import require_open

SHOWN: Final = (("eligible", 2), ("letter", 1), ("rx", 1), ("not_eligible", 1))  # verdict -> how many products with it
MOST_LINES: Final = 20
MOST_OF_ONE: Final = 99


@dataclass(frozen=True, slots=True)
class Demo:
    merchant: Merchant
    publishable_key: str


def demo() -> Demo | None:
    """The demo's merchant, for which the rest of the request runs; None where there is no demo."""
    path = settings.DATA_DIR / "demo.json"
    if not settings.IS_SANDBOX or not path.exists():
        return None
    written: dict[str, Any] = json.loads(path.read_text("utf-8"))
    with across_merchants("the playground is the demo merchant's"):
        merchant = Merchant.objects.filter(public_id=written.get("merchant_id", ""), is_active=True).first()
    if merchant is None:
        return None
    require_open(merchant.pk)
    enter_merchant(merchant)
    return Demo(merchant, str(written.get("publishable_key", "")))


def products_to_try(merchant: Merchant) -> list[Product]:
    """A few of each verdict."""
    priced = Product.objects.filter(merchant=merchant, is_active=True, price_cents__gt=0).order_by("sku")
    return [product for status, count in SHOWN for product in priced.filter(current_decision__status=status)[:count]]


def open_playground_session(*, merchant: Merchant, wanted: object, back_url: str) -> CheckoutSession | None:
    """A session of the demo's merchant for these lines ({product, quantity}); None if they are none. The prices are the catalogue's."""
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_LINES:
        return None
    skus = [str(line.get("product", "")) if isinstance(line, dict) else "" for line in wanted]
    known = {product.sku: product for product in Product.objects.filter(merchant=merchant, is_active=True, sku__in=skus)}
    lines = [
        BasketLine(quantity=line["quantity"], unit_price_cents=None, product=known[sku].public_id)
        for sku, line in zip(skus, wanted, strict=True)
        if sku in known and isinstance(line.get("quantity"), int) and 0 < line["quantity"] <= MOST_OF_ONE
    ]
    if len(lines) != len(wanted):
        return None
    return create_session(merchant=merchant, lines=lines, success_url=back_url, cancel_url=back_url)
