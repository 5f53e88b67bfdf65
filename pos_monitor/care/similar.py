"""Faults of the same kind in the past, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Case, IntegerField, Q, Value, When

from pos_monitor.models import Alert, Incident, IncidentEvent

SHOWN: Final = 6
LOOKED_AT: Final = 50  # terminals of this incident


@dataclass(frozen=True, slots=True)
class Past:
    """One that is over. words: what whoever ended it said, or how it ended by itself."""

    incident: Incident
    nearness: str
    lasted: timedelta
    words: str


def similar_to(incident: Incident) -> list[Past]:
    """The same rule at the same place first, then at terminals that are hit now, then anywhere with as many; newest first."""
    terminals = list(Alert.objects.filter(incident=incident).order_by("pk").values_list("terminal_id", flat=True)[:LOOKED_AT])
    there = Alert.objects.filter(rule=incident.rule_id, terminal__in=terminals).exclude(incident=incident).values("incident")
    same_place = Q(scope=incident.scope, scope_key=incident.scope_key)
    rank = Case(
        When(same_place, then=Value(0)), When(pk__in=there, then=Value(1)), default=Value(2), output_field=IntegerField()
    )  # fmt: skip
    found = (
        Incident.objects.filter(rule=incident.rule_id, state=Incident.State.RESOLVED)
        .filter(same_place | Q(pk__in=there) | Q(scope=incident.scope))
        .exclude(Q(pk=incident.pk) | Q(resolution=Incident.Resolution.MERGED))
        .annotate(rank=rank).select_related("owner").order_by("rank", "-resolved_at")[:SHOWN]
    )  # fmt: skip
    rows = list(found)
    said = _last_words([row.pk for row in rows])
    return [
        Past(
            row, ("same place", "same terminal", "elsewhere")[row.rank], (row.resolved_at or row.opened_at) - row.opened_at,
            said.get(row.pk) or row.get_resolution_display(),
        )
        for row in rows
    ]  # fmt: skip


def _last_words(incidents: list[int]) -> dict[int, str]:
    events = IncidentEvent.objects.filter(incident__in=incidents, kind__in=("resolved", "note")).exclude(note="").order_by("pk")
    return {event.incident_id: event.note for event in events}
