"""What the database says: reports stored, alerts, incidents; and how far the engine is behind."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any, Final

import psycopg

U4: Final = "(%s::bigint & 4294967295)"


class Checks:
    """Questions to the database and the telemetry Redis, on connections of their own that come back after a crash."""

    def __init__(self, marked: Sequence[int]) -> None:
        self.marked = list(marked)  # tills that are not the load's
        self._connection: psycopg.Connection[Any] | None = None

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        deadline = time.monotonic() + 60
        while True:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
                return self._connection.execute(statement.encode(), values).fetchall()
            except psycopg.OperationalError:
                self._connection = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def one(self, statement: str, *values: Any) -> Any:
        return self.rows(statement, *values)[0][0]

    def stored(self, since_ms: int) -> tuple[int, int]:
        """Reports of the load received since then: rows, and different ones."""
        found = self.rows(
            "SELECT count(*), count(DISTINCT (terminal, boot, seq)) FROM pos_monitor_report "
            "WHERE received >= to_timestamp(%s / 1000.0) AND terminal <> ALL(%s)", since_ms, self.marked,
        )  # fmt: skip
        return int(found[0][0]), int(found[0][1])

    def urgent(self, since_ms: int) -> int:
        """Different reports of alert class."""
        return int(
            self.one(
                "SELECT count(DISTINCT (terminal, boot, seq)) FROM pos_monitor_report "
                "WHERE received >= to_timestamp(%s / 1000.0) AND terminal <> ALL(%s) AND flags & 16 <> 0", since_ms, self.marked,
            )
        )  # fmt: skip

    def open_absences(self, since_ms: int) -> int:
        return int(
            self.one(
                "SELECT count(*) FROM pos_monitor_alert a JOIN pos_monitor_alertrule r ON r.id = a.rule_id "
                "WHERE r.kind = 'absence' AND a.resolved_at IS NULL AND a.opened_at >= to_timestamp(%s / 1000.0)", since_ms,
            )
        )  # fmt: skip

    def absences(self, since_ms: int) -> int:
        return int(
            self.one(
                "SELECT count(*) FROM pos_monitor_alert a JOIN pos_monitor_alertrule r ON r.id = a.rule_id "
                "WHERE r.kind = 'absence' AND a.opened_at >= to_timestamp(%s / 1000.0)", since_ms,
            )
        )  # fmt: skip

    def incidents(self, since_ms: int, kind: str = "absence") -> int:
        return int(
            self.one(
                "SELECT count(*) FROM pos_monitor_incident i JOIN pos_monitor_alertrule r ON r.id = i.rule_id "
                "WHERE r.kind = %s AND i.opened_at >= to_timestamp(%s / 1000.0)", kind, since_ms,
            )
        )  # fmt: skip

    def detection_s(self, since_ms: int, every_s: float) -> tuple[float, float]:
        """Of silent tills: how long after its own deadline each was noticed; the median and the longest."""
        found = self.rows(
            "WITH noticed AS (SELECT a.terminal_id AS terminal, a.opened_at FROM pos_monitor_alert a JOIN pos_monitor_alertrule r "
            "ON r.id = a.rule_id WHERE r.kind = 'absence' AND a.opened_at >= to_timestamp(%s / 1000.0)), "
            "heard AS (SELECT p.terminal, max(p.received) AS last FROM pos_monitor_report p JOIN noticed n ON n.terminal = p.terminal "
            "AND p.received < n.opened_at WHERE p.received >= to_timestamp(%s / 1000.0) - interval '2 minutes' GROUP BY p.terminal) "
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY s), max(s) FROM (SELECT extract(epoch FROM opened_at - last)::float8 - %s AS s "
            "FROM noticed JOIN heard USING (terminal)) d", since_ms, since_ms, 3.5 * every_s,
        )[0]  # fmt: skip
        return round(float(found[0]), 3), round(float(found[1]), 3)

    def lag_s(self) -> float | None:
        """How far the engine is behind; None: it says nothing."""
        import redis

        from pos_monitor.wire.lag import decode, lag_key

        try:
            with redis.from_url(os.environ["TELEMETRY_REDIS_URL"]) as client:
                told = decode(client.get(lag_key(0)))
        except redis.RedisError:
            return None
        return told.lag_ms / 1000 if told else None

    def wait_until_stored(self, timeout_s: float = 90) -> float | None:
        """Seconds until the engine has taken everything; None: it has not."""
        began = time.monotonic()
        while time.monotonic() - began < timeout_s:
            if (lag := self.lag_s()) is not None and lag < 0.3:
                time.sleep(0.6)  # what was in its hands is committed
                return round(time.monotonic() - began, 2)
            time.sleep(0.1)
        return None
