"""What people do with a dead letter: look at what it holds, put it back, or throw it away. Each is settled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from people.models import User
from pos_monitor.engine import intake
from pos_monitor.history import write as history
from pos_monitor.models import DeadLetter
from pos_monitor.wire import entry
from pos_monitor.wire.record import RECORD, stream_of
from vault.audit.services import record_about

State, Kind = DeadLetter.State, DeadLetter.Kind
MOST_ALIKE: Final = 500  # settled with one click


class NotSettled(Exception):
    """It stays as it is; the message says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a letter holds. why: it cannot be read, and these are its first bytes."""

    records: NDArray[np.void]
    extras: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    why: str = ""
    raw: bytes = b""


def contents(letter: DeadLetter) -> Contents:
    """Never raises for what the letter holds."""
    body = bytes(letter.body)
    try:
        found = entry.read(entry.unpack(body))
    except entry.EntryMalformed as error:
        return Contents(np.zeros(0, RECORD), why=str(error), raw=body[:400])
    return Contents(found.records, found.extras, tuple(found.words))


def put_back(*, letter: DeadLetter, by: User) -> DeadLetter:
    """Give it to the engines once more; what memory holds as stored already goes straight into the history. Raises NotSettled."""
    with transaction.atomic():
        held = _held(letter)
        if not held.can_be_put_back:
            raise NotSettled(
                "It was too long to be kept whole." if not held.is_whole else "There is nothing in it that could be put back."
            )
        try:
            _store(held) if held.kind == Kind.UNSTORED else _send(held)
        except DatabaseError as error:
            raise NotSettled(f"The database still does not take it: {str(error).strip()[:200]}") from error
        except redis.RedisError as error:
            raise NotSettled("The Redis of reports does not answer: try again.") from error
        return _settled(held, State.PUT_BACK, by)


def throw_away(*, letter: DeadLetter, by: User) -> DeadLetter:
    """Nothing comes of it. It is kept, for as long as letters are. Raises NotSettled."""
    with transaction.atomic():
        return _settled(_held(letter), State.THROWN_AWAY, by)


def alike(letter: DeadLetter) -> list[DeadLetter]:
    """Open letters with the same reason, this one among them, the oldest first; ≤ MOST_ALIKE."""
    found = DeadLetter.objects.filter(state=State.OPEN, kind=letter.kind, reason=letter.reason)
    return list(found.defer("body").order_by("pk")[:MOST_ALIKE])


def _held(letter: DeadLetter) -> DeadLetter:
    held = DeadLetter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if held.state != State.OPEN:
        raise NotSettled(f"It is {held.get_state_display().lower()} already.")
    return held


def _settled(held: DeadLetter, state: DeadLetter.State, by: User) -> DeadLetter:
    held.state, held.settled_at, held.settled_by = state, timezone.now(), by
    held.save(update_fields=["state", "settled_at", "settled_by"])
    record_about(held, state.value, details={"entry": held.stream_id, "kind": held.kind, "reports": held.reports})
    return held


def _store(held: DeadLetter) -> None:
    """Memory knows these reports as stored, so the stream would not bring them into the history."""
    found = entry.read(entry.unpack(bytes(held.body)))
    with connection.cursor() as cursor:
        history.copy(cursor, found.records, found.extras)


def _send(held: DeadLetter) -> None:
    """Into the stream of whoever judges their terminals now; should we fail after it, the repeat is known as one."""
    fields = entry.unpack(bytes(held.body))
    with intake.client() as streams:
        try:
            found = entry.read(fields)
        except entry.EntryMalformed:
            streams.xadd(stream_of(held.shard % settings.TELEMETRY_SHARDS), dict(fields))
            return
        for shard, of_shard in entry.by_shard(found, settings.TELEMETRY_SHARDS).items():
            streams.xadd(stream_of(shard), dict(of_shard))
