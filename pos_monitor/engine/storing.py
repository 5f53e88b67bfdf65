"""Storing one batch: reports, gaps, alerts, results of commands and the shard's place, all in one transaction.

A batch that cannot be stored because the database is away is stored later. One that the database will not take is stored with care: part by
part, each behind a savepoint, and what is at fault is set aside with the reason, down to the single report. It holds up nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import Connection, Cursor

from pos_monitor.alerts import store as alerts
from pos_monitor.engine import gaps, progress, words
from pos_monitor.engine.intake import Refused, refused
from pos_monitor.engine.memory import Step
from pos_monitor.history import write as history
from pos_monitor.judging.folded import Folded
from pos_monitor.wire import entry
from pos_monitor.wire.record import RECORD

logger = logging.getLogger(__name__)

RESULTS: Final = "command_results"  # beside a report: what became of commands
NOTHING: Final = np.zeros(0, RECORD)
MOST_BODY: Final = 4_000_000  # of what is set aside: more than the greatest entry
MOST_REASON: Final = 300
Results = Callable[[Any, Iterable[tuple[int, int, Any]]], object]  # (cursor, (terminal, received_ms, what it said) …)

REFUSED_SQL: Final = """
    INSERT INTO pos_monitor_deadletter (shard, stream_id, kind, reason, body, reports, is_whole) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(slots=True)
class Work:
    """What one transaction brings. since, to: the shard's place before and after. extras: index in the batch -> what stands beside a report."""

    shard: int
    since: str
    to: str
    step: Step | None = None
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)
    words: Sequence[str] = ()
    refused: list[Refused] = field(default_factory=list)
    folded: list[Folded] = field(default_factory=list)
    snapshot: tuple[bytes, str] | None = None  # with the entry after which it was taken
    also: list[Callable[[Cursor[Any]], None]] = field(default_factory=list)  # further changes of the same moment

    @property
    def is_empty(self) -> bool:
        return self.since == self.to and not (self.folded or self.snapshot or self.also or self.refused)


@dataclass(slots=True)
class Stored:
    """What a transaction stored. records: RECORD[n], all; late: those among them that came late; alerts_failed: they must be looked up again."""

    records: NDArray[np.void]
    late: NDArray[np.void]
    alerts_failed: bool = False
    refused: int = 0


def store(connection: Connection[Any], work: Work, results: Results | None, *, carefully: bool = False) -> Stored:
    """Commit a batch. Raises psycopg.Error where it cannot, Displaced where it must not; then nothing is changed."""
    with connection.transaction(), connection.cursor() as cursor:
        progress.move(cursor, work.shard, since=work.since, to=work.to)
        return _Writer(cursor, work, results, carefully).write()


class _Writer:
    def __init__(self, cursor: Cursor[Any], work: Work, results: Results | None, carefully: bool) -> None:
        self._cursor, self._work, self._results, self._carefully = cursor, work, results, carefully
        self._refused = list(work.refused)
        self._alerts_failed = False

    def write(self) -> Stored:
        work, cursor = self._work, self._cursor
        records = late = NOTHING
        extras: dict[int, dict[str, Any]] = {}
        if work.step is not None:
            late, late_places = self._admit(work.step)
            gaps.change(cursor, gone=(), made=work.step.gaps)
            records = np.concatenate([work.step.new, late]) if len(late) else work.step.new
            places = np.concatenate([work.step.places[: len(work.step.new)], late_places])
            extras = _beside(places, work.extras)
            self._copy(records, extras)
        self._tell_results(records, extras)
        for folded in work.folded:
            self._apart("alerts", lambda folded=folded: alerts.apply(cursor, folded, datetime.now(UTC)), self._miss_alerts)  # type: ignore[misc]
        if work.words:
            self._apart("words", lambda: words.keep(cursor, work.words, records), _nothing)
        for change in work.also:
            change(cursor)
        if work.snapshot is not None:
            progress.keep_snapshot(cursor, work.shard, *work.snapshot)
        self._set_aside()
        return Stored(records, late, self._alerts_failed, len(self._refused))

    def _admit(self, step: Step) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Those of the late reports that are new, and their places in the batch."""
        if not len(step.late):
            return step.late, np.zeros(0, np.int64)
        admission = gaps.admit(step.late, step.late_is_current, gaps.find(self._cursor, step.late))
        gaps.change(self._cursor, gone=admission.gone, made=admission.made)
        return step.late[admission.is_new], step.places[len(step.new) :][admission.is_new]

    def _copy(self, records: NDArray[np.void], extras: dict[int, dict[str, Any]]) -> None:
        if not self._carefully:
            history.copy(self._cursor, records, extras)
            return
        waiting = [(0, len(records))]
        while waiting:
            start, end = waiting.pop()
            try:
                with self._cursor.connection.transaction():
                    beside = {place - start: extra for place, extra in extras.items() if start <= place < end}
                    history.copy(self._cursor, records[start:end], beside)
            except Exception as error:  # whatever it is: the reports beside it are not at fault
                if _is_away(error):
                    raise
                if end - start == 1:
                    reason = f"the history does not take it: {error}"
                    self._refused.append(refused(self._work.to, "unstored", reason, records[start:end], beside))
                else:
                    middle = (start + end) // 2
                    waiting += [(start, middle), (middle, end)]

    def _tell_results(self, records: NDArray[np.void], extras: dict[int, dict[str, Any]]) -> None:
        said = [
            (int(records["terminal"][place]), int(records["received_ms"][place]), extra[RESULTS])
            for place, extra in extras.items()
            if RESULTS in extra
        ]
        if said and self._results is not None:
            results = self._results
            self._apart("results of commands", lambda: results(self._cursor, said), _nothing)

    def _apart(self, what: str, action: Callable[[], object], otherwise: Callable[[], None]) -> None:
        """Do it; with care, go on without it if it fails for a reason of its own."""
        if not self._carefully:
            action()
            return
        try:
            with self._cursor.connection.transaction():
                action()
        except Exception as error:
            if _is_away(error):
                raise
            logger.exception("%s of a batch could not be stored", what)
            self._refused.append(Refused(self._work.to, "beside", f"{what} could not be stored: {error}"))
            otherwise()

    def _miss_alerts(self) -> None:
        self._alerts_failed = True

    def _set_aside(self) -> None:
        if self._refused:
            self._cursor.executemany(REFUSED_SQL, [_letter(self._work.shard, one) for one in self._refused])


def _letter(shard: int, one: Refused) -> tuple[Any, ...]:
    """A row of the dead letters."""
    body = entry.pack(one.fields) if one.fields else b""
    reason = one.reason.replace("\0", "")[:MOST_REASON]
    return shard, one.stream_id, one.kind, reason, body[:MOST_BODY], one.reports, len(body) <= MOST_BODY


def set_aside(work: Work, reason: str) -> Work:
    """The same move of the shard's place, with all that it carries among the dead letters: something in it is beyond us."""
    letters: list[Refused] = []
    if work.step is not None:
        step, known = work.step, len(work.step.new)
        for kind, records, places in (("unstored", step.new, step.places[:known]), ("late", step.late, step.places[known:])):
            extras = _beside(places, work.extras)
            for start in range(0, len(records), entry.MOST_RECORDS):
                beside = {at - start: extra for at, extra in extras.items() if start <= at < start + entry.MOST_RECORDS}
                letters.append(refused(work.to, kind, reason, records[start : start + entry.MOST_RECORDS], beside))
    return Work(work.shard, work.since, work.to, refused=[*work.refused, *letters])


def _beside(places: NDArray[np.int64], extras: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """What stands beside records, by their place among those that are stored. places: where each stood in the batch."""
    if not extras:
        return {}
    indices = np.flatnonzero(np.isin(places, np.fromiter(extras, np.int64, len(extras))))
    return {int(index): extras[int(places[index])] for index in indices}


def _is_away(error: BaseException) -> bool:
    """Is it the database that fails, and not what it was given?"""
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | progress.Displaced)


def _nothing() -> None:
    pass
