"""The part of what is seen that lies in the database: gaps, in which no report was stored (`engine.seen`)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor

from pos_monitor.engine.seen import END, GAP, Seen

FIND_SQL: Final = """
    SELECT asked.terminal, asked.boot, found.first_seq, found.last_seq
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS asked (terminal, boot, seq),
    LATERAL (
        SELECT first_seq, last_seq FROM pos_monitor_reportgap AS gap
        WHERE gap.terminal = asked.terminal AND gap.boot = asked.boot AND gap.last_seq >= asked.seq
        ORDER BY last_seq LIMIT 1
    ) AS found
"""
OF_BOOT_SQL: Final = "SELECT first_seq, last_seq FROM pos_monitor_reportgap WHERE terminal = %s AND boot = %s ORDER BY last_seq"
FORGET_SQL: Final = """
    DELETE FROM pos_monitor_reportgap AS gap USING unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS gone (terminal, boot, last_seq)
    WHERE gap.terminal = gone.terminal AND gap.boot = gone.boot AND gap.last_seq = gone.last_seq
"""
KEEP_SQL: Final = """
    INSERT INTO pos_monitor_reportgap (terminal, boot, first_seq, last_seq)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
"""


class Gap(NamedTuple):
    """Reports `first` to `last`, both included, of one start of one terminal, none of which is stored."""

    terminal: int
    boot: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Admission:
    """Which late reports are new, and how the table changes when they are stored. is_new: bool[n]."""

    is_new: NDArray[np.bool_]
    gone: set[Gap]
    made: set[Gap]


def admit(late: NDArray[np.void], current: NDArray[np.bool_], found: Iterable[Gap]) -> Admission:
    """Decide about late reports.

    late: RECORD[n] without repeats among them. current: bool[n], is it of the boot that counts now, whose end is in memory?
    found: for each of them the gap of its boot that ends at it or after it, if there is one.
    """
    before = set(found)
    gaps: dict[tuple[int, int], list[Gap]] = defaultdict(list)
    for gap in sorted(before):
        gaps[gap.terminal, gap.boot].append(gap)
    is_new = np.zeros(len(late), bool)
    columns = (late["terminal"].tolist(), late["boot"].tolist(), late["seq"].tolist(), current.tolist())
    for index, (terminal, boot, seq, is_current) in enumerate(zip(*columns, strict=True)):
        of_boot = gaps[terminal, boot]
        if not of_boot and not is_current:
            of_boot.append(Gap(terminal, boot, 0, END))  # of this start nothing was known
        at = bisect_left(of_boot, seq, key=_last)
        if at < len(of_boot) and of_boot[at].first <= seq:
            is_new[index] = True
            around = of_boot[at]
            pieces = (around._replace(last=seq - 1), around._replace(first=seq + 1))
            of_boot[at : at + 1] = [piece for piece in pieces if piece.first <= piece.last]
    after = set().union(*gaps.values())
    return Admission(is_new, before - after, after - before)


def _last(gap: Gap) -> int:
    return gap.last


def find(cursor: Cursor[Any], late: NDArray[np.void]) -> list[Gap]:
    """For each late report the gap of its boot that ends at it or after it, if there is one."""
    cursor.execute(FIND_SQL, [late["terminal"].tolist(), late["boot"].tolist(), late["seq"].tolist()])
    return [Gap(*row) for row in cursor.fetchall()]


def of_boot(cursor: Cursor[Any], terminal: int, boot: int) -> list[Gap]:
    """All gaps of one start, in order."""
    cursor.execute(OF_BOOT_SQL, [terminal, boot])
    return [Gap(terminal, boot, *row) for row in cursor.fetchall()]


def change(cursor: Cursor[Any], *, gone: Iterable[Gap], made: Iterable[Gap] | NDArray[np.void]) -> None:
    """Take gaps out of the table and put others in. made: gaps, or GAP[k]."""
    old = np.array([tuple(gap) for gap in gone], GAP)
    new = made if isinstance(made, np.ndarray) else np.array([tuple(gap) for gap in made], GAP)
    if len(old):
        cursor.execute(FORGET_SQL, [old[name].tolist() for name in ("terminal", "boot", "last")])
    if len(new):
        cursor.execute(KEEP_SQL, [new[name].tolist() for name in ("terminal", "boot", "first", "last")])


def return_to(cursor: Cursor[Any], seen: Seen, terminal: int) -> None:
    """Make the start of which a terminal's last reports are the one that counts, in memory and in the table."""
    boot = int(seen.stray_boot[terminal])
    known = of_boot(cursor, terminal, boot) or [Gap(terminal, boot, 0, END)]  # forgotten meanwhile (`gap_bound`)
    base, left = seen.return_to(terminal, boot, [(gap.first, gap.last) for gap in known])
    gone = [gap for gap in known if gap.last >= base]  # the window holds them from here on
    below = [gap._replace(last=base - 1) for gap in gone if gap.first < base]
    change(cursor, gone=gone, made=below)
    change(cursor, gone=(), made=left)
