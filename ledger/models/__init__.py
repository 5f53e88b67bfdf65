"""What the book stores: accounts, entries and legs; snapshots of balances; statements."""

from __future__ import annotations

from ledger.models.book import Account, Entry, Leg
from ledger.models.snapshots import BalanceSnapshot, SnapshotMark
from ledger.models.statements import Statement

__all__ = ["Account", "BalanceSnapshot", "Entry", "Leg", "SnapshotMark", "Statement"]
