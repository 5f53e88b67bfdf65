"""Spreading a basket's discount and shipping over its lines, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkout.errors import AmountInvalid
from common.money import MAX_CENTS, allocate


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line before allocation: quantity × unit price, the tax that the shop reckoned for it, and a discount of it alone."""

    quantity: int
    unit_price_cents: int
    tax_cents: int = 0
    discount_cents: int = 0

    @property
    def subtotal_cents(self) -> int:
        return self.quantity * self.unit_price_cents


@dataclass(frozen=True, slots=True)
class AllocatedLine:
    """One line with its shares; `total_cents` is what the shopper pays for it."""

    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    shipping_cents: int

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents - self.discount_cents + self.tax_cents + self.shipping_cents


def allocate_basket(lines: Sequence[PricedLine], *, discount_cents: int, shipping_cents: int) -> list[AllocatedLine]:
    """Spread the basket's discount by what each line costs after its own, and shipping by what is left, largest remainder first.

    discount_cents: of the basket, beside those of single lines; an allocated line's discount is both together.
    Sums over the lines equal the given amounts exactly; no line's discount exceeds its subtotal.
    """
    subtotals = [line.subtotal_cents for line in lines]
    _refuse_own_discounts(lines)
    reduced = [line.subtotal_cents - line.discount_cents for line in lines]
    if discount_cents > sum(reduced):
        raise AmountInvalid("The discount is larger than the items it is taken from.", param="discount_cents")
    if sum(subtotals) + shipping_cents + sum(line.tax_cents for line in lines) > MAX_CENTS:
        raise AmountInvalid("The basket's total is larger than a card network can carry.", param="line_items")
    shares = allocate(discount_cents, reduced)
    discounts = [line.discount_cents + share for line, share in zip(lines, shares, strict=True)]
    nets = [subtotal - discount for subtotal, discount in zip(subtotals, discounts, strict=True)]
    shipping = allocate(shipping_cents, nets)
    return [
        AllocatedLine(subtotal_cents=s, discount_cents=d, tax_cents=line.tax_cents, shipping_cents=share)
        for line, s, d, share in zip(lines, subtotals, discounts, shipping, strict=True)
    ]


def _refuse_own_discounts(lines: Sequence[PricedLine]) -> None:
    for index, line in enumerate(lines):
        if line.discount_cents > line.subtotal_cents:
            raise AmountInvalid(
                "The discount of this line is larger than the line: at most quantity × unit_price_cents.",
                param=f"line_items[{index}].discount_cents",
            )
