"""The book as files: for a spreadsheet, for a program, and as journals that QuickBooks and Xero take in.

Journals are written from the merchant's side: its money with us is an asset, so what we owe it stands in the debit column.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from common.cells import safe_cell
from ledger.models import Account, Entry, Leg
from ledger.selectors import merchant_change_cents
from merchants.models import Merchant

CHUNK: Final = 1_000
Kind = Account.Kind
# What each account is called in the merchant's own books.
NAMES: Final = {
    Kind.MERCHANT_PAYABLE: "Card sales, pending", Kind.MERCHANT_SETTLED: "Card sales, settled", Kind.MERCHANT_RESERVE: "Card sales, kept back",
    Kind.MERCHANT_IN_TRANSIT: "Payouts on their way", Kind.MERCHANT_ADVANCED: "Advances on card sales",
    Kind.NETWORK_BENEFIT: "Sales by benefit card", Kind.NETWORK_ORDINARY: "Sales by other card", Kind.PROCESSOR_DUE: "Settlement by the card networks",
    Kind.BANK_CASH: "Bank", Kind.BANK_DUE: "Returned payouts", Kind.SALE_FEES: "Payment fees", Kind.PAYOUT_FEES: "Payout fees",
    Kind.DISPUTE_FEES: "Dispute fees", Kind.ADJUSTMENTS: "Adjustments",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """label: on the button. suffix: how the file's name ends."""

    label: str
    suffix: str
    content_type: str


FORMATS: Final = {
    "csv": Format("CSV", "movements.csv", "text/csv; charset=utf-8"),
    "jsonl": Format("JSON lines", "movements.jsonl", "application/x-ndjson"),
    "quickbooks": Format("QuickBooks journal", "quickbooks.csv", "text/csv; charset=utf-8"),
    "xero": Format("Xero journal", "xero.csv", "text/csv; charset=utf-8"),
}


def entries_between(merchant: Merchant, starts_at: datetime, ends_at: datetime) -> QuerySet[Entry]:
    """The merchant's entries of a span, oldest first; the end does not belong to it."""
    return Entry.objects.filter(merchant=merchant, posted_at__gte=starts_at, posted_at__lt=ends_at).order_by("posted_at", "pk")


def exported(entries: QuerySet[Entry], kind: str, merchant: Merchant) -> Iterator[bytes]:
    """The file, piece by piece. kind: one of FORMATS. Times and days are the merchant's."""
    rows = entries.prefetch_related("legs__account").iterator(CHUNK)
    if kind == "jsonl":
        return (_json(entry) for entry in rows)
    return {"csv": _plain, "quickbooks": _quickbooks, "xero": _xero}[kind](rows, merchant)


def _json(entry: Entry) -> bytes:
    legs = [{"account": leg.account.kind, "amount_cents": leg.amount_cents} for leg in entry.legs.all()]
    told = {
        "id": entry.public_id, "reference": entry.reference, "posted_at": entry.posted_at.isoformat(), "description": entry.description,
        "change_cents": merchant_change_cents(entry), "legs": legs,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _plain(entries: Iterator[Entry], merchant: Merchant) -> Iterator[bytes]:
    yield _row("id", "reference", "posted_at", "description", "change", "account", "amount", "currency")
    for entry in entries:
        at = entry.posted_at.astimezone(merchant.zone).isoformat(timespec="seconds")
        change = _dollars(merchant_change_cents(entry))
        for leg in _mine(entry):
            yield _row(
                entry.public_id, entry.reference, at, entry.description, change, leg.account.kind, _dollars(-leg.amount_cents),
                leg.account.currency,
            )  # fmt: skip
            change = ""  # with the first row of an entry alone, so that the column adds up


def _quickbooks(entries: Iterator[Entry], merchant: Merchant) -> Iterator[bytes]:
    """QuickBooks Online's import of journal entries: one row a line, debits and credits apart."""
    yield _row("Journal No", "Journal Date", "Account Name", "Debits", "Credits", "Description", "Currency")
    for entry in entries:
        day = f"{entry.posted_at.astimezone(merchant.zone):%m/%d/%Y}"
        for name, cents in _journal(entry):
            debit, credit = (_dollars(cents), "") if cents > 0 else ("", _dollars(-cents))
            yield _row(entry.public_id, day, name, debit, credit, entry.description, "USD")


def _xero(entries: Iterator[Entry], merchant: Merchant) -> Iterator[bytes]:
    """Xero's import of manual journals: one row a line, a credit below zero."""
    yield _row("*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount")
    for entry in entries:
        day = f"{entry.posted_at.astimezone(merchant.zone):%Y-%m-%d}"
        for name, cents in _journal(entry):
            yield _row(f"{entry.public_id} {entry.description}", day, entry.reference, name, "Tax Exempt", _dollars(cents))


def _journal(entry: Entry) -> list[tuple[str, int]]:
    """(account, signed cents; debit > 0) of the merchant's own book: ours, seen from the other side. It sums to zero."""
    cents_of: dict[str, int] = {}
    for leg in entry.legs.all():
        name = NAMES.get(Kind(leg.account.kind), "Other")
        cents_of[name] = cents_of.get(name, 0) - leg.amount_cents
    return [(name, cents) for name, cents in cents_of.items() if cents]


def _mine(entry: Entry) -> list[Leg]:
    return [leg for leg in entry.legs.all() if leg.account.merchant_id is not None]


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _row(*cells: str) -> bytes:
    into = io.StringIO()
    csv.writer(into, quoting=csv.QUOTE_MINIMAL).writerow([safe_cell(cell) for cell in cells])
    return into.getvalue().encode()
