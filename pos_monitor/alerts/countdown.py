"""What the SLA clock of an incident says, in words. The page counts on with the same words (`static/js/fleet/countdown.js`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pos_monitor.models import Incident


@dataclass(frozen=True, slots=True)
class Countdown:
    """what: answer or repair; due_at: none where nothing is due. tone: of the badge."""

    words: str
    tone: str
    what: str = ""
    due_at: datetime | None = None


def countdown(incident: Incident, now: datetime) -> Countdown:
    """Until when somebody must answer, then until when it must be over; of what is over, how long it took."""
    if incident.state == Incident.State.RESOLVED:
        return Countdown(f"took {span((incident.resolved_at or now) - incident.opened_at)}", "silent")
    if incident.snoozed_until is not None and incident.snoozed_until > now:
        return Countdown(f"sleeps {span(incident.snoozed_until - now)}", "silent")
    if incident.is_muted:
        return Countdown("in maintenance", "silent")
    is_open = incident.state == Incident.State.OPEN
    what, due_at = ("answer", incident.answer_due_at) if is_open else ("repair", incident.repair_due_at)
    left = due_at - now
    whole = due_at - incident.opened_at
    if left <= timedelta(0):
        return Countdown(f"{what} {span(-left)} late", "fault", what, due_at)
    return Countdown(f"{what} in {span(left)}", "warn" if left < whole / 4 else "info", what, due_at)


def span(length: timedelta) -> str:
    """Two units at most: 40 s, 12 min, 3 h 05 min, 2 d 4 h."""
    seconds = int(length.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60:02} min"
    return f"{days} d {hours % 24} h"
