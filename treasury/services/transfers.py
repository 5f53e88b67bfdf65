"""Transfers: made with what they pay, refused, settled and returned as the bank says."""

from __future__ import annotations

from typing import Final

from django.db import connection

from treasury.models import BankAccount, BankTransfer, Payout

TRACES: Final = 9_999_999  # then they begin again: an ACH return comes within months


def new_transfer(
    *, purpose: BankTransfer.Purpose, account: BankAccount, amount_cents: int, payout: Payout | None = None
) -> BankTransfer:
    """Queue one credit, in the transaction that takes its money."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('treasury_trace')")
        number = (int(cursor.fetchone()[0]) - 1) % TRACES + 1
    return BankTransfer.objects.create(
        purpose=purpose, payout=payout, bank_account=account, amount_cents=amount_cents, trace_number=number
    )
