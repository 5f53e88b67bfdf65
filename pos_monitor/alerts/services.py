"""What people do to incidents. Each is on record in the incident's timeline and in the audit trail, and safe beside itself.

An incident is a person's, its alerts are facts: resolving by hand ends the incident and leaves the alerts standing, so that a
fault that persists is found out (`clock.reopen_persisting`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.push import tell_after_commit
from people.models import User
from pos_monitor.alerts.errors import NotAllowed, NotNow, TakenMeanwhile, Unsaid
from pos_monitor.judging.loading import CHANNEL
from pos_monitor.models import FleetNotice, Incident, IncidentEvent
from vault.audit.deeds import about
from vault.audit.services import record_many

State = Incident.State
MOST_AT_ONCE: Final = 500
LONGEST_SNOOZE: Final = timedelta(days=7)
LONGEST_NOTE: Final = 4000


def may_work(user: Any) -> bool:
    """May this person change incidents? Auditors look only."""
    return bool(user.is_active and user.has_perm("pos_monitor.change_incident"))


def may_lead(user: Any) -> bool:
    """Is it somebody to whom what nobody answers is told, and who edits playbooks?"""
    return bool(user.is_active and user.has_perm("pos_monitor.lead_support"))


@transaction.atomic
def acknowledge(incidents: Collection[int], *, by: User) -> int:
    """Take open incidents: whoever does has them, and the clock for an answer stops. Returns how many became theirs.

    One that somebody has already is left as it is; TakenMeanwhile says so when it was the only one. Repeating it changes nothing.
    """
    rows = _locked(incidents, by)
    mine = [row for row in rows if row.state == State.OPEN]
    if len(rows) == 1 and not mine:
        _refuse_taken(rows[0], by)
    now = timezone.now()
    for row in mine:
        row.state, row.acknowledged_at, row.owner, row.snoozed_until = State.ACKNOWLEDGED, now, row.owner or by, None
    _save(mine, "state", "acknowledged_at", "owner", "snoozed_until")
    _say(mine, "acknowledged", by)
    return len(mine)


@transaction.atomic
def assign(incidents: Collection[int], *, to: User | None, by: User, seen_owner: int | None = -1) -> int:
    """Give incidents to somebody who may work on them, or to nobody. Returns how many changed hands.

    seen_owner: whose it was when the person decided (a primary key, None: nobody's); if it is another's by now, TakenMeanwhile.
    """
    if to is not None and not may_work(to):
        raise NotAllowed(f"{_name(to)} may not work on incidents.")
    rows = [row for row in _locked(incidents, by) if row.state != State.RESOLVED]
    for row in rows:
        if seen_owner != -1 and row.owner_id != seen_owner and row.owner_id != (to.pk if to else None):
            raise TakenMeanwhile(f"{_name(row.owner) if row.owner else 'Nobody'} has {row.public_id} by now; it was left so.")
    moved = [row for row in rows if row.owner_id != (to.pk if to else None)]
    for row in moved:
        row.owner = to
    _save(moved, "owner")
    _say(moved, "assigned", by, data={"to": to.public_id if to else None})
    return len(moved)


@transaction.atomic
def note(incident: int, *, by: User, text: str) -> IncidentEvent:
    """Write something down for whoever looks next. It cannot be changed afterwards."""
    (row,) = _locked([incident], by)
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Unsaid(f"Write a note of 1 to {LONGEST_NOTE:,} characters.")
    _say([row], "note", by, text=text)
    return row.events.latest("pk")


@transaction.atomic
def snooze(incidents: Collection[int], *, until: datetime, by: User, reason: str) -> int:
    """Let incidents be until then: nobody is reminded and nothing escalates. Returns how many. They stay in the inbox's “snoozed”."""
    now = timezone.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise Unsaid("Snooze until a moment within the next seven days.")
    reason = _reason(reason)
    rows = [row for row in _locked(incidents, by) if row.state != State.RESOLVED]
    for row in rows:
        row.snoozed_until = until
    _save(rows, "snoozed_until")
    tell_after_commit(CHANNEL, 0)  # engines read it at once
    _say(rows, "snoozed", by, text=reason, data={"until": until.isoformat()})
    return len(rows)


@transaction.atomic
def wake(incidents: Collection[int], *, by: User) -> int:
    """End a snooze before its time. Returns how many slept."""
    rows = [row for row in _locked(incidents, by) if row.snoozed_until is not None and row.state != State.RESOLVED]
    for row in rows:
        row.snoozed_until = None
    _save(rows, "snoozed_until")
    tell_after_commit(CHANNEL, 0)
    _say(rows, "woken", by)
    return len(rows)


@transaction.atomic
def resolve(incidents: Collection[int], *, by: User, reason: str) -> int:
    """End incidents by hand, saying why. Returns how many were not over yet.

    Alerts that stand go on standing: if they still do after `clock.PERSISTS_AFTER`, the incident is reopened and says so.
    """
    reason = _reason(reason)
    now = timezone.now()
    rows = [row for row in _locked(incidents, by) if row.state != State.RESOLVED]
    for row in rows:
        row.acknowledged_at = row.acknowledged_at or now
        row.state, row.resolved_at, row.resolution, row.owner = State.RESOLVED, now, Incident.Resolution.BY_HAND, row.owner or by
        row.snoozed_until = None
    _save(rows, "state", "resolved_at", "resolution", "acknowledged_at", "owner", "snoozed_until")
    _say(rows, "resolved", by, text=reason, data={"by": "hand"})
    tell(rows, "resolved")
    return len(rows)


def reopen(incident: int, *, by: User, reason: str) -> Incident:
    """Take up an incident again that is over. Raises NotNow where it is not, or where another of the same kind stands open."""
    reason = _reason(reason)
    try:
        with transaction.atomic():
            (row,) = _locked([incident], by)
            if row.state != State.RESOLVED:
                raise NotNow(f"{row.public_id} is not over.")
            if row.resolution == Incident.Resolution.MERGED:
                raise NotNow(f"{row.public_id} became part of a wider incident: work on that one.")
            set_open([row], timezone.now())
            row.owner = by
            _save([row], "owner")
            _say([row], "reopened", by, text=reason)
            return row
    except IntegrityError:
        raise NotNow("The same trouble stands open as a newer incident: work on that one.") from None


def set_open(rows: list[Incident], now: datetime) -> None:
    """Make resolved incidents stand open again; their clock stood while they were over. The caller holds their locks."""
    for row in rows:
        was_over = now - (row.resolved_at or now)
        row.state = State.ACKNOWLEDGED if row.acknowledged_at else State.OPEN
        row.answer_due_at, row.repair_due_at = row.answer_due_at + was_over, row.repair_due_at + was_over
        row.resolved_at, row.resolution, row.reopened_count = None, "", row.reopened_count + 1
    _save(rows, "state", "answer_due_at", "repair_due_at", "resolved_at", "resolution", "reopened_count")


def tell(rows: Iterable[Incident], kind: str) -> None:
    """Note that people are to be told, once for each round of each incident; of muted ones nobody is."""
    FleetNotice.objects.bulk_create(
        [FleetNotice(incident=row, kind=kind, round=row.reopened_count) for row in rows if not row.is_muted],
        ignore_conflicts=True,
    )


def say(rows: list[Incident], kind: str, *, by: User | None = None, text: str = "", data: dict[str, Any] | None = None) -> None:
    """One line in each incident's timeline."""
    IncidentEvent.objects.bulk_create([IncidentEvent(incident=row, kind=kind, note=text, data=data or {}, by=by) for row in rows])


def _locked(incidents: Collection[int], by: User) -> list[Incident]:
    """The rows, locked in the order in which engines lock them too."""
    if not may_work(by):
        raise NotAllowed("Your role lets you look at incidents, not work on them.")
    if not 0 < len(incidents) <= MOST_AT_ONCE:
        raise Unsaid(f"Choose 1 to {MOST_AT_ONCE} incidents.")
    rows = list(Incident.objects.select_for_update(of=("self",)).filter(pk__in=incidents).order_by("pk").select_related("owner"))
    if not rows:
        raise NotNow("There is no such incident.")
    return rows


def _refuse_taken(row: Incident, by: User) -> None:
    if row.state == State.RESOLVED:
        raise NotNow(f"{row.public_id} is over.")
    if row.owner_id != by.pk:
        raise TakenMeanwhile(f"{_name(row.owner) if row.owner else 'Somebody'} has {row.public_id} already.")


def _save(rows: list[Incident], *fields: str) -> None:
    now = timezone.now()
    for row in rows:
        row.changed_at = now
    Incident.objects.bulk_update(rows, [*fields, "changed_at"])


def _say(rows: list[Incident], kind: str, by: User, *, text: str = "", data: dict[str, Any] | None = None) -> None:
    say(rows, kind, by=by, text=text, data=data)
    record_many(about(row, kind) for row in rows)


def _reason(text: str) -> str:
    text = text.strip()
    if len(text.split()) < 2:
        raise Unsaid("Say why, in at least two words: it is kept with your name.")
    return text[:LONGEST_NOTE]


def _name(user: User) -> str:
    return str(user.get_username())  # names are sealed: who opens one is on record
