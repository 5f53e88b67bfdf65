"""Transfers: made with what they pay, each under a trace number of ours."""

from __future__ import annotations

from django.db import connection

from treasury.banks.types import MAX_TRACE
from treasury.models import BankAccount, BankTransfer, Payout


def new_transfer(
    *, purpose: BankTransfer.Purpose, account: BankAccount, amount_cents: int, payout: Payout | None = None
) -> BankTransfer:
    """Queue one credit, in the transaction that takes its money. Trace numbers begin again after MAX_TRACE: an ACH return comes within months."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('treasury_trace')")
        number = (int(cursor.fetchone()[0]) - 1) % MAX_TRACE + 1
    return BankTransfer.objects.create(
        purpose=purpose, payout=payout, bank_account=account, amount_cents=amount_cents, trace_number=number
    )
