"""How far an update is, how fast, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from eligibility.lists.health import version_of
from eligibility.lists.sync import MAX_ATTEMPTS, may_go_on
from eligibility.models import ListSync

Stage, State = ListSync.Stage, ListSync.State
ORDER: Final = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Step:
    """state: done, now, later or stopped. seconds: how long it took so far, as far as that is known."""

    name: str
    words: str
    state: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """unit: what is counted in this stage. rate: of them a second; None where nothing is counted yet."""

    steps: list[Step]
    done: int
    total: int
    unit: str
    rate: float | None
    changes: int

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0


def progress_of(sync: ListSync, now: datetime) -> Progress:
    changes = sync.added + sync.changed + sync.removed
    match sync.stage:
        case Stage.FETCH:
            return Progress(_steps(sync), sync.bytes_done, sync.bytes_total, "bytes", _rate(sync, sync.bytes_done, now), changes)
        case Stage.STAGE:
            return Progress(_steps(sync), sync.rows_done, sync.rows_total, "rows", _rate(sync, sync.rows_done, now), changes)
        case Stage.WRITE:
            took = sync.seconds.get(Stage.WRITE, 0)
            return Progress(_steps(sync), sync.rows_done, changes, "products", sync.rows_done / took if took else None, changes)
        case _:
            return Progress(_steps(sync), 0, 0, "", None, changes)


def what_next(sync: ListSync, now: datetime) -> str:
    """A sentence for people: what happens with this update, or after it, without anybody's doing."""
    source = sync.list_source
    match sync.state:
        case State.HELD:
            return "It waits until somebody lets it through or sends it away, or a newer version comes. Until then the list stays as it is."
        case State.FAILED if source.next_at is None or not source.is_active:
            return "The list stays as it is. Its source is switched off: nothing is tried again."
        case State.FAILED:
            whole = " A whole list is taken in place of changes, if there is one." if sync.entry.get("kind") == "delta" else ""
            return f"The list stays as it is. The publisher is asked again at {source.next_at:%Y-%m-%d %H:%M} UTC.{whole}"
        case State.REFUSED if sync.decided_by_id:
            return f"The list stays as it is. Version {version_of(sync)} is not taken again; the publisher's next whole list is."
        case State.QUEUED | State.RUNNING if not source.is_active:
            return "Its source is switched off: it goes on when that is switched on again."
        case State.QUEUED | State.RUNNING if sync.attempts:
            return f"Try {sync.attempts + 1} of {MAX_ATTEMPTS} follows within a minute, from where it stopped."
        case State.QUEUED if not may_go_on(sync, now):
            return f"A large file waits for the quiet hours, from {source.window_from:%H:%M} ({source.zone})."
        case State.QUEUED:
            return "A worker takes it up within a minute."
        case _:
            return ""


def _steps(sync: ListSync) -> list[Step]:
    at = ORDER.index(Stage(sync.stage))
    return [
        Step(stage.value, str(stage.label), _state(sync, number - at), sync.seconds.get(stage.value))
        for number, stage in enumerate(ORDER)
    ]


def _state(sync: ListSync, distance: int) -> str:
    if sync.state == State.DONE or distance < 0:
        return "done"
    if distance > 0:
        return "later"
    return "now" if sync.state in {State.QUEUED, State.RUNNING} else "stopped"


def _rate(sync: ListSync, count: int, now: datetime) -> float | None:
    if sync.stage_at is None or not count:
        return None
    return count / max((now - sync.stage_at).total_seconds(), 0.1)
