"""Terminals by the public id that stands in their topics, and the broker's file of passwords; both follow what changes."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from common import following
from pos_monitor.estate.revisions import CHANNEL, POLL_S, Revisions
from pos_monitor.estate.tokens import Found
from pos_monitor.receiving.mqtt_packets import topic_field

logger = logging.getLogger(__name__)
IN_ANY_CASE_S: Final = 60.0  # what takes no number of change (the end of an overlap) counts after so long

CHANGED_SQL: Final = """
    SELECT EXISTS (SELECT FROM pos_monitor_terminaltoken WHERE revision > %s) OR EXISTS (SELECT FROM pos_monitor_terminal WHERE revision > %s),
        ARRAY(SELECT id FROM merchants_merchant WHERE NOT is_active ORDER BY id)
"""
# The newest token alone: the broker knows one password for a name. Who is bound to a certificate does not come by MQTT, where nobody would ask for it.
TERMINALS_SQL: Final = """
    SELECT DISTINCT ON (t.id) t.public_id, t.id, t.merchant_id, k.mqtt_hash
    FROM pos_monitor_terminal t JOIN merchants_merchant m ON m.id = t.merchant_id JOIN pos_monitor_terminaltoken k ON k.terminal_id = t.id
    WHERE t.state IN ('active', 'repair') AND m.is_active AND t.certificate_sha256 = '' AND k.revoked_at IS NULL AND k.mqtt_hash <> ''
      AND (k.expires_at IS NULL OR k.expires_at > now())
    ORDER BY t.id, k.id DESC
"""


class MqttTerminals:
    """Empty until `follow`. passwords: the broker's file, written anew when it changes; None: another bridge writes it. bridges: its lines for bridges."""

    def __init__(self, passwords: Path | None = None, bridges: Sequence[str] = ()) -> None:
        self.passwords, self.bridges = passwords, bridges
        self._known: dict[bytes, tuple[Found, bytes]] = {}
        self._downs: dict[int, bytes] = {}
        self._revisions = Revisions()
        self._closed: list[int] = []  # merchants that are switched off
        self._looked_at = float("-inf")

    def __len__(self) -> int:
        return len(self._known)

    def find(self, public_id: bytes) -> tuple[Found, bytes] | None:
        """Whose topic it is, and where they are told things."""
        return self._known.get(public_id)

    def down(self, number: int) -> bytes | None:
        return self._downs.get(number)

    def follow(self) -> threading.Event:
        """Look now, and from here on in a thread, until the event is set."""
        return following.follow(channel=CHANNEL, look=self.look, pause_s=POLL_S)

    def look(self) -> None:
        """Take in what changed: two cheap queries where nothing did."""
        with connection.cursor() as cursor:
            after = self._revisions.advance(cursor)  # what was changed may become visible late: see estate.revisions
            cursor.execute(CHANGED_SQL, [after, after])
            has_changed, closed = cursor.fetchone()
            if not has_changed and closed == self._closed and time.monotonic() - self._looked_at < IN_ANY_CASE_S:
                return self._revisions.done()
            cursor.execute(TERMINALS_SQL)
            rows = cursor.fetchall()
        self._write(rows)
        self._revisions.done()
        self._closed = closed

    def _write(self, rows: list[tuple[Any, ...]]) -> None:
        shards = settings.TELEMETRY_SHARDS
        known, downs, lines = {}, {}, [*self.bridges]
        for public_id, number, merchant, mqtt_hash in rows:
            down = downs[number] = topic_field(f"pos/{public_id}/down")
            known[public_id.encode()] = Found(number, number % shards, merchant, ""), down
            lines.append(f"{public_id}:{mqtt_hash}")
        self._known, self._downs, self._looked_at = known, downs, time.monotonic()
        if self.passwords is not None:
            _replace(self.passwords, "\n".join(lines) + "\n")


def _replace(path: Path, text: str) -> None:
    """Write the file in one step, if it would be another: the broker may read it at any moment."""
    if path.exists() and path.read_text() == text:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o640)
    beside.write_text(text)
    beside.replace(path)
    logger.info("the MQTT broker's passwords are new: %s names", text.count("\n"))
