"""What a merchant sells, as it tells us."""

from __future__ import annotations

from typing import Any

from eligibility.decision import Item
from eligibility.gtin import gtin14
from eligibility.models import Product
from merchants.models import Merchant


def save_product(*, merchant: Merchant, sku: str, **fields: Any) -> tuple[Product, bool]:
    """Add the product with this SKU, or change the named fields of the one there is. Returns it and whether it is new."""
    if "gtin" in fields:
        fields["gtin14"] = gtin14(fields.pop("gtin")) or ""
    return Product.objects.update_or_create(merchant=merchant, sku=sku, defaults=fields)


def product_item(product: Product) -> Item:
    return Item(
        title=product.title, brand=product.brand, gtin=product.gtin14, description=product.description,
        price_cents=product.price_cents,
    )  # fmt: skip
