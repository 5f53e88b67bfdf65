"""What can be asked of the book."""

from __future__ import annotations

from ledger.selectors.balances import Balances, balance_cents, balances_of, merchant_balance
from ledger.selectors.entries import merchant_change_cents, merchant_entries, running_balances

__all__ = [
    "Balances",
    "balance_cents",
    "balances_of",
    "merchant_balance",
    "merchant_change_cents",
    "merchant_entries",
    "running_balances",
]
