"""Whose token is it? All tokens in the memory of a receiver, so that the answer costs about a microsecond."""

from __future__ import annotations

import hashlib
import threading
from time import time
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import connection

from common import following
from pos_monitor.estate.revisions import CHANNEL, POLL_S, Revisions

# A token lets in while it is not revoked, its overlap is not over, its terminal stands in a shop or on a bench, and its merchant is active.
TOKENS_SQL: Final = """
    SELECT k.id, k.digest, k.terminal_id, t.merchant_id, t.certificate_sha256, extract(epoch FROM k.expires_at)::float8,
           k.revoked_at IS NULL AND t.state IN ('active', 'repair')
    FROM pos_monitor_terminaltoken k JOIN pos_monitor_terminal t ON t.id = k.terminal_id
"""
CHANGED_SQL: Final = f"""{TOKENS_SQL} WHERE k.id IN (
    SELECT id FROM pos_monitor_terminaltoken WHERE revision > %s
    UNION SELECT k.id FROM pos_monitor_terminaltoken k JOIN pos_monitor_terminal t ON t.id = k.terminal_id WHERE t.revision > %s)"""  # noqa: S608  # nosec B608
ONE_SQL: Final = f"{TOKENS_SQL} WHERE k.digest = %s"  # nosec B608


class Found(NamedTuple):
    """Whose token it is. merchant: its primary key; certificate: SHA-256 in hex that its client certificate must have, or empty."""

    number: int
    shard: int
    merchant: int
    certificate: str


class TokenMap:
    """Empty until the first `refresh`; `follow` keeps it up to date from then on."""

    def __init__(self) -> None:
        self._found: dict[bytes, Found] = {}
        self._expires: dict[bytes, float] = {}
        self._closed: frozenset[int] = frozenset()  # merchants that are switched off
        self.endings = 0  # grows whenever somebody who was let in may be so no longer
        self._revisions, self._mutex = Revisions(), threading.Lock()

    def __len__(self) -> int:
        return len(self._found)

    def find(self, token: str) -> Found | None:
        """Whose token this is, from memory alone; None where it lets nobody in."""
        found = self._found.get(hashlib.sha256(token.encode()).digest())
        return None if found is None or found.merchant in self._closed else found

    def look_up(self, token: str) -> Found | None:
        """As `find`, but ask the database, for a terminal may be a moment ahead of the news. Blocks.

        Never beside a refresh: what is read here must not be taken in after what a later look has read.
        """
        with self._mutex, connection.cursor() as cursor:
            cursor.execute(ONE_SQL, [hashlib.sha256(token.encode()).hexdigest()])
            self._take(cursor.fetchall())
        return self.find(token)

    def refresh(self) -> None:
        """Take in what was issued, rotated, revoked or moved since the last call: all, at the first."""
        with self._mutex, connection.cursor() as cursor:
            after = self._revisions.advance(cursor)
            cursor.execute(CHANGED_SQL, [after, after])
            self._take(cursor.fetchall())
            cursor.execute("SELECT id FROM merchants_merchant WHERE NOT is_active")
            closed = frozenset(key for (key,) in cursor.fetchall())
            self._closed, has_closed = closed, bool(closed - self._closed)
            self.endings += has_closed
            self._revisions.done()
        now = time()
        for digest in [digest for digest, until in self._expires.items() if until <= now]:
            self._end(digest)
            self._expires.pop(digest, None)

    def follow(self) -> threading.Event:
        """Refresh now, and from here on in a thread: when a change is told, and every two seconds. Set the event to end it."""
        return following.follow(channel=CHANNEL, look=self.refresh, pause_s=POLL_S)

    def _take(self, rows: list[tuple[Any, ...]]) -> None:
        shards, now = settings.TELEMETRY_SHARDS, time()
        for _, digest, number, merchant, certificate, expires, lets_in in rows:
            key = bytes.fromhex(digest)
            if lets_in and (expires is None or expires > now):
                self._found[key] = Found(number, number % shards, merchant, certificate)
            else:
                self._end(key)
            if lets_in and expires is not None:
                self._expires[key] = expires
            else:
                self._expires.pop(key, None)

    def _end(self, key: bytes) -> None:
        self.endings += self._found.pop(key, None) is not None
