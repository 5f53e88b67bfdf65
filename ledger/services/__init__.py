"""What can happen to the book. `posting` is the only door by which money moves in it."""

from __future__ import annotations

from ledger.services.accounts import account_of, accounts_of
from ledger.services.posting import NewEntry, post_entries, post_entry

__all__ = ["NewEntry", "account_of", "accounts_of", "post_entries", "post_entry"]
