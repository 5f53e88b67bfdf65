"""Reading a list of card ranges, CSV or Excel: each row a range, or what is wrong with it. Pure: no database."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from checkout.bins.errors import CardListUnreadable
from checkout.bins.spreadsheet import is_workbook, rows_of_workbook
from checkout.network.bin_table import first_number, last_number

MAX_ROWS: Final = 200_000
MAX_BYTES: Final = 20_000_000
KINDS: Final = ("fsa", "hsa", "hra", "multi", "lpfsa", "unknown", "credit", "debit")
NETWORKS: Final = {"visa": "visa", "mastercard": "mastercard", "mc": "mastercard", "discover": "unknown", "amex": "unknown", "unknown": "unknown"}  # fmt: skip
YES, NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0", ""})
# Our heading -> how acquirers' lists call it.
HEADINGS: Final = {
    "bin_from": ("bin_from", "bin", "bin low", "low bin", "range from", "low range", "from"),
    "bin_to": ("bin_to", "bin high", "high bin", "range to", "high range", "to"),
    "network": ("network", "brand", "card brand", "scheme"),
    "account_kind": ("account_kind", "account kind", "account type", "plan type", "kind"),
    "auto_sub": ("auto_sub", "auto substantiation", "autosubstantiation", "iias"),
    "valid_from": ("valid_from", "valid from", "effective date", "start date"),
    "valid_to": ("valid_to", "valid to", "expiration date", "end date"),
    "source": ("source",),
}
NEEDED: Final = ("bin_from", "network", "account_kind")
DIGITS = re.compile(r"[1-9][0-9]{7,10}")
US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
EXCEL_EPOCH: Final = date(1899, 12, 30)
EXCEL_DAYS: Final = range(20_000, 100_000)  # 1954 to 2173: any other number is no day


@dataclass(frozen=True, slots=True)
class Range:
    """One range as a list has it. valid_from None: since the list came; valid_to None: until another list says otherwise."""

    bin_from: str
    bin_to: str
    network: str
    account_kind: str
    auto_sub: bool
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def span(self) -> tuple[int, int]:
        """First and last number, eleven digits."""
        return first_number(self.bin_from), last_number(self.bin_to)

    def as_json(self) -> list[Any]:
        days = [day.isoformat() if day else None for day in (self.valid_from, self.valid_to)]
        return [self.bin_from, self.bin_to, self.network, self.account_kind, self.auto_sub, *days]

    @classmethod
    def from_json(cls, cells: list[Any]) -> Range:
        days = [date.fromisoformat(day) if day else None for day in cells[5:7]]
        return cls(*cells[:5], *days)

    def overlaps(self, other: Range) -> bool:
        (first, last), (low, high) = self.span, other.span
        if last < low or high < first:
            return False
        return _begins(self) <= _ends(other) and _begins(other) <= _ends(self)


@dataclass(frozen=True, slots=True)
class CardList:
    """A list as it was read: (row, range) and (row, what is wrong). The first row after the heading is 2, as a spreadsheet counts."""

    ranges: tuple[tuple[int, Range], ...]
    errors: tuple[tuple[int, str], ...]
    rows_total: int


class _Wrong(Exception):
    """A cell that cannot be taken; the sentence says why."""


def read_list(content: bytes, *, source: str) -> CardList:
    """Read a whole list. Raises CardListUnreadable where it is no list at all."""
    if len(content) > MAX_BYTES:
        raise CardListUnreadable("The file has more than 20 MB: send the ranges alone.")
    rows = rows_of_workbook(content) if is_workbook(content) else _csv_rows(content)
    columns = _columns(next(iter_rows := iter(rows), []))
    ranges: list[tuple[int, Range]] = []
    errors: list[tuple[int, str]] = []
    number = 1
    for number, cells in enumerate(iter_rows, start=2):
        if number > MAX_ROWS:
            raise CardListUnreadable(f"The list has more than {MAX_ROWS:,} rows.")
        if not any(cell.strip() for cell in cells):
            continue
        try:
            ranges.append(
                (number, _range({name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}, source))
            )
        except _Wrong as wrong:
            errors.append((number, str(wrong)))
    if number == 1:
        raise CardListUnreadable("The list has headings and no row.")
    errors += [(late, f"Overlaps row {early} ({one.bin_from}–{one.bin_to}).") for (early, one), (late, _) in overlapping(ranges)]
    return CardList(tuple(ranges), tuple(sorted(errors)), number - 1)


def overlapping(ranges: Iterable[tuple[int, Range]]) -> Iterator[tuple[tuple[int, Range], tuple[int, Range]]]:
    """Pairs of (row, range) that share digits and days, the smaller row first. One pass over the sorted ranges."""
    standing: list[tuple[int, Range]] = []
    for number, one in sorted(ranges, key=lambda pair: (pair[1].span, pair[0])):
        standing = [(at, other) for at, other in standing if other.span[1] >= one.span[0]]
        for at, other in standing:
            if one.overlaps(other):
                yield ((at, other), (number, one)) if at < number else ((number, one), (at, other))
        standing.append((number, one))


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise CardListUnreadable("This is neither CSV nor an Excel workbook (.xlsx).")
    heading = text.partition("\n")[0]
    delimiter = max(",;\t|", key=heading.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise CardListUnreadable(f"The file cannot be read as CSV: {error}.") from error


def _columns(heading: list[str]) -> dict[str, int]:
    """Our name -> where it stands. Raises CardListUnreadable where one that is needed is missing."""
    said = [" ".join(cell.strip().casefold().replace("_", " ").split()) for cell in heading]
    found = {}
    for name, words in HEADINGS.items():
        at = next((said.index(word.replace("_", " ")) for word in words if word.replace("_", " ") in said), None)
        if at is not None:
            found[name] = at
    if missing := [name for name in NEEDED if name not in found]:
        raise CardListUnreadable(f"The heading has no {', '.join(missing)}. Columns are {', '.join(HEADINGS)}.")
    return found


def _range(cells: dict[str, str], source: str) -> Range:
    low = _digits(cells["bin_from"])
    found = Range(
        bin_from=low, bin_to=_digits(cells.get("bin_to") or low), network=_network(cells["network"]), account_kind=_kind(cells["account_kind"]),
        auto_sub=_flag(cells.get("auto_sub", "")), valid_from=_day(cells.get("valid_from", "")), valid_to=_day(cells.get("valid_to", "")),
    )  # fmt: skip
    if found.span[0] > found.span[1]:
        raise _Wrong(f"The range ends before it begins: {found.bin_from} to {found.bin_to}.")
    if found.valid_from and found.valid_to and found.valid_from > found.valid_to:
        raise _Wrong("The last day lies before the first.")
    if cells.get("source", source) not in {"", source}:
        raise _Wrong(f"The row is of the source “{cells['source'][:40]}”, the list of “{source}”.")
    return found


def _digits(text: str) -> str:
    digits = text.replace(" ", "").replace("-", "")
    if not DIGITS.fullmatch(digits):
        said = "That" if len(digits) > 11 else f"“{text[:19]}”"  # what may be a whole card number is not written down
        raise _Wrong(f"{said} is no beginning of a card number: 8 to 11 digits.")
    return digits


def _network(text: str) -> str:
    network = NETWORKS.get(text.casefold().replace(" ", ""))
    if network is None:
        raise _Wrong(f"“{text[:20]}” is no network that we know: write visa or mastercard.")
    return network


def _kind(text: str) -> str:
    kind = text.casefold().replace("-", "").replace(" ", "").replace("multipurse", "multi") or "unknown"
    if kind not in KINDS:
        raise _Wrong(f"“{text[:20]}” is no kind of account: write {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
    return kind


def _flag(text: str) -> bool:
    if (said := text.casefold()) in YES | NO:
        return said in YES
    raise _Wrong(f"“{text[:20]}” is neither true nor false.")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if found := US_DATE.fullmatch(text):
            return date(int(found[3]), int(found[1]), int(found[2]))
        if text.isdecimal() and int(text) in EXCEL_DAYS:
            return EXCEL_EPOCH + timedelta(days=int(text))
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _Wrong(f"“{text[:20]}” is no day: write 2026-11-30.") from None


def _begins(one: Range) -> date:
    return one.valid_from or date.min


def _ends(one: Range) -> date:
    return one.valid_to or date.max
