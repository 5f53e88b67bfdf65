"""Cases: one matter between support and a merchant. Bodies are sealed; the merchant's people are told that there is something to read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from merchants.models import Merchant
from notices.services.tell import notify
from people.models import User
from pos_monitor.alerts.errors import NotAllowed, NotNow, Unsaid
from pos_monitor.alerts.services import may_work, say
from pos_monitor.models import CaseEntry, Incident, SupportCase, Terminal
from vault.audit.services import record_about

Kind = CaseEntry.Kind
State = SupportCase.State
LONGEST: Final = 10_000
WRITTEN: Final = (Kind.MAIL, Kind.CALL, Kind.NOTE, Kind.REPLY)  # what people of support may add
SEEN_BY_MERCHANT: Final = (Kind.MAIL, Kind.REPLY)  # notes among us and about calls are ours


@transaction.atomic
def open_case(
    *, merchant: Merchant, subject: str, by: User, incident: Incident | None = None, terminals: Collection[int] = ()
) -> SupportCase:
    """Open a case about terminals of the merchant's, and of an incident where it came of one. Nobody is told yet."""
    _check(by)
    subject = subject.strip()
    if not subject or len(subject) > 120:
        raise Unsaid("Say in up to 120 characters what it is about.")
    known = list(Terminal.objects.filter(pk__in=list(terminals), merchant=merchant).values_list("pk", flat=True))
    if len(known) != len(set(terminals)):
        raise Unsaid("A case is about terminals of one merchant.")
    if incident is not None and not incident.alerts.filter(terminal__merchant=merchant).exists():
        raise Unsaid("The incident does not hit terminals of this merchant.")
    case = SupportCase.objects.create(
        merchant=merchant,
        incident=incident,
        terminals=sorted(known),
        subject=subject,
        owner=by,
        opened_by=by,
        changed_at=timezone.now(),
    )
    record_about(case, "opened")
    if incident is not None:
        say([incident], "case", by=by, data={"case": case.public_id})
    return case


@transaction.atomic
def add_entry(*, case: SupportCase, kind: str, body: str, by: User) -> CaseEntry:
    """Add a mail, a call, a note, or what the merchant replied elsewhere. A mail tells the merchant's people, and the case then waits
    for them; a reply wakes it. NotNow where it is closed."""
    _check(by)
    if kind not in WRITTEN:
        raise Unsaid("Choose a mail, a call, a note or a reply.")
    return _add(case, kind, body, by)


@transaction.atomic
def reply(*, case: SupportCase, body: str, by: User) -> CaseEntry:
    """What one of the merchant's people answers in their portal; their door has checked that the case is their merchant's.

    Whoever has the case is told; where nobody has it, all of support.
    """
    entry = _add(case, Kind.REPLY, body, by)
    notify(topic="fleet.case", subject=case.public_id, user=case.owner, context={"case": case.public_id})
    return entry


@transaction.atomic
def set_state(*, case: SupportCase, state: str, by: User) -> SupportCase:
    """Open, waiting or closed; said in the thread. Safe to repeat."""
    _check(by)
    if state not in State.values:
        raise Unsaid("Choose open, waiting or closed.")
    case = SupportCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.state != state:
        _write(case, Kind.STATE, f"{case.get_state_display()} → {State(state).label}", by)
        _move(case, state)
        record_about(case, "state_changed", details={"to": state})
    return case


@transaction.atomic
def take(*, case: SupportCase, by: User) -> SupportCase:
    """Make the case one's own. Safe to repeat."""
    _check(by)
    case = SupportCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.owner_id != by.pk:
        case.owner, case.changed_at = by, timezone.now()
        case.save(update_fields=["owner", "changed_at"])
        record_about(case, "assigned")
    return case


def cases_of(merchant: Merchant) -> QuerySet[SupportCase]:
    """A merchant's cases in which something was written to them or by them, the newest first; until then a case is ours."""
    said = CaseEntry.objects.filter(case=OuterRef("pk"), kind__in=SEEN_BY_MERCHANT)
    return SupportCase.objects.filter(Exists(said), merchant=merchant).order_by("-pk")


def thread_of(case: SupportCase, *, for_merchant: bool = False) -> list[CaseEntry]:
    """What was written and said, the oldest first; for the merchant without what is ours."""
    entries = CaseEntry.objects.filter(case=case).select_related("by").order_by("pk")
    return list(entries.filter(kind__in=SEEN_BY_MERCHANT) if for_merchant else entries)


def _add(case: SupportCase, kind: str, body: str, by: User) -> CaseEntry:
    case = SupportCase.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=case.pk)
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise Unsaid(f"Write 1 to {LONGEST:,} characters.")
    if case.state == State.CLOSED and kind != Kind.REPLY:
        raise NotNow("The case is closed: open it again first.")
    told = 0
    entry = _write(case, kind, body, by, save=False)
    if kind == Kind.MAIL:
        context = {"case": case.public_id, "entry": entry.public_id}
        told = notify(topic="terminals.case", subject=case.public_id, merchant=case.merchant, context=context)
    entry.told = told
    entry.save(force_insert=True)
    record_about(entry, "written", details={"kind": kind})
    _move(case, {Kind.MAIL: State.WAITING, Kind.REPLY: State.OPEN}.get(Kind(kind), State(case.state)))
    return entry


def _write(case: SupportCase, kind: str, body: str, by: User, *, save: bool = True) -> CaseEntry:
    entry = CaseEntry(case=case, merchant_id=case.merchant_id, kind=kind, body=body, by=by)
    if save:
        entry.save(force_insert=True)
    return entry


def _move(case: SupportCase, state: str) -> None:
    case.state, case.changed_at = state, timezone.now()
    case.closed_at = case.changed_at if state == State.CLOSED else None
    case.save(update_fields=["state", "changed_at", "closed_at"])


def _check(by: User) -> None:
    if not may_work(by):
        raise NotAllowed("Your role lets you look at cases, not work on them.")
