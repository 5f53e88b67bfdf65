"""Reading what has changed since the last look, by the number that each change of a row takes (`pos_monitor_revision`).

Numbers are handed out before their transactions commit, so a higher one may be seen before a lower one. Hence a look starts not
where the last one ended, but where every transaction that was under way has ended since: nothing is missed, however long one takes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

CHANNEL: Final = "pos_monitor.estate"  # told through common.push when a terminal, its token or its store changes
POLL_S: Final = 2.0  # how often who was not told looks
# Every transaction that has written holds a lock on its own number until it ends. Who is under way cannot be told from a snapshot: its
# bounds are those of what has ended.
MARK_SQL: Final = """
    SELECT last_value, ARRAY(
        SELECT transactionid::text FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
          AND datname = current_database() AND pid IS DISTINCT FROM pg_backend_pid())
    FROM pos_monitor_revision
"""


@dataclass(slots=True)
class _Mark:
    """last: the number handed out last at one look. under_way: the transactions that ran at the next look; None until then.

    Between taking a number and a transaction's own number lie microseconds, so whoever has a number up to `last` is among these or has ended.
    """

    last: int
    under_way: frozenset[str] | None = None


class Revisions:
    """Where one reader stands. `floor`: every change up to it has been read."""

    def __init__(self) -> None:
        self.floor = self._ended = -1
        self._marks: deque[_Mark] = deque()

    def advance(self, cursor: Any) -> int:
        """The number after which to read now. Call it before reading, with a cursor that is not inside a snapshot of its own; then `done`."""
        cursor.execute(MARK_SQL)
        last, running = cursor.fetchone()
        now = frozenset(running)
        for mark in self._marks:
            if mark.under_way is None:
                mark.under_way = now
        while self._marks and self._marks[0].under_way is not None and not self._marks[0].under_way & now:
            self._ended = self._marks.popleft().last
        if last > (self._marks[-1].last if self._marks else self._ended):
            self._marks.append(_Mark(last))
        return self.floor

    def done(self) -> None:
        """What `advance` led to is read. Without it the next look reads the same again."""
        self.floor = self._ended
