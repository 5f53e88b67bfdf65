"""Opening a session: judge the basket, spread its amounts, freeze both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from checkout.allocation import AllocatedLine, PricedLine, allocate_basket
from checkout.errors import AmountInvalid, AmountMismatch, ProductUnknown, ShopperNeeded
from checkout.models import CheckoutSession, LineItem, PaymentLink, SavedCard
from checkout.split import split_for
from common.money import dollars
from eligibility.decision import Decision, Item
from eligibility.models import Product
from eligibility.registry.stream import note_judged
from eligibility.selectors import products_of
from eligibility.services.decide import decide
from eligibility.services.reviews import ask_for_review
from merchants.models import Merchant
from shoppers.models import Shopper
from vault.audit.services import record_about

SESSION_TTL = timedelta(hours=24)
# What an HSA card would pay is the most that any benefit card can; the page recomputes for the card that comes.
WIDEST_CARD_KIND = "hsa"


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line as the merchant sent it; `product` is a product's id, which then fills what the line leaves out."""

    quantity: int
    unit_price_cents: int | None
    tax_cents: int = 0
    discount_cents: int = 0
    product: str = ""
    title: str = ""
    brand: str = ""
    gtin: str = ""
    sku: str = ""
    category: str = ""


def create_session(
    *,
    merchant: Merchant,
    lines: Sequence[BasketLine],
    shopper: Shopper | None = None,
    letters_of: Shopper | None = None,
    success_url: str,
    cancel_url: str,
    shipping_cents: int = 0,
    discount_cents: int = 0,
    amount_total_cents: int | None = None,
    capture_method: str = CheckoutSession.CaptureMethod.AUTOMATIC,
    client_reference_id: str = "",
    metadata: Mapping[str, Any] | None = None,
    payment_link: PaymentLink | None = None,
    channel: str = CheckoutSession.Channel.ONLINE,
    ttl: timedelta = SESSION_TTL,
    save_cards: str = SavedCard.Covers.CHECKOUT,
) -> CheckoutSession:
    """Open a session for a basket and return it with its lines loaded.

    shopper: who buys, if the merchant knows; the receipt is theirs.
    ttl: how long it may be paid.
    save_cards: what cards may be kept for; with “subscriptions” only cards pay whose holder agreed to renewals.
    letters_of: whose letters in force count and whose saved cards may pay: nobody's, unless the merchant answers for who buys.
    amount_total_cents: the merchant's own total; if given, it must be ours to the cent. Every call opens a new session:
    the Idempotency-Key is what makes a repeat harmless.
    """
    if save_cards == SavedCard.Covers.SUBSCRIPTIONS and letters_of is None:
        raise ShopperNeeded(param="shopper")
    products = known_products(merchant, lines)
    full_lines = [_filled(line, products.get(line.product), index) for index, line in enumerate(lines)]
    shares = allocate_basket(
        [PricedLine(line.quantity, line.unit_price_cents or 0, line.tax_cents, line.discount_cents) for line in full_lines],
        discount_cents=discount_cents, shipping_cents=shipping_cents,
    )  # fmt: skip
    _refuse_total(sum(share.total_cents for share in shares), amount_total_cents)
    items = [
        Item(title=line.title, brand=line.brand, gtin=line.gtin, category=line.category, price_cents=line.unit_price_cents)
        for line in full_lines
    ]
    decisions = decide(items, merchant, letters_of)
    note_judged(merchant_id=merchant.pk, judged=zip(items, decisions, strict=True))
    rows = [
        _row(position, line, share, decision, products.get(line.product))
        for position, (line, share, decision) in enumerate(zip(full_lines, shares, decisions, strict=True))
    ]
    session = CheckoutSession(
        merchant=merchant, shopper=shopper, knows_shopper=letters_of is not None, channel=channel,
        capture_method=capture_method, success_url=success_url, cancel_url=cancel_url,
        amount_subtotal_cents=sum(row.subtotal_cents for row in rows), amount_discount_cents=sum(row.discount_cents for row in rows),
        amount_tax_cents=sum(row.tax_cents for row in rows), amount_shipping_cents=shipping_cents,
        amount_total_cents=sum(row.total_cents for row in rows), amount_eligible_cents=split_for(rows, merchant, WIDEST_CARD_KIND).benefit_cents,
        client_reference_id=client_reference_id, metadata=dict(metadata or {}), expires_at=timezone.now() + ttl,
        payment_link=payment_link, save_cards=save_cards,
    )  # fmt: skip
    with transaction.atomic(savepoint=False):
        session.save(force_insert=True)
        for row in rows:
            row.session = session
        LineItem.objects.bulk_create(rows)
        record_about(session, "created", details={"lines": len(rows), "amount_total_cents": session.amount_total_cents})
        ask_for_review(
            merchant=merchant,
            judged=list(zip(items, decisions, strict=True)),
            amounts_cents=[row.total_cents for row in rows],
        )
    session.known_lines = rows  # type: ignore[attr-defined]
    return session


def _refuse_total(total_cents: int, amount_total_cents: int | None) -> None:
    """Refuse a basket that costs nothing, or other than the merchant says."""
    if total_cents == 0:
        raise AmountInvalid("There is nothing to pay: the basket costs nothing after its discount.", param="line_items")
    if amount_total_cents is not None and amount_total_cents != total_cents:
        raise AmountMismatch(
            f"The basket adds up to {dollars(total_cents)}, not {dollars(amount_total_cents)}: check quantities, tax, shipping and discount.",
            param="amount_total_cents", expected_cents=total_cents,
        )  # fmt: skip


def _row(position: int, line: BasketLine, share: AllocatedLine, decision: Decision, product: Product | None) -> LineItem:
    return LineItem(
        product=product, position=position, title=line.title, brand=line.brand, sku=line.sku, gtin=line.gtin,
        quantity=line.quantity, unit_price_cents=line.unit_price_cents or 0, subtotal_cents=share.subtotal_cents,
        discount_cents=share.discount_cents, tax_cents=share.tax_cents, shipping_cents=share.shipping_cents,
        total_cents=share.total_cents, status=decision.status, category=decision.category, evidence=decision.evidence,
        decision=decision.as_json(),
    )  # fmt: skip


def filled_lines(merchant: Merchant, lines: Sequence[BasketLine]) -> list[BasketLine]:
    """Each line with what its product knows. Raises ProductUnknown."""
    products = known_products(merchant, lines)
    return [_filled(line, products.get(line.product), index) for index, line in enumerate(lines)]


def known_products(merchant: Merchant, lines: Sequence[BasketLine]) -> dict[str, Product]:
    """The merchant's products that the lines name, by id. Raises ProductUnknown."""
    wanted = {line.product for line in lines if line.product}
    known = {row.public_id: row for row in products_of(merchant).filter(public_id__in=wanted)} if wanted else {}
    for index, line in enumerate(lines):
        if line.product and line.product not in known:
            raise ProductUnknown(f"“{line.product}” is not one of your products.", param=f"line_items[{index}].product")
    return known


def _filled(line: BasketLine, product: Product | None, index: int) -> BasketLine:
    """The line with what its product knows."""
    if product is None:
        return line
    price = line.unit_price_cents if line.unit_price_cents is not None else product.price_cents
    if price is None:
        raise ProductUnknown("This product has no price: send unit_price_cents.", param=f"line_items[{index}].unit_price_cents")
    return BasketLine(
        quantity=line.quantity, unit_price_cents=price, tax_cents=line.tax_cents, discount_cents=line.discount_cents,
        product=line.product,
        title=line.title or product.title, brand=line.brand or product.brand, gtin=line.gtin or product.gtin14,
        sku=line.sku or product.sku, category=line.category,
    )  # fmt: skip
