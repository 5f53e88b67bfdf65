"""A day of reconciliation in plain words: clearing, book and bank, and what differs."""

from __future__ import annotations

from typing import Any, Final

from common.admin import Related
from common.admin_cells import money_cell
from ledger.models import Account
from treasury.models import BankLine

Row = tuple[object, ...]
AMOUNT_HEADS: Final = ("What", "#Amount")
MOVED: Final = {
    "network_receivable_benefit": "The network owes us, benefit cards",
    "network_receivable_ordinary": "The network owes us, other cards",
    "processor_due": "Cleared, on its way to our bank",
    "bank_due": "Returned payouts on their way back",
    "bank_cash": "At our bank",
    "bank_unexplained": "At our bank, not explained yet",
    "sale_fees": "Fees of sales",
    "payout_fees": "Fees of payouts and advances",
    "dispute_fees": "Fees of disputes",
    "bank_fees": "Fees of our bank",
    "adjustments": "Given or taken by hand",
    "capital": "Our own money put in",
}


def day_tables(report: dict[str, Any]) -> list[Related]:
    """The report as it was kept, amounts as dollars. A report kept before a figure existed does not tell it."""
    clearing, book, bank = (report.get(part, {}) for part in ("clearing", "book", "bank"))
    return [
        _clearing(clearing),
        Related("What our book has", AMOUNT_HEADS, rows=_book(book)),
        _moved(book.get("moved", {})),
        _bank(bank),
        _differences(report.get("differences", {})),
    ]


def _clearing(clearing: dict[str, Any]) -> Related:
    counted = f"{_many(clearing.get('files', 0), 'file')}, {_many(clearing.get('lines', 0), 'line')}"
    return Related(
        f"What the card networks cleared: {counted}", AMOUNT_HEADS,
        rows=[
            ("Sales", _cents(clearing, "sales_cents")), ("Refunds", money_cell(-int(clearing.get("refunds_cents") or 0))),
            ("To be paid to us", _cents(clearing, "net_cents")), ("Clearing differences that are open", clearing.get("open_cases", 0)),
        ],
    )  # fmt: skip


def _book(book: dict[str, Any]) -> list[Row]:
    return [
        (f"Settled, of {_many(book.get('merchants', 0), 'merchant')}", _cents(book, "settled_cents")),
        ("Our fees of it", _cents(book, "fees_cents")),
        ("Credited to merchants", _cents(book, "to_merchants_cents")),
        ("On its way from the processor, when compared", _cents(book, "processor_due_cents")),
        ("At our bank and not explained, when compared", _cents(book, "unexplained_cents")),
        ("At our bank, when compared", _cents(book, "cash_cents")),
    ]


def _moved(moved: dict[str, Any]) -> Related:
    words = {kind: MOVED.get(kind) or str(Account.Kind(kind).label).capitalize() for kind in moved}
    rows = [(words[kind], money_cell(cents)) for kind, cents in sorted(moved.items(), key=lambda one: words[one[0]])]
    return Related("What the day moved in our own accounts", ("Account", "#Moved"), rows=rows, empty="Nothing moved on this day.")


def _bank(bank: dict[str, Any]) -> Related:
    """Opening, what was booked by kind, closing: what stands between the two leads from one to the other."""
    first, last = bank.get("first_statement"), bank.get("statement")
    if last is None:
        return Related("What the bank has", AMOUNT_HEADS, empty="No statement of this day has come yet.")
    numbers = f"statement {last}" if first in (None, last) else f"statements {first} to {last}"
    lines = bank.get("lines", {})
    rows: list[Row] = [
        (BankLine.Kind(kind).label, lines[kind]["count"], money_cell(lines[kind]["cents"]))
        for kind in BankLine.Kind.values
        if kind in lines
    ]
    return Related(
        f"What the bank has: {numbers}",
        ("What", "#Bookings", "#Amount"),
        rows=[
            ("Opening balance", "", _cents(bank, "opening_cents")),
            *rows,
            ("Closing balance", "", _cents(bank, "closing_cents")),
        ],
    )


def _differences(found: dict[str, Any]) -> Related:
    return Related(
        "What differs", AMOUNT_HEADS,
        rows=[
            ("Our book less what was cleared", _cents(found, "clearing_to_book_cents")),
            ("Differences at the bank that are open, up to this day", found.get("open_cases", 0)),
        ],
    )  # fmt: skip


def _cents(part: dict[str, Any], name: str) -> object:
    return money_cell(part.get(name) or 0)


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
