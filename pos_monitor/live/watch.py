"""What screens need of the database, a few times in a second at most for a whole process: open incidents, and who has the worst terminals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from common.scopes import across_merchants
from pos_monitor.live.protocol import IncidentRow, Incidents
from pos_monitor.live.roster import Scope
from pos_monitor.models import Alert, Incident, Severity

MOST_INCIDENTS: Final = 12


class Trouble(NamedTuple):
    """The worst open alert of a terminal: since when (Unix time, ms), what, who has its incident (username), and the incident's public id."""

    since_ms: int
    alert: str
    owner: str
    incident: str


def incidents(scope: Scope) -> Incidents:
    """Open incidents that trouble somebody, gravest first. Of a scope: those that are its merchants' alone."""
    with across_merchants("screens of the fleet show every merchant's incidents, or those of the merchants in their scope"):
        found = Incident.objects.exclude(state=Incident.State.RESOLVED).filter(is_muted=False)
        found = found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=timezone.now()))
        if scope is not None:
            found = found.filter(merchant_id__in=scope)
        by_severity = dict(found.order_by().values_list("severity").annotate(Count("pk")))
        unanswered = found.filter(state=Incident.State.OPEN).count()
        rows = [
            _row(one) for one in found.select_related("owner").order_by("-severity", "-open_count", "opened_at")[:MOST_INCIDENTS]
        ]
    return Incidents(
        total=sum(by_severity.values()), unanswered=unanswered, rows=rows,
        by_severity=(0, *(by_severity.get(severity.value, 0) for severity in Severity)),
    )  # fmt: skip


def _row(incident: Incident) -> IncidentRow:
    is_late = incident.state == Incident.State.OPEN and incident.answer_due_at < timezone.now()
    return IncidentRow(
        id=incident.public_id, title=incident.title, severity=incident.severity, state=incident.state, open_count=incident.open_count,
        began_ms=int(incident.began_at.timestamp() * 1000), owner=incident.owner.username if incident.owner else "", is_late=is_late,
    )  # fmt: skip


def troubles_of(numbers: Iterable[int]) -> dict[int, Trouble]:
    """Of each of these terminals that has an open alert: its worst, the oldest of equals."""
    with across_merchants("screens of the fleet ask for terminals that their viewer may see"):
        alerts = Alert.objects.filter(terminal_id__in=list(numbers), resolved_at=None).order_by(
            "terminal_id", "-severity", "began_at"
        )
        rows = alerts.values_list("terminal_id", "began_at", "rule__name", "incident__owner__username", "incident__public_id")
        found: dict[int, Trouble] = {}
        for number, began_at, rule, owner, incident in rows:
            found.setdefault(number, Trouble(int(began_at.timestamp() * 1000), rule, owner or "", incident))
    return found
