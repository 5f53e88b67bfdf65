"""Work that one process holds at a time, for as long as it goes on: a lease in the row, renewed with every chunk.

No advisory lock of a session: behind a pooler that lends connections by transaction nobody would hold it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db.models import Manager, Q
from django.utils import timezone

from common.ids import new_id

LEASE: Final = timedelta(seconds=60)  # much longer than a chunk takes: who is silent for so long has died
OPEN: Final = ("queued", "running")


class LeaseLost(Exception):
    """The work was cancelled, or another worker goes on with it."""


def take(rows: Manager[Any], pk: int, *, lease: timedelta = LEASE) -> str | None:
    """The name under which the caller now holds this open row; None where it has ended or somebody lives who holds it."""
    now, worker = timezone.now(), new_id("wrk")
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    held = rows.filter(free, pk=pk, state__in=OPEN).update(worker=worker, leased_until=now + lease, state="running")
    return worker if held else None


def renew(rows: Manager[Any], pk: int, worker: str, **fields: Any) -> None:
    """Write the holder's progress, in the caller's transaction; raises LeaseLost where it is the holder no longer."""
    mine = rows.filter(pk=pk, worker=worker, state="running")
    if not mine.update(leased_until=timezone.now() + LEASE, **fields):
        raise LeaseLost


def give_back(rows: Manager[Any], pk: int, worker: str, **fields: Any) -> None:
    """Let anybody go on with it at once."""
    rows.filter(pk=pk, worker=worker, state="running").update(worker="", leased_until=None, **fields)
