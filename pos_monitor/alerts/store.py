"""Writing what a judge found: alerts, incidents and what people are to be told, in the engine's transaction.

Engines write at the same time, and may find the same wide incident: they meet in one row by `incident_open_once`. One terminal
has at most one open alert of a rule by `alert_open_once`, however often a batch is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import numpy as np
import psycopg
from django.db import DatabaseError

from common.ids import new_id
from pos_monitor.alerts import statements as sql
from pos_monitor.judging.folded import Folded, FoldedIncident, Transitions
from pos_monitor.models import Incident

REOPEN_WITHIN: Final = timedelta(minutes=15)  # later it is another trouble
FLAPS: Final = 3  # comings back, after which only the end is told
ATTEMPTS: Final = 3  # two engines that wait for each other, or a person who ends what we join: once more, with fresh eyes
MANY: Final = (
    500  # new rows in a table that was nearly empty: the foreign keys' checks go on reading it whole unless it is analysed
)
SCOPES: Final = [scope.value for scope in Incident.Scope]  # from the narrowest to the widest
Key = tuple[int, str, str]


class Cursor(Protocol):
    """psycopg's cursor, or Django's around it."""

    def execute(self, query: Any, params: Any = None) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(slots=True)
class Applied:
    """What became of it, as incidents' primary keys."""

    opened: list[int] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)
    grown: list[int] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)

    def changed(self) -> list[int]:
        return sorted({*self.opened, *self.reopened, *self.grown, *self.merged, *self.resolved})


def apply(cursor: Cursor, folded: Folded, now: datetime) -> Applied:
    """Store one step of a shard within the caller's transaction. Storing it again changes nothing.

    Alerts open into the incident that the folding names, which is found, reopened where it was over for less than
    REOPEN_WITHIN, or made. Alerts of it that stand open in a narrower incident move; one that is emptied so is merged. What
    clears is resolved, and with its last alert the incident. Alerts of rules that exist no more are left out.
    """
    if not folded:
        return Applied()
    for attempt in range(ATTEMPTS):
        cursor.execute("SAVEPOINT alerts")
        try:
            applied = _apply(cursor, folded, now)
        except (psycopg.Error, DatabaseError, _Vanished) as problem:
            cursor.execute("ROLLBACK TO SAVEPOINT alerts")
            if attempt == ATTEMPTS - 1 or not _is_of_others(problem):
                raise
        else:
            cursor.execute("RELEASE SAVEPOINT alerts")
            return applied
    raise AssertionError("unreachable")


class _Vanished(Exception):
    """An incident was resolved between two of our statements."""


def _is_of_others(problem: Exception) -> bool:
    """Does it come of what others did at the same time? Django wraps psycopg's errors, and keeps them as the cause."""
    found = problem.__cause__ if isinstance(problem, DatabaseError) else problem
    return isinstance(found, psycopg.errors.UniqueViolation | psycopg.errors.DeadlockDetected | _Vanished)


def _apply(cursor: Cursor, folded: Folded, now: datetime) -> Applied:
    applied = Applied()
    if folded.opened:
        _open(cursor, _of_known_rules(cursor, folded.opened), now, applied)
    if len(folded.cleared):
        _clear(cursor, folded.cleared, now, applied)
    return applied


def _of_known_rules(cursor: Cursor, groups: Sequence[FoldedIncident]) -> list[FoldedIncident]:
    cursor.execute("SELECT id FROM pos_monitor_alertrule")
    known = {row[0] for row in cursor.fetchall()}
    return [group for group in groups if group.rule in known and len(group.alerts)]


def _open(cursor: Cursor, groups: list[FoldedIncident], now: datetime, applied: Applied) -> None:
    if not groups:
        return
    found = _incidents(cursor, groups, now, applied)
    if len(applied.opened) >= MANY:
        cursor.execute("ANALYZE pos_monitor_incident")
    alerts = _flat(groups, found)
    cursor.execute(sql.MOVE_ALERTS, {**alerts, "scope_order": SCOPES})
    moved = cursor.fetchall()
    cursor.execute(sql.OPEN_ALERTS, {**alerts, "now": now})
    added = _tally([row[0] for row in cursor.fetchall()] + [into for _, into in moved])
    touched = sorted({*added, *(left for left, _ in moved)})
    if touched:
        cursor.execute(sql.LOCK, {"incidents": touched})  # in one order, whoever else counts them
        cursor.execute(sql.COUNT, {"incidents": touched, "now": now})
    _merge(cursor, dict(moved), now, applied)
    fresh = {*applied.opened, *applied.reopened}
    applied.grown = [incident for incident in added if incident not in fresh]
    _write(cursor, now, applied.opened, "opened", lambda pk: {"alerts": added.get(pk, 0)})
    _write(cursor, now, applied.reopened, "reopened", lambda pk: {"alerts": added.get(pk, 0)})
    _write(cursor, now, applied.grown, "grew", lambda pk: {"alerts": added[pk]}, is_told=False)
    if applied.grown:
        cursor.execute(sql.LOOK_AGAIN, {"incidents": applied.grown})


def _incidents(cursor: Cursor, groups: list[FoldedIncident], now: datetime, applied: Applied) -> dict[Key, int]:
    """The open incident of each group: come back, made, or there already."""
    keys = {_key(group): group for group in groups}
    named = {"rules": [k[0] for k in keys], "scopes": [k[1] for k in keys], "keys": [k[2] for k in keys], "now": now}
    cursor.execute(sql.REOPEN, {**named, "window": REOPEN_WITHIN, "flaps": FLAPS})
    found = _by_key(cursor)
    applied.reopened = sorted(found.values())
    missing = [group for key, group in keys.items() if key not in found]
    if missing:
        cursor.execute(sql.OPEN_INCIDENTS, {"now": now, **_columns(missing)})
        made = _by_key(cursor)
        applied.opened = sorted(made.values())
        found |= made
    there = [key for key in keys if key not in found]
    if there:
        cursor.execute(
            sql.JOIN_INCIDENTS, {"rules": [k[0] for k in there], "scopes": [k[1] for k in there], "keys": [k[2] for k in there]}
        )
        joined = _by_key(cursor)
        if len(joined) < len(there):
            raise _Vanished
        cursor.execute(sql.SHARE, {"incidents": list(joined.values()), "merchants": [keys[key].merchant for key in joined]})
        found |= joined
    return found


def _clear(cursor: Cursor, cleared: Transitions, now: datetime, applied: Applied) -> None:
    pairs = {"terminals": cleared["terminal"].tolist(), "rules": cleared["rule"].tolist()}
    cursor.execute(sql.CLEAR_ALERTS, {**pairs, "now": now})
    touched = sorted({row[0] for row in cursor.fetchall()})
    if not touched:
        return
    cursor.execute(sql.LOCK, {"incidents": touched})
    cursor.execute(sql.COUNT, {"incidents": touched, "now": now})
    cursor.execute(sql.RESOLVE, {"incidents": touched, "now": now})
    applied.resolved = sorted(row[0] for row in cursor.fetchall())
    _write(cursor, now, applied.resolved, "resolved", lambda _pk: {"by": "healed"})


def _merge(cursor: Cursor, moved: dict[int, int], now: datetime, applied: Applied) -> None:
    if not moved:
        return
    cursor.execute(sql.MERGE, {"incidents": list(moved), "wider": list(moved.values()), "now": now})
    applied.merged = sorted(row[0] for row in cursor.fetchall())
    _write(cursor, now, applied.merged, "merged", lambda pk: {"into": moved[pk]}, is_told=False)
    cursor.execute(sql.FORGET_NOTICES, {"incidents": applied.merged})


def _write(
    cursor: Cursor, now: datetime, incidents: list[int], kind: str, data: Callable[[int], dict[str, Any]], *, is_told: bool = True
) -> None:
    """One line in each incident's timeline, and where people are to be told, a notice."""
    if not incidents:
        return
    rows = {"incidents": incidents, "kinds": [kind] * len(incidents), "now": now}
    cursor.execute(sql.EVENTS, {**rows, "data": [json.dumps(data(pk)) for pk in incidents]})
    if is_told:
        cursor.execute(sql.NOTICES, rows)


def _columns(groups: list[FoldedIncident]) -> dict[str, list[Any]]:
    return {
        "ids": [new_id("inc") for _ in groups],
        "rules": [group.rule for group in groups],
        "scopes": [group.scope for group in groups],
        "keys": [group.scope_key[:80] for group in groups],
        "merchants": [group.merchant for group in groups],
        "titles": [group.title[:160] for group in groups],
        "severities": [int(group.alerts["severity"].max()) for group in groups],
        "flapping": [group.is_flapping for group in groups],
        "muted": [group.is_muted for group in groups],
        "began": [float(group.alerts["began_ms"].min()) for group in groups],
    }


def _flat(groups: list[FoldedIncident], found: dict[Key, int]) -> dict[str, list[Any]]:
    """All groups' alerts as columns, each with its incident and how wide that is (place in SCOPES, from 1)."""
    alerts = np.concatenate([group.alerts for group in groups])
    sizes = [len(group.alerts) for group in groups]
    return {
        "terminals": alerts["terminal"].tolist(),
        "rules": alerts["rule"].tolist(),
        "severities": alerts["severity"].tolist(),
        "values": alerts["value"].tolist(),
        "began": alerts["began_ms"].astype(float).tolist(),
        "incidents": np.repeat([found[_key(group)] for group in groups], sizes).tolist(),
        "breadths": np.repeat([SCOPES.index(group.scope) + 1 for group in groups], sizes).tolist(),
    }


def _key(group: FoldedIncident) -> Key:
    return group.rule, group.scope, group.scope_key[:80]


def _by_key(cursor: Cursor) -> dict[Key, int]:
    return {(int(rule), str(scope), str(key)): int(pk) for rule, scope, key, pk in cursor.fetchall()}


def _tally(incidents: Iterable[int]) -> dict[int, int]:
    pks, counts = np.unique(np.fromiter(incidents, np.int64), return_counts=True)
    return dict(zip(pks.tolist(), counts.tolist(), strict=True))
