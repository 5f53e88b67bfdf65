"""How commands reach terminals: what every door does that can speak to one (WebSocket, the answer to HTTPS, the MQTT bridge).

The ledger is the truth; Redis only wakes. Each receiver process keeps the numbers of terminals for which something waits. When it is
woken, and when such a terminal connects or reports, it *claims*: the ledger then says “sent” before a byte leaves, so that nothing goes
out that was cancelled, has expired, or stands in a wave that is not released. What a terminal does not confirm is offered again after
RESEND_S: a terminal may meet a command twice and knows it by its id.

On the wire a command is `{"id": "cmd_…", "kind": "reboot", "parameters": {…}, "expires_at_ms": …}`: over the WebSocket as
`{"type": "command", "command": {…}}`, in an HTTPS answer in the list `commands`, over MQTT alone. The terminal answers in the
`command_results` of a report: see `pos_monitor.commands.results`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from django.db import connection

from common import following
from pos_monitor.estate.revisions import Revisions

CHANNEL: Final = "pos_monitor.commands"  # told through common.push when something may have to go out
POLL_S: Final = 2.0
RESEND_S: Final = 60  # a terminal that confirmed nothing in this time has probably not got it
RELOAD_LOOKS: Final = 15  # looks after which all is read again, so that what is due to be offered again is found
MOST_BODIES: Final = 1000

WAITING_SQL: Final = """
    SELECT d.terminal_id FROM pos_monitor_commanddelivery d JOIN pos_monitor_command c ON c.id = d.command_id
    WHERE d.is_waiting AND c.state = 'running' AND d.wave <= c.released_wave AND c.expires_at > now()
      AND (d.sent_at IS NULL OR d.sent_at < now() - %s * interval '1 second')
"""
CHANGED_SQL: Final = "SELECT EXISTS (SELECT FROM pos_monitor_command WHERE revision > %s)"
CLAIM_SQL: Final = """
    WITH due AS MATERIALIZED (
        SELECT d.id FROM pos_monitor_commanddelivery d JOIN pos_monitor_command c ON c.id = d.command_id
        WHERE d.is_waiting AND d.terminal_id = ANY(%s) AND c.state = 'running' AND d.wave <= c.released_wave AND c.expires_at > now()
          AND (d.sent_at IS NULL OR d.sent_at < now() - %s * interval '1 second')
        ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED)
    UPDATE pos_monitor_commanddelivery d SET state = 1, sent_at = now(), attempts = attempts + 1
    FROM due WHERE d.id = due.id RETURNING d.terminal_id, d.command_id
"""  # two receivers that a terminal reaches at once do not both send: the second skips what the first holds
BODIES_SQL: Final = """
    SELECT id, public_id, kind, parameters::text, floor(extract(epoch FROM expires_at) * 1000)::bigint
    FROM pos_monitor_command WHERE id = ANY(%s)
"""


class Order(NamedTuple):
    """What one terminal is to be sent now. body: JSON of the command."""

    number: int
    body: bytes


class Downlink:
    """One for each receiver process. `has` and `among` are memory alone; `refresh` and `claim` ask the database and block."""

    def __init__(self) -> None:
        self._waiting: frozenset[int] = frozenset()
        self._claimed: set[int] = set()  # since the last reload
        self._bodies: dict[int, bytes] = {}
        self._revisions, self._mutex, self._looks = Revisions(), threading.Lock(), 0

    def has(self, number: int) -> bool:
        """May something wait for this terminal? Asked at each of its reports."""
        return number in self._waiting and number not in self._claimed

    def among(self, numbers: Iterable[int]) -> list[int]:
        """Those of these terminals (all that are connected) for which something may wait."""
        if not self._waiting:
            return []
        return [number for number in self._waiting.intersection(numbers) if number not in self._claimed]

    def refresh(self) -> bool:
        """Look whether any command changed; True where something may wait that did not before. One cheap query where nothing did."""
        with self._mutex, connection.cursor() as cursor:
            after = self._revisions.advance(cursor)
            cursor.execute(CHANGED_SQL, [after])
            self._looks += 1
            if not cursor.fetchone()[0] and self._looks % RELOAD_LOOKS:
                self._revisions.done()
                return False
            cursor.execute(WAITING_SQL, [RESEND_S])
            found = frozenset(number for (number,) in cursor.fetchall())
            is_more = bool(found - self._waiting or found & self._claimed)
            self._waiting, self._claimed = found, set()
            self._revisions.done()
            return is_more

    def claim(self, numbers: Iterable[int]) -> list[Order]:
        """Write that what waits for these terminals is sent, and return it, oldest command first. Send it now.

        Pass up to some thousands at a time, and send while the next are claimed. A repeat returns nothing until RESEND_S have passed.
        """
        asked = list(numbers)
        with connection.cursor() as cursor:
            cursor.execute(CLAIM_SQL, [asked, RESEND_S])
            claimed = sorted(cursor.fetchall(), key=lambda row: row[1])
            self._claimed.update(asked)
            self._read_bodies(cursor, {command for _, command in claimed})
        return [Order(number, self._bodies[command]) for number, command in claimed]

    def follow(self, wake: Callable[[], None]) -> threading.Event:
        """Refresh now and from here on in a thread, when told and every two seconds; `wake` is called there when something may wait."""

        def look() -> None:
            if self.refresh():
                wake()

        return following.follow(channel=CHANNEL, look=look, pause_s=POLL_S)

    def _read_bodies(self, cursor: Any, commands: set[int]) -> None:
        if len(self._bodies) > MOST_BODIES:
            self._bodies.clear()
        if not (unknown := commands - self._bodies.keys()):
            return
        cursor.execute(BODIES_SQL, [list(unknown)])
        for key, public_id, kind, parameters, expires_at_ms in cursor.fetchall():
            body = {"id": public_id, "kind": kind, "parameters": json.loads(parameters), "expires_at_ms": expires_at_ms}
            self._bodies[key] = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
