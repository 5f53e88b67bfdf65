"""How many gaps one terminal may leave in the database: a firmware that starts anew each second, or leaves out every other number, fills no table.

An honest terminal leaves one for each start and one for each run of reports that it threw away; in ten years it does not come near the bound.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor

from pos_monitor.engine.seen import END

logger = logging.getLogger(__name__)

MOST: Final = 4_000  # rows of one terminal; above, half of them stay
LOOK_AFTER: Final = 200  # rows that one terminal made, before its rows are counted

# The gap behind a start's last report goes last, for without it the start is not known any more; of its kind the one that was made last stays.
BOUND_SQL: Final = """
    DELETE FROM pos_monitor_reportgap WHERE id IN (
        SELECT id FROM (
            SELECT id, count(*) OVER (PARTITION BY terminal) AS held,
                row_number() OVER (PARTITION BY terminal ORDER BY (last_seq = %s) DESC, id DESC) AS place
            FROM pos_monitor_reportgap WHERE terminal = ANY(%s)
        ) AS ranked WHERE held > %s AND place > %s
    )
"""


class GapBound:
    """Of one shard: who has made so many gaps lately that they are to be counted. What is forgotten at a start is only that count."""

    def __init__(self) -> None:
        self._made = np.zeros(0, np.int32)

    def note(self, terminals: NDArray[Any]) -> None:
        """Each of these made a gap; whoever made two stands here twice."""
        if len(terminals):
            made = np.bincount(terminals)
            if len(made) > len(self._made):
                self._made = np.concatenate([self._made, np.zeros(len(made) - len(self._made), np.int32)])
            self._made[: len(made)] += made.astype(np.int32)

    def due(self) -> list[int]:
        """Whose gaps are to be counted now; each is told once."""
        due = np.flatnonzero(self._made >= LOOK_AFTER)
        self._made[due] = 0
        return due.tolist()


def bound(cursor: Cursor[Any], terminals: list[int]) -> None:
    """Delete what these terminals have too much.

    A report in a gap that is deleted counts as stored; one of a start that is forgotten altogether would be stored again.
    """
    cursor.execute(BOUND_SQL, [END, terminals, MOST, MOST // 2])
    if cursor.rowcount:
        logger.warning("%s gaps were deleted of terminals that left too many", cursor.rowcount)
