"""What terminals' rows say of their reports: when the first came, and which versions they run. Kept up beside the engine, some rows at a time."""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

import numpy as np
from django.db import DatabaseError, connection

from pos_monitor.engine.memory import Memory
from pos_monitor.models import FleetWord

logger = logging.getLogger(__name__)

EVERY_S: Final = 10.0
PAUSE_S: Final = 0.2  # between some rows and the next
MOST_ROWS: Final = 2_000  # at a time: every changed row makes all processes read it again

# Only rows that differ are written; a version whose name no door has told yet waits.
KEEP_SQL: Final = """
    UPDATE pos_monitor_terminal AS t
    SET first_report_at = coalesce(t.first_report_at, to_timestamp(n.first_ms / 1000.0)),
        firmware = coalesce(n.firmware, t.firmware), app = coalesce(n.app, t.app)
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS n (id, first_ms, firmware, app)
    WHERE t.id = n.id AND (t.first_report_at IS NULL OR t.firmware <> coalesce(n.firmware, t.firmware) OR t.app <> coalesce(n.app, t.app))
"""


class Upkeep(threading.Thread):
    """Reads the engine's memory without its leave: a value that is being written now is written again later."""

    def __init__(self) -> None:
        super().__init__(name="upkeep", daemon=True)
        self.memory: Memory | None = None  # None: not ours to keep up
        self._over = threading.Event()
        self._kept: dict[str, Any] = {}  # what was written last, by column
        self._words: dict[int, str] = {}

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        while not self._over.wait(EVERY_S):
            try:
                if self.memory is not None:
                    self.keep(self.memory)
            except DatabaseError as error:
                logger.warning("rows of terminals are not kept up: %s", error)
            except Exception:
                logger.exception("keeping up rows of terminals failed")
            finally:
                connection.close()

    def keep(self, memory: Memory) -> None:
        """Write what differs from what was written last."""
        due = self._due(memory)
        for start in range(0, len(due), MOST_ROWS):
            self._write(memory, due[start : start + MOST_ROWS])
            if self._over.wait(PAUSE_S):
                return

    def _write(self, memory: Memory, some: Any) -> None:
        last, first_ms = memory.state.last, memory.state.first_ms[some].tolist()
        firmware, app = last["firmware"][some], last["app"][some]
        words = self._words_of(np.unique(np.concatenate([firmware, app])))
        named = [[words.get(key) for key in column.tolist()] for column in (firmware, app)]
        with connection.cursor() as cursor:
            cursor.execute(KEEP_SQL, [some.tolist(), first_ms, *named])
        known = [0, *words]
        for name, column in (("firmware", firmware), ("app", app)):
            is_told = np.isin(column, known)
            self._kept[name][some[is_told]] = column[is_told]
        self._kept["seen"][some] = True

    def _due(self, memory: Memory) -> Any:
        """Numbers of terminals of which something is not written."""
        size = memory.directory.capacity
        for name, kind in (("firmware", np.uint32), ("app", np.uint32), ("seen", np.bool_)):
            kept = self._kept.get(name, np.zeros(0, kind))
            self._kept[name] = np.concatenate([kept, np.zeros(max(size - len(kept), 0), kind)])
        last = memory.state.last[:size]
        differs = (last["firmware"] != self._kept["firmware"][:size]) | (last["app"] != self._kept["app"][:size])
        return np.flatnonzero((memory.state.first_ms[:size] > 0) & (differs | ~self._kept["seen"][:size]))

    def _words_of(self, keys: Any) -> dict[int, str]:
        unknown = [int(key) for key in keys if key and int(key) not in self._words]
        if unknown:
            self._words |= dict(FleetWord.objects.filter(key__in=unknown).values_list("key", "word"))
        return self._words
