"""The merchants' unwrapped secrets of this process: looked up once, kept for seconds, forgotten when the bank locks a key.

A secret may be used until `VAULT_CACHE_TTL_S` after the bank was asked, whatever happens to the bank, Redis or the
database meanwhile; then everything of that merchant fails closed. A locked key is pushed to every process, so that it
is usually forgotten in milliseconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from common.errors import PlatformError
from vault import push, uncommitted
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked
from vault.ring import Ring, look

REFUSAL_TTL_S = 1.5  # a locked merchant's calls must not hammer the bank
REFRESH_SHARE = 0.6  # of the time to live: then one caller looks again while the others go on
RETRY_S = 1.0  # a refresh that found the bank silent is tried again after this
MAX_RINGS = 20_000  # about 2 KB each
KNOWN_REFUSALS = (MerchantKeyRevoked, MerchantKeyMissing, CustodianUnavailable)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the last look found, for a moment."""

    error: type[PlatformError]
    expires_at: float


def _seconds() -> float:
    """A clock that goes on while the machine sleeps, and that nobody sets."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Keyring:
    """Thread-safe. For each merchant one thread at a time asks the bank; no lock is held meanwhile but that merchant's."""

    def __init__(self, *, clock: Callable[[], float] = _seconds, max_rings: int = MAX_RINGS) -> None:
        self.clock, self.max_rings = clock, max_rings
        self._found: dict[int, Ring | Refusal] = {}
        self._looking: dict[int, threading.Lock] = {}
        self._mutex = threading.Lock()
        self._under_way: dict[int, bool] = {}  # looks under way -> was the merchant forgotten since? Then it counts for nothing

    def ring(self, merchant_id: int) -> Ring:
        """The merchant's secrets; raises MerchantKeyRevoked, MerchantKeyMissing or CustodianUnavailable."""
        if uncommitted.is_changed_here(merchant_id):
            return self._of_this_transaction(merchant_id)
        found = self._found.get(merchant_id)
        now = self.clock()
        if found is None or now >= found.expires_at:
            return self._look(merchant_id)
        if isinstance(found, Refusal):
            raise found.error()
        if now >= found.refresh_at:
            return self._refreshed(found)
        return found

    def ring_with(self, merchant_id: int, version: str) -> Ring:
        """The secrets, looked up again if they do not know this version: it may be newer than they are."""
        found = self.ring(merchant_id)
        if version not in found.wrapped and self.clock() - found.asked_at > RETRY_S:
            self.forget(merchant_id)
            return self.ring(merchant_id)
        return found

    def forget(self, merchant_id: int) -> None:
        with self._mutex:
            self._found.pop(merchant_id, None)
            if merchant_id in self._under_way:
                self._under_way[merchant_id] = True
        uncommitted.forget(merchant_id)

    def forget_all(self) -> None:
        with self._mutex:
            self._found.clear()
            self._under_way = dict.fromkeys(self._under_way, True)
            self._looking = {pk: lock for pk, lock in self._looking.items() if lock.locked()}
        uncommitted.forget_all()

    def _look(self, merchant_id: int) -> Ring:
        push.ensure_listening()
        with self._lock_of(merchant_id):
            found = self._found.get(merchant_id)  # somebody may have looked while we waited
            if found is None or self.clock() >= found.expires_at:
                found = self._found_at_the_bank(merchant_id)
        if isinstance(found, Refusal):
            raise found.error()
        return found

    def _refreshed(self, ring: Ring) -> Ring:
        """Look again before the time is up; if the bank is silent, what we have lasts until its end."""
        lock = self._lock_of(ring.merchant_id)
        if not lock.acquire(blocking=False):
            return ring
        try:
            ring.refresh_at = self.clock() + RETRY_S
            fresh = self._found_at_the_bank(ring.merchant_id, instead_of=ring)
        finally:
            lock.release()
        if isinstance(fresh, Refusal):
            raise fresh.error()
        return fresh

    def _found_at_the_bank(self, merchant_id: int, instead_of: Ring | None = None) -> Ring | Refusal:
        """Ask the bank and remember what it says. The caller holds the merchant's lock."""
        push.ensure_listening()
        while True:
            found: Ring | Refusal | None = None
            with self._mutex:
                self._under_way[merchant_id] = False
            try:
                found = self._asked(merchant_id)
            finally:
                with self._mutex:
                    was_forgotten = self._under_way.pop(merchant_id, True)
                    if found and not was_forgotten:
                        found = self._kept(merchant_id, found, instead_of)
            if found and not was_forgotten:
                return found

    def _asked(self, merchant_id: int) -> Ring | Refusal:
        asked_at = self.clock()  # the time counts from before the question
        try:
            ring = look(merchant_id)
        except KNOWN_REFUSALS as refusal:
            return Refusal(type(refusal), self.clock() + REFUSAL_TTL_S)
        ttl_s = settings.VAULT_CACHE_TTL_S
        ring.asked_at, ring.expires_at, ring.refresh_at = asked_at, asked_at + ttl_s, asked_at + ttl_s * REFRESH_SHARE
        return ring

    def _kept(self, merchant_id: int, found: Ring | Refusal, instead_of: Ring | None) -> Ring | Refusal:
        """Remember what was found; while the bank is silent, what we have instead. The caller holds the mutex."""
        is_silent = isinstance(found, Refusal) and found.error is CustodianUnavailable
        if instead_of and is_silent and self._found.get(merchant_id) is instead_of:
            return instead_of
        self._found.pop(merchant_id, None)  # to the end of the line: the first in it is the longest unrefreshed
        self._found[merchant_id] = found
        while len(self._found) > self.max_rings:
            oldest = next(iter(self._found))
            del self._found[oldest]
            if oldest not in self._under_way:
                self._looking.pop(oldest, None)
        return found

    def _lock_of(self, merchant_id: int) -> threading.Lock:
        with self._mutex:
            return self._looking.setdefault(merchant_id, threading.Lock())

    def _of_this_transaction(self, merchant_id: int) -> Ring:
        """A key that was made or changed in this very transaction is nobody else's yet, and is gone if it is rolled back."""
        ring = uncommitted.ring_of(merchant_id)
        if ring is None or self.clock() >= ring.expires_at:
            ring = look(merchant_id)
            ring.asked_at = self.clock()
            ring.expires_at = ring.asked_at + settings.VAULT_CACHE_TTL_S
            uncommitted.keep(ring)
        return ring


_keyring = Keyring()


def _new_in_child() -> None:
    """A forked process starts with nothing: locks may be held by threads that it does not have."""
    global _keyring
    _keyring = Keyring()


os.register_at_fork(after_in_child=_new_in_child)


def ring(merchant_id: int) -> Ring:
    return _keyring.ring(merchant_id)


def ring_with(merchant_id: int, version: str) -> Ring:
    return _keyring.ring_with(merchant_id, version)


def require_open(merchant_id: int) -> None:
    """Go on only if the bank lets this merchant's values be opened. Microseconds where it was asked a moment ago."""
    _keyring.ring(merchant_id)


def forget(merchant_id: int) -> None:
    """Forget this merchant's secrets in this process."""
    _keyring.forget(merchant_id)


def forget_all() -> None:
    _keyring.forget_all()


def announce_change(merchant_id: int) -> None:
    """Tell every process to forget this merchant's secrets, this one at once. Without Redis they find out by themselves."""
    forget(merchant_id)
    push.publish(str(merchant_id))


def changes_with_transaction(merchant_id: int) -> None:
    """Say this in the transaction that writes a key's rows: what they say stays in it until it is committed, then all learn it."""
    uncommitted.begin(merchant_id, announce_change)


push.on_forget(forget, forget_all)
