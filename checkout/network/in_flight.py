"""The questions of one link that wait for their answers, whichever of its connections they left by, and those nobody waits for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import count
from typing import Final

from checkout.network.errors import NetworkReferenceInUse
from checkout.network.iso8583 import Message
from checkout.network.messages import CorrelationKey

Answer = Future[Message]
GIVEN_UP_KEPT: Final = 10_000  # more late answers than that at once say nothing any more
NUMBERS: Final = 1_000_000


class NotSent(Exception):
    """The bytes were not handed over in full, so the host cannot have acted on them."""


class InFlight:
    """Shared by the connections of a link. An owner is whatever identifies a connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[CorrelationKey, tuple[Answer, object]] = {}
        self._counts: dict[object, int] = {}  # owner -> how many wait; an owner that is not here is closed
        self._given_up: OrderedDict[CorrelationKey, float] = OrderedDict()
        self._numbers = count(1)

    def open(self, owner: object) -> None:
        with self._lock:
            self._counts[owner] = 0

    def is_open(self, owner: object) -> bool:
        return owner in self._counts

    def count(self, owner: object) -> int:
        return self._counts.get(owner, 0)

    @property
    def total(self) -> int:
        return len(self._waiting)

    def next_number(self) -> str:
        """A trace number for network management, the same on no two connections at once."""
        return f"{next(self._numbers) % NUMBERS:06d}"

    def expect(self, keys: Sequence[CorrelationKey], owner: object) -> list[Answer]:
        """Register questions before they leave: an answer may be quicker than the sender's next line."""
        answers: dict[CorrelationKey, Answer] = {key: Future() for key in keys}
        with self._lock:
            if owner not in self._counts:
                raise NotSent
            if len(answers) < len(keys) or not answers.keys().isdisjoint(self._waiting):
                raise NetworkReferenceInUse("This network reference is already waiting for its answer.")
            for key, answer in answers.items():
                self._waiting[key] = (answer, owner)
                self._given_up.pop(key, None)  # a repeat: its answer is in time again
            self._counts[owner] += len(answers)
        return list(answers.values())

    def take(self, key: CorrelationKey) -> Answer | None:
        """Who waits for this answer; None when nobody does."""
        with self._lock:
            return self._remove(key)

    def give_up(self, key: CorrelationKey) -> bool:
        """Stop waiting; when the answer comes after all, `late_by_s` knows by how much. False: it is being delivered now."""
        with self._lock:
            if self._remove(key) is None:
                return False
            self._note_given_up(key)
            return True

    def late_by_s(self, key: CorrelationKey) -> float | None:
        """For how long nobody has been waiting for this answer; None when it was never asked for, or long ago."""
        with self._lock:
            since = self._given_up.pop(key, None)
        return None if since is None else time.monotonic() - since

    def abandon(self, owner: object) -> list[Answer] | None:
        """Close an owner and return what waited for it; None when it was closed before."""
        with self._lock:
            if self._counts.pop(owner, None) is None:
                return None
            lost = {key: answer for key, (answer, whose) in self._waiting.items() if whose is owner}
            for key in lost:
                del self._waiting[key]
                self._note_given_up(key)
        return list(lost.values())

    def _remove(self, key: CorrelationKey) -> Answer | None:
        found = self._waiting.pop(key, None)
        if found is None:
            return None
        answer, owner = found
        if owner in self._counts:
            self._counts[owner] -= 1
        return answer

    def _note_given_up(self, key: CorrelationKey) -> None:
        self._given_up[key] = time.monotonic()
        if len(self._given_up) > GIVEN_UP_KEPT:
            self._given_up.popitem(last=False)
