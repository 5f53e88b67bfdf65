"""The printed receipt: plain text of exactly 48 columns, as a thermal printer takes it. Pure; nothing here asks the database."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

COLUMNS: Final = 48
AMOUNT, MARK = 14, 6  # -99,999,999.99, and the longest mark with its star
LABEL: Final = COLUMNS - AMOUNT - MARK - 1
RULE: Final = "-" * COLUMNS
MARKS: Final = {"eligible": "E", "rx": "RX", "letter": "LMN", "not_eligible": "", "unknown": "?"}
LEGEND: Final = (
    ("E", "FSA/HSA eligible"), ("E-LMN", "eligible by a letter"), ("RX", "needs a prescription"), ("LMN", "needs a letter"),
    ("?", "not known yet"), ("*", "paid by a benefit card"),
)  # fmt: skip
BUCKET_WORDS: Final = (("rx", "Prescriptions"), ("vision", "Vision"), ("dental", "Dental"), ("clinic", "Clinic and other"))
CARD_WORDS: Final = {"fsa": "FSA", "hsa": "HSA", "hra": "HRA", "lpfsa": "Limited FSA", "multi": "Benefit", "unknown": "Benefit"}


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line. each: how its price came about, such as `2 x 5.00`; mark: by its status; benefit_cents: what a benefit card paid."""

    text: str
    each: str
    subtotal_cents: int
    mark: str
    benefit_cents: int
    discount_cents: int = 0


@dataclass(frozen=True, slots=True)
class SlipCard:
    """One card's part."""

    brand: str
    account_kind: str
    last4: str
    auth_code: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Slip:
    """Everything that the receipt prints. bucket_cents: benefit cents by kind. sold_at: in the shop's zone."""

    seller: str
    address: Sequence[str]
    place: str
    terminal: str
    sale_number: str
    receipt_number: str
    sold_at: datetime
    lines: Sequence[SlipLine]
    tax_cents: int
    total_cents: int
    cards: Sequence[SlipCard]
    healthcare_cents: int
    bucket_cents: dict[str, int]
    is_offline: bool = False
    is_voided: bool = False
    is_test: bool = False
    footer: str = ""


def slip_text(slip: Slip) -> str:
    """The receipt, lines ended by newlines, each of exactly 48 columns of ASCII; nothing of a title is cut off."""
    return "".join(f"{row:<{COLUMNS}}\n" for row in _rows(slip))


def money(cents: int) -> str:
    """Without a currency sign, which the foot of the receipt says once: `1,234.56`, `-0.05`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{rest:02d}"


def plain(text: str) -> str:
    """ASCII, as printers have it: accents go, quotes and dashes become plain ones, what is left is a question mark."""
    swapped = text.translate(
        {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0xB7: "-", 0xD7: "x", 0xDF: "ss"}
    )
    letters = unicodedata.normalize("NFKD", swapped)
    return "".join(char if " " <= char <= "~" else "" if unicodedata.combining(char) else "?" for char in letters)


def _rows(slip: Slip) -> Iterator[str]:
    yield from _head(slip)
    for line in slip.lines:
        yield from _line(line)
    yield RULE
    yield from _sums(slip)
    yield RULE
    for card in slip.cards:
        yield from _card(card)
    yield RULE
    yield from _benefit(slip)
    yield from _foot(slip)


def _head(slip: Slip) -> Iterator[str]:
    for text in (slip.seller, *slip.address, slip.place):
        yield from _centred(text)
    yield ""
    if slip.is_test:
        yield from _centred("*** TEST, NO MONEY MOVED ***")
    if slip.is_voided:
        yield from _centred("*** VOIDED ***")
    yield from _pair(slip.terminal, f"{slip.sold_at:%Y-%m-%d %H:%M %Z}".strip())
    yield from _pair(f"Sale {slip.sale_number}", slip.receipt_number)
    if slip.is_offline:
        yield "Taken while the till was offline"
    yield RULE


def _line(line: SlipLine) -> Iterator[str]:
    first, *rest = _wrapped(line.text, LABEL) or [""]
    yield _sum_row(first, line.subtotal_cents, line.mark + ("*" if line.benefit_cents else ""))
    for text in rest:
        yield f"  {text}" if len(text) + 2 <= COLUMNS else text
    if line.each:
        yield from (f"  {text}" for text in _wrapped(line.each, COLUMNS - 2))
    if line.discount_cents:
        yield _sum_row("  Discount", -line.discount_cents)


def _sums(slip: Slip) -> Iterator[str]:
    if slip.tax_cents:
        yield _sum_row("Tax", slip.tax_cents)
    yield _sum_row("TOTAL USD", slip.total_cents)


def _card(card: SlipCard) -> Iterator[str]:
    kind = CARD_WORDS.get(card.account_kind, "")
    name = " ".join(part for part in (plain(card.brand), kind, f"************{card.last4}") if part)
    *before, last = _wrapped(name, LABEL)
    yield from before
    yield _sum_row(last, card.amount_cents)
    if card.auth_code:
        yield f"  Approval {plain(card.auth_code)[: COLUMNS - 11]}"


def _benefit(slip: Slip) -> Iterator[str]:
    if not slip.healthcare_cents:
        return
    yield _sum_row("FSA/HSA TOTAL", slip.healthcare_cents)
    named = 0
    for bucket, words in BUCKET_WORDS:
        if cents := slip.bucket_cents.get(bucket, 0):
            named += cents
            yield _sum_row(f"  {words}", cents)
    if named and (rest := slip.healthcare_cents - named) > 0:
        yield _sum_row("  Over the counter", rest)
    yield RULE


def _foot(slip: Slip) -> Iterator[str]:
    used = {mark for line in slip.lines for mark in (line.mark, "*" if line.benefit_cents else "") if mark}
    said = [f"{mark} {words}" for mark, words in LEGEND if mark in used]
    if said:
        yield from _wrapped("; ".join(said), COLUMNS)
    yield from _wrapped("Keep this receipt: your plan may ask for it.", COLUMNS)
    if slip.footer:
        yield ""
        yield from _centred(slip.footer)


def _sum_row(label: str, cents: int, mark: str = "") -> str:
    return f"{label:<{LABEL}}{money(cents):>{AMOUNT}} {mark:<{MARK}}"


def _pair(left: str, right: str) -> Iterator[str]:
    """Two texts at both ends of a row, or on rows of their own where they do not fit on one."""
    left, right = plain(left), plain(right)
    if len(left) + len(right) < COLUMNS:
        yield left + right.rjust(COLUMNS - len(left))
    else:
        yield from _wrapped(left, COLUMNS)
        yield from _wrapped(right, COLUMNS)


def _centred(text: str) -> Iterator[str]:
    return (part.center(COLUMNS) for part in _wrapped(text, COLUMNS))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(plain(text), width, break_long_words=True)
