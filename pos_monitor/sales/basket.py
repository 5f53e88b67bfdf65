"""What a till rings up, turned into the lines that are judged and paid.

A line is found by its GTIN first, then by its PLU, both in the merchant's catalogue; what is not there is judged by the
till's own text. Weighed goods are one line of one piece, whose price is weight × price rounded half up to the cent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from checkout.errors import AmountMismatch
from checkout.services.create import BasketLine
from common.money import dollars
from eligibility.gtin import check_digit, gtin14
from eligibility.models import Product
from eligibility.selectors import products_of
from merchants.models import Merchant
from pos_monitor.sales.errors import PluUnknown

THOUSANDTHS: Final = 1000
UPC_WITHOUT_CHECK_DIGIT: Final = 11  # as many tills export it
ROUNDING_CENTS: Final = 1  # scales round in their own way


@dataclass(frozen=True, slots=True)
class TillLine:
    """One line as the till rang it up. unit_price_cents: of a piece, or of one `weight_unit`. weight: in thousandths of it.

    amount_cents: what the till reckons for the line before discount and tax; None where it does not say.
    """

    till_text: str = ""
    gtin: str = ""
    plu: str = ""
    quantity: int = 1
    unit_price_cents: int = 0
    tax_cents: int = 0
    weight_thousandths: int | None = None
    weight_unit: str | None = None
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class TillBasket:
    """One sale as the till sent it. taken_offline_at: when it was taken, where the till had no line to us then."""

    sale_number: str
    lines: tuple[TillLine, ...]
    discount_cents: int = 0
    amount_total_cents: int | None = None
    taken_offline_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """What makes two sends the same sale: number, lines, discount and total. Cards are no part of it: a token pays once, so a
        repeat brings others; nor is the offline time: what was sent online and not heard is sent again from the queue."""
        said = {name: value for name, value in asdict(self).items() if name != "taken_offline_at"}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def reckoned_cents(self) -> int:
        """What the sale comes to by the till's own word, for one that cannot be rung up here."""
        if self.amount_total_cents is not None:
            return self.amount_total_cents
        sums = [_cents(line) if line.amount_cents is None else line.amount_cents for line in self.lines]
        return max(0, sum(sums) + sum(line.tax_cents for line in self.lines) - self.discount_cents)


@dataclass(frozen=True, slots=True)
class RungUp:
    """Lines to be judged, and what of each the receipt prints: till text, PLU, weight, price."""

    lines: list[BasketLine]
    printed: list[dict[str, Any]]


def ring_up(*, merchant: Merchant, lines: Sequence[TillLine]) -> RungUp:
    """Find each line in the catalogue and price it. Raises PluUnknown, AmountMismatch with the line's place."""
    codes = [readable_gtin(line.gtin) for line in lines]
    known = _known(merchant, [code for code in codes if code], [line.plu for line in lines if line.plu])
    found: list[BasketLine] = []
    for at, (line, code) in enumerate(zip(lines, codes, strict=True)):
        product = known.get(code) or known.get(f"plu:{line.plu}")
        if product is None and not line.till_text:
            raise PluUnknown(
                f"“{line.plu or line.gtin}” is not in your catalogue: send its till_text too.",
                param=f"line_items[{at}].till_text",
            )
        quantity, price = _priced(line, at)
        found.append(
            BasketLine(
                quantity=quantity, unit_price_cents=price, tax_cents=line.tax_cents, product=product.public_id if product else "",
                title=product.title if product else line.till_text, gtin=code or (product.gtin14 if product else ""),
                sku=line.plu,
            )
        )  # fmt: skip
    printed = [
        {
            "till_text": line.till_text, "plu": line.plu, "unit_price_cents": line.unit_price_cents,
            "weight_thousandths": line.weight_thousandths, "weight_unit": line.weight_unit,
        }
        for line in lines
    ]  # fmt: skip
    return RungUp(found, printed)


def readable_gtin(written: str) -> str:
    """The GTIN-14 of what a till scanned, or "" where it is none that means the same in every shop.

    Eleven digits are a UPC whose check digit the till left out. Codes for use in a shop (GS1 prefixes 02, 04 and 20–29) name
    what the shop likes, often with a weight or price inside: they are on no list.
    """
    digits = written.replace("-", "").replace(" ", "")
    if len(digits) == UPC_WITHOUT_CHECK_DIGIT and digits.isascii() and digits.isdigit():
        digits += check_digit(digits)
    code = gtin14(digits) or ""
    prefix = code[1:3]
    return "" if prefix in {"02", "04"} or prefix.startswith("2") else code


def _known(merchant: Merchant, gtins: list[str], plus: list[str]) -> dict[str, Product]:
    """Products by GTIN-14, and by `plu:` and SKU."""
    if not gtins and not plus:
        return {}
    rows = products_of(merchant).filter(is_active=True)
    by_gtin = {row.gtin14: row for row in rows.filter(gtin14__in=gtins).order_by("-pk")} if gtins else {}
    by_plu = {f"plu:{row.sku}": row for row in rows.filter(sku__in=plus)} if plus else {}
    return by_gtin | by_plu


def _priced(line: TillLine, at: int) -> tuple[int, int]:
    """(pieces, cents of a piece) such that their product is what the line costs."""
    cents, is_weighed = _cents(line), line.weight_thousandths is not None
    tolerance, pair = (ROUNDING_CENTS, (1, cents)) if is_weighed else (0, (line.quantity, line.unit_price_cents))
    if line.amount_cents is None or line.amount_cents == cents:
        return pair
    if abs(line.amount_cents - cents) > tolerance:
        raise AmountMismatch(
            f"This line comes to {dollars(cents)}, not {dollars(line.amount_cents)}.", param=f"line_items[{at}].amount_cents",
            expected_cents=cents,
        )  # fmt: skip
    return 1, line.amount_cents


def _cents(line: TillLine) -> int:
    if line.weight_thousandths is None:
        return line.quantity * line.unit_price_cents
    return (line.weight_thousandths * line.unit_price_cents * 2 + THOUSANDTHS) // (2 * THOUSANDTHS)
