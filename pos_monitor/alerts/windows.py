"""Maintenance windows: a while in which alerts of some terminals are noted and trouble nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from common.push import tell_after_commit
from merchants.models import Merchant
from people.models import User
from pos_monitor.alerts.errors import NotAllowed, NotNow, Unsaid
from pos_monitor.judging.loading import CHANNEL
from pos_monitor.models import Alert, FleetNotice, Incident, IncidentEvent, Maintenance, Store, Terminal, TerminalGroup
from vault.audit.services import record_about

LONGEST: Final = timedelta(days=30)

# Muted incidents of which some terminal is in no window any more.
OUT_OF_WINDOWS: Final = """
SELECT i.id FROM pos_monitor_incident i
 WHERE i.is_muted AND NOT (i.state = 'resolved') AND EXISTS (
       SELECT 1 FROM pos_monitor_alert a JOIN pos_monitor_terminal t ON t.id = a.terminal_id
        WHERE a.incident_id = i.id AND a.resolved_at IS NULL AND NOT EXISTS (
              SELECT 1 FROM pos_monitor_maintenance m
               WHERE m.starts_at <= %(now)s AND m.ends_at > %(now)s
                 AND (m.terminal_id = t.id OR m.store_id = t.store_id OR m.group_id = t.group_id OR m.merchant_id = t.merchant_id
                      OR coalesce(m.terminal_id, m.store_id, m.group_id, m.merchant_id) IS NULL)))
 ORDER BY i.id FOR UPDATE OF i SKIP LOCKED
"""

# The clock starts now: nobody could have answered to what nobody was told.
UNMUTE: Final = """
UPDATE pos_monitor_incident
   SET is_muted = false, changed_at = %(now)s, answer_due_at = answer_due_at + (%(now)s - opened_at),
       repair_due_at = repair_due_at + (%(now)s - opened_at)
 WHERE id = ANY(%(incidents)s::bigint[])
"""


@transaction.atomic
def create(
    *, by: User, starts_at: datetime, ends_at: datetime, reason: str, terminal: Terminal | None = None, store: Store | None = None,
    group: TerminalGroup | None = None, merchant: Merchant | None = None, is_for_all: bool = False,
) -> Maintenance:  # fmt: skip
    """Plan a window for one terminal, store, group or merchant, or in so many words for all. At most 30 days; it may begin at once."""
    _check(by)
    chosen = [one for one in (terminal, store, group, merchant) if one is not None]
    if len(chosen) + is_for_all != 1:
        raise Unsaid("Say for which terminal, store, group or merchant it is: one of them, or all terminals.")
    if not reason.strip():
        raise Unsaid("Say why: whoever wonders about the silence reads it.")
    if not starts_at < ends_at <= starts_at + LONGEST or ends_at <= timezone.now():
        raise Unsaid("A window ends after it starts, in the future, and lasts at most 30 days.")
    window = Maintenance.objects.create(
        terminal=terminal, store=store, group=group, merchant=merchant, starts_at=starts_at, ends_at=ends_at,
        reason=reason.strip()[:200], created_by=by,
    )  # fmt: skip
    record_about(window, "created", details={"covers": covers(window)})
    tell_after_commit(CHANNEL, window.pk)  # engines read it at once
    return window


@transaction.atomic
def end(window: Maintenance, *, by: User) -> Maintenance:
    """End a window now; one that has not begun is called off. NotNow where it is over already."""
    _check(by)
    window = Maintenance.objects.select_for_update(of=("self",)).get(pk=window.pk)
    now = timezone.now()
    if window.ends_at <= now:
        raise NotNow("This window is over.")
    window.ends_at = max(now, window.starts_at + timedelta(microseconds=1))
    if window.starts_at >= now:  # called off: it never was
        window.starts_at, window.ends_at = now - timedelta(microseconds=1), now
    window.save(update_fields=["starts_at", "ends_at"])
    record_about(window, "ended")
    tell_after_commit(CHANNEL, window.pk)
    return window


def covers(window: Maintenance) -> str:
    """What it is for, in words."""
    if window.terminal is not None:
        return f"terminal {window.terminal}"
    if window.store is not None:
        return f"store {window.store}"
    if window.group is not None:
        return f"group {window.group}"
    return f"all of {window.merchant.name}" if window.merchant is not None else "all terminals"


@transaction.atomic
def unmute() -> int:
    """Tell of what began in a window and outlived it. Returns how many incidents. Safe to repeat and beside itself."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(OUT_OF_WINDOWS, {"now": now})
        late = [row[0] for row in cursor.fetchall()]
        if not late:
            return 0
        cursor.execute(UNMUTE, {"now": now, "incidents": late})
    Alert.objects.filter(incident__in=late, resolved_at=None).update(told_at=None)
    IncidentEvent.objects.bulk_create([IncidentEvent(incident_id=pk, kind="unmuted") for pk in late])
    rounds = dict(Incident.objects.filter(pk__in=late).values_list("pk", "reopened_count"))
    FleetNotice.objects.bulk_create(
        [FleetNotice(incident_id=pk, kind="opened", round=rounds[pk]) for pk in late], ignore_conflicts=True
    )
    return len(late)


def _check(by: User) -> None:
    if not by.is_active or not by.has_perm("pos_monitor.add_maintenance"):
        raise NotAllowed("Your role lets you look at maintenance windows, not plan them.")
