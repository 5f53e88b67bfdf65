"""What a cart would put on a benefit card, before anybody pays: nothing is stored, and nobody is asked for a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkout.allocation import PricedLine, allocate_basket
from checkout.errors import ProductUnknown
from checkout.models import LineItem
from checkout.services.create import WIDEST_CARD_KIND
from checkout.split import documented_split, split_for
from eligibility.catalogue.public import Verdict, verdicts_for
from eligibility.services.decide import not_judged
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart: a `product` (id, SKU or GTIN), or something else under a `title`, which no card is promised for."""

    quantity: int
    unit_price_cents: int | None
    product: str = ""
    title: str = ""
    discount_cents: int = 0
    tax_cents: int = 0


@dataclass(frozen=True, slots=True)
class PreviewedLine:
    """with_document_cents: what a benefit card could pay besides, once a letter or a prescription is there."""

    cart: CartLine
    verdict: Verdict
    total_cents: int
    eligible_cents: int
    with_document_cents: int


def preview_split(
    *, merchant: Merchant, lines: Sequence[CartLine], shipping_cents: int = 0, discount_cents: int = 0
) -> list[PreviewedLine]:
    """Divide a cart by the decisions in force about the merchant's products; the same rules as a sale's, for the widest card.

    What the merchant does not sell under that reference is unknown, and never on a card. Raises AmountInvalid, ProductUnknown.
    """
    verdicts = verdicts_for(merchant, [line.product for line in lines])
    prices = [_price(line, verdict, index) for index, (line, verdict) in enumerate(zip(lines, verdicts, strict=True))]
    shares = allocate_basket(
        [
            PricedLine(line.quantity, price, line.tax_cents, line.discount_cents)
            for line, price in zip(lines, prices, strict=True)
        ],
        discount_cents=discount_cents, shipping_cents=shipping_cents,
    )  # fmt: skip
    rows = [
        LineItem(
            position=at, quantity=line.quantity, unit_price_cents=price, subtotal_cents=share.subtotal_cents,
            discount_cents=share.discount_cents, tax_cents=share.tax_cents, shipping_cents=share.shipping_cents,
            total_cents=share.total_cents, decision=(verdict.decision or not_judged()).as_json(),
        )
        for at, (line, price, share, verdict) in enumerate(zip(lines, prices, shares, verdicts, strict=True))
    ]  # fmt: skip
    now, later = split_for(rows, merchant, WIDEST_CARD_KIND), documented_split(rows, merchant, WIDEST_CARD_KIND)
    return [
        PreviewedLine(line, verdict, row.total_cents, part.benefit_cents, then.benefit_cents)
        for line, verdict, row, part, then in zip(lines, verdicts, rows, now.lines, later.lines, strict=True)
    ]


def _price(line: CartLine, verdict: Verdict, index: int) -> int:
    known = verdict.product.price_cents if verdict.product else None
    price = line.unit_price_cents if line.unit_price_cents is not None else known
    if price is None:
        raise ProductUnknown(
            "We know no price of this item: send unit_price_cents.", param=f"line_items[{index}].unit_price_cents"
        )
    return price
