"""Telling people of incidents: one notice for each incident and kind, gathered so that an outage of thousands is one letter.

`FleetNotice` is the outbox: engines and people write it with the fact. A run takes what has settled, decides what is still worth
telling, and writes each merchant's people one notice and the desk one letter, in one transaction with the mark that it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from merchants.models import Merchant
from notices.models import Notice
from notices.services.tell import notify
from pos_monitor.alerts import desk
from pos_monitor.alerts.store import REOPEN_WITHIN
from pos_monitor.models import Alert, FleetNotice, FleetNoticeTold, Incident, Severity

SETTLE: Final = timedelta(seconds=6)  # an outage's alerts come one after the other, as each terminal's deadline passes
AT_LATEST: Final = timedelta(seconds=20)
MOST_A_RUN: Final = 2000
MANY_AN_HOUR: Final = 5  # letters to one merchant; what comes on top is one letter with a count
BEGINS, ENDS = ("opened", "reopened"), ("resolved",)
TO_LEADS: Final = ("escalated", "repair_late")

HIT: Final = """
SELECT a.incident_id, t.merchant_id, count(DISTINCT a.terminal_id), array_agg(DISTINCT t.store_id)
  FROM pos_monitor_alert a JOIN pos_monitor_terminal t ON t.id = a.terminal_id
 WHERE a.incident_id = ANY(%(incidents)s::bigint[]) GROUP BY 1, 2
"""


@dataclass(slots=True)
class Batch:
    """What one merchant's people are told at once."""

    incidents: list[Incident] = field(default_factory=list)
    terminals: int = 0
    stores: set[int] = field(default_factory=set)


@transaction.atomic
def tell_due(now: datetime | None = None) -> int:
    """Tell what has settled; returns how many notices were looked at. Safe to repeat and beside itself."""
    now = now or timezone.now()
    notices = _settled(now)
    if not notices:
        return 0
    worth = [notice for notice in notices if _is_worth_telling(notice, now)]
    for kinds, topic in ((BEGINS, "terminals.incident"), (ENDS, "terminals.resolved")):
        _tell_merchants([notice for notice in worth if notice.kind in kinds], topic)
    fresh = [notice for notice in worth if notice.first_told_at is None]
    _tell_staff(fresh)
    desk.write([(notice.kind, notice.incident) for notice in fresh])
    told = [notice.pk for notice in worth]
    FleetNotice.objects.filter(pk__in=told).update(told_at=now)
    FleetNotice.objects.filter(pk__in=told, first_told_at=None).update(first_told_at=now)
    return len(notices)


def _settled(now: datetime) -> list[FleetNotice]:
    """Waiting notices of incidents that have grown no more for a moment, or wait long enough; others' are left to others."""
    due = FleetNotice.objects.filter(told_at=None, created_at__lte=now - SETTLE).order_by("pk")
    due = due.select_for_update(skip_locked=True, of=("self",)).select_related("incident__rule", "incident__merchant")
    notices = list(due[:MOST_A_RUN])
    newest = dict(
        Alert.objects.filter(incident__in={notice.incident_id for notice in notices})
        .values_list("incident").annotate(newest=Max("opened_at")).order_by()
    )  # fmt: skip
    return [
        notice
        for notice in notices
        if notice.created_at <= now - AT_LATEST or newest.get(notice.incident_id, notice.created_at) <= now - SETTLE
    ]


def _is_worth_telling(notice: FleetNotice, now: datetime) -> bool:
    """What was over before it could be told is forgotten, and an end is told of what was told. Of flapping, only the end that lasts."""
    incident = notice.incident
    if notice.kind in TO_LEADS:
        return incident.state != Incident.State.RESOLVED or _forget(notice)
    if notice.kind in BEGINS:
        if notice.first_told_at is not None:
            return True  # it spreads: whoever is hit only now is told
        is_over = incident.state == Incident.State.RESOLVED or notice.round != incident.reopened_count
        is_noise = incident.is_flapping and notice.kind == "reopened"
        return not (is_over or is_noise or _last_told(incident) in BEGINS) or _forget(notice)
    if incident.state != Incident.State.RESOLVED or notice.round != incident.reopened_count or _last_told(incident) not in BEGINS:
        return _forget(notice)
    return not incident.is_flapping or incident.resolved_at is None or incident.resolved_at <= now - REOPEN_WITHIN


def _forget(notice: FleetNotice) -> bool:
    notice.delete()
    return False


def _last_told(incident: Incident) -> str:
    told = incident.notices.filter(first_told_at__isnull=False, kind__in=(*BEGINS, *ENDS))
    return str(told.order_by("-first_told_at", "-pk").values_list("kind", flat=True).first() or "")


def _tell_merchants(notices: list[FleetNotice], topic: str) -> None:
    ours = [n for n in notices if n.incident.rule.tells_merchant and n.incident.severity >= Severity.WARNING]
    if not ours:
        return
    batches = _batches(ours, _hit({notice.incident_id for notice in ours}))
    known = Merchant.objects.in_bulk(list(batches))
    for pk, batch in sorted(batches.items()):  # always in this order, so that two runs never wait for each other
        _tell(known[pk], topic, batch)


def _batches(notices: list[FleetNotice], hit: Mapping[int, list[tuple[int, int, list[int]]]]) -> dict[int, Batch]:
    """merchant -> what its people are told now and were not before."""
    rows = [FleetNoticeTold(notice=notice, merchant_id=pk) for notice in notices for pk, _, _ in hit[notice.incident_id]]
    told = set(FleetNoticeTold.objects.filter(notice__in=notices).values_list("notice_id", "merchant_id"))
    FleetNoticeTold.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)
    batches: dict[int, Batch] = defaultdict(Batch)
    for notice in notices:
        for merchant, terminals, stores in hit[notice.incident_id]:
            if (notice.pk, merchant) not in told:
                batch = batches[merchant]
                batch.incidents.append(notice.incident)
                batch.terminals += terminals
                batch.stores.update(stores)
    return batches


def _hit(incidents: Iterable[int]) -> dict[int, list[tuple[int, int, list[int]]]]:
    """incident -> (merchant, how many terminals, which stores) of everybody who is hit."""
    found: dict[int, list[tuple[int, int, list[int]]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(HIT, {"incidents": list(incidents)})
        for incident, merchant, terminals, stores in cursor.fetchall():
            found[incident].append((merchant, terminals, stores))
    return found


def _tell(merchant: Merchant, topic: str, batch: Batch) -> None:
    worst = max(batch.incidents, key=lambda one: (one.severity, -one.pk))
    context = {
        "title": plain(worst.title), "incident": worst.public_id, "incidents": len(batch.incidents),
        "others": len(batch.incidents) - 1, "terminals": batch.terminals, "stores": len(batch.stores),
    }  # fmt: skip
    notify(topic=topic, subject=_subject(merchant, topic, worst), context=context, merchant=merchant)


def _subject(merchant: Merchant, topic: str, incident: Incident) -> str:
    """By which repeats are counted: the incident itself, until so many were told of within an hour that a count says more."""
    recent = Notice.objects.filter(
        Q(topic=topic, merchant_public_id=merchant.public_id, created_at__gte=timezone.now() - timedelta(hours=1))
    )
    return "many" if recent.values("subject").distinct().count() >= MANY_AN_HOUR else str(incident.public_id)


def _tell_staff(notices: list[FleetNotice]) -> None:
    """The bell of everybody in support, and of leads what nobody answers or repairs. Several at once are one notice."""
    for kinds, topic in ((BEGINS, "fleet.incident"), (TO_LEADS, "fleet.escalated")):
        found = [notice.incident for notice in notices if notice.kind in kinds]
        if found:
            worst = max(found, key=lambda one: (one.severity, -one.pk))
            context: dict[str, Any] = {"title": plain(worst.title), "incident": worst.public_id, "others": len(found) - 1}
            notify(topic=topic, subject=str(worst.public_id), context=context)


def plain(title: str) -> str:
    """A title as a notice may carry it: nothing in it looks like an address."""
    return title.replace("@", " at ")[:160]
