"""Keys that were made or changed in a database transaction which is still open.

What such a transaction reads must not reach other threads: if it is rolled back, even only to a savepoint, values would
be sealed with a secret that is nowhere. Django drops the commit hooks of whatever is rolled back; so a change lives
exactly as long as its hook waits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections, transaction

if TYPE_CHECKING:
    from vault.ring import Ring

ATTRIBUTE = "vault_changes"  # on the connection, which belongs to one thread


@dataclass(eq=False)
class Change:
    """One merchant's key rows, changed here. Calling it is the commit hook."""

    merchant_id: int
    announce: Callable[[int], None]
    ring: Ring | None = None
    is_committed: bool = False

    def __call__(self) -> None:
        self.is_committed = True
        self.announce(self.merchant_id)


def begin(merchant_id: int, announce: Callable[[int], None]) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    known = connection.__dict__.setdefault(ATTRIBUTE, {})
    for stale in [pk for pk in known if _alive(pk) is None]:
        del known[stale]
    known[merchant_id] = change = Change(merchant_id, announce)
    transaction.on_commit(change)


def is_changed_here(merchant_id: int) -> bool:
    return _alive(merchant_id) is not None


def ring_of(merchant_id: int) -> Ring | None:
    change = _alive(merchant_id)
    return change.ring if change else None


def keep(ring: Ring) -> None:
    if change := _alive(ring.merchant_id):
        change.ring = ring


def forget(merchant_id: int) -> None:
    if change := _alive(merchant_id):
        change.ring = None


def forget_all() -> None:
    for change in connections[DEFAULT_DB_ALIAS].__dict__.get(ATTRIBUTE, {}).values():
        change.ring = None


def _alive(merchant_id: int) -> Change | None:
    connection = connections[DEFAULT_DB_ALIAS]
    known = connection.__dict__.get(ATTRIBUTE)
    change: Change | None = known.get(merchant_id) if known else None
    if change is None or change.is_committed:
        return None
    return change if any(hook[1] is change for hook in connection.run_on_commit) else None
