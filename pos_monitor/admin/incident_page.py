"""What one incident's page shows: who has it, which terminals it hits, what happened, what to do, what is known of its like."""

from __future__ import annotations

from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from common.admin_cells import badge
from people.models import User
from pos_monitor.admin.inbox import SNOOZES, people, shown
from pos_monitor.alerts.countdown import span
from pos_monitor.alerts.services import may_lead, may_work
from pos_monitor.care import lately, playbooks, similar
from pos_monitor.models import Alert, Incident, IncidentEvent, SupportCase

TERMINALS_SHOWN: Final = 200
EVENTS_SHOWN: Final = 200
WORDS: Final = {
    "opened": "Noticed", "grew": "Grew", "acknowledged": "Taken", "assigned": "Assigned", "note": "Note", "snoozed": "Snoozed",
    "woken": "Snooze ended", "escalated": "Told to the lead", "resolved": "Over", "reopened": "Came back", "merged": "Became part of a wider one",
    "unmuted": "Maintenance ended", "case": "Case", "told": "Told",
}  # fmt: skip


def page_context(incident: Incident, user: User, *, is_whole: bool = True) -> dict[str, Any]:
    """is_whole: with what seldom changes: playbook, changes, similar faults."""
    now = timezone.now()
    alerts = list(
        Alert.objects.filter(incident=incident).select_related("terminal__store", "terminal__merchant", "rule")
        .order_by("resolved_at", "-severity", "pk").reverse()[:TERMINALS_SHOWN]
    )  # fmt: skip
    context = {
        **shown(incident, now), "title": incident.title, "now": now, "may_work": may_work(user), "may_lead": may_lead(user),
        "alerts": [alert_row(alert, now) for alert in sorted(alerts, key=lambda one: (one.resolved_at is not None, -one.severity, one.pk))],
        "more_alerts": max(0, incident.alert_count - len(alerts)), "timeline": timeline(incident), "user": user,
    }  # fmt: skip
    if is_whole:
        context |= {
            "playbook": playbooks.playbook_for(incident.rule), "changes": lately.changes(incident), "shared": lately.shared(incident),
            "similar": [(past, span(past.lasted)) for past in similar.similar_to(incident)], "people": people(), "snoozes": SNOOZES,
            "cases": list(SupportCase.objects.filter(incident=incident).select_related("merchant", "owner")),
        }  # fmt: skip
    return context


def alert_row(alert: Alert, now: Any) -> dict[str, Any]:
    return {
        "alert": alert, "url": _terminal_url(alert.terminal_id), "value": "" if alert.value is None else f"{alert.value:.4g}",
        "state": badge("Over", "good") if alert.resolved_at else badge("Broken", "fault"), "lasts": span((alert.resolved_at or now) - alert.began_at),
    }  # fmt: skip


def timeline(incident: Incident) -> list[dict[str, Any]]:
    """The newest first. Growth that follows upon growth is one line."""
    found: list[dict[str, Any]] = []
    events = IncidentEvent.objects.filter(incident=incident).select_related("by").order_by("-pk")[: 4 * EVENTS_SHOWN]
    for event in events:
        if event.kind == "grew" and found and found[-1]["kind"] == "grew":
            found[-1]["count"] += event.data.get("alerts", 0)
            continue
        found.append({
            "kind": event.kind, "words": WORDS.get(event.kind, event.kind), "at": event.at, "note": event.note,
            "by": event.by.get_username() if event.by else "", "data": event.data,
            "count": event.data.get("alerts", 0),
        })  # fmt: skip
    return _with_names(found[:EVENTS_SHOWN])


def _with_names(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = {entry["data"].get("to") for entry in found if entry["kind"] == "assigned"} - {None}
    names = {one.public_id: one.get_username() for one in User.objects.filter(public_id__in=named)}
    for entry in found:
        entry["more"] = _more(entry, names)
    return found


def _more(entry: dict[str, Any], names: dict[str, str]) -> str:
    data, count = entry["data"], entry["count"]
    terminals = f"{count:,} terminal{'' if count == 1 else 's'}"
    match entry["kind"]:
        case "opened" | "reopened" if count and not entry["note"]:
            return terminals
        case "grew":
            return f"{terminals} more"
        case "assigned":
            return f"to {names.get(data.get('to'), 'nobody') if data.get('to') else 'nobody'}"
        case "resolved":
            return "by hand" if data.get("by") == "hand" else "healed by itself"
        case "escalated":
            return "nobody took it in time" if data.get("because") == "answer" else "not repaired in time"
    return ""


def _terminal_url(number: int) -> str:
    try:
        return reverse("admin:fleet_terminal", args=[number])
    except NoReverseMatch:  # pragma: no cover  # the room's other pages stand in the same admin
        return ""
