"""What time does to incidents: nobody answered, nobody repaired, it was not over after all, its maintenance has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pos_monitor.alerts.services import say, set_open, tell
from pos_monitor.alerts.windows import unmute
from pos_monitor.models import FleetNotice, Incident

PERSISTS_AFTER: Final = timedelta(minutes=10)  # a till that was repaired has reported by then
State = Incident.State


def tick() -> int:
    """Everything that is due; returns how many incidents it came to. Safe to repeat and beside itself."""
    return escalate_due() + tell_late_repairs() + reopen_persisting() + unmute()


@transaction.atomic
def escalate_due() -> int:
    """Tell whoever leads support of open incidents that nobody took in time, each once in its life. Snoozed and muted ones sleep."""
    now = timezone.now()
    due = _awake().filter(state=State.OPEN, answer_due_at__lte=now, escalated_at=None)
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    Incident.objects.filter(pk__in=[row.pk for row in rows]).update(escalated_at=now, changed_at=now)
    say(rows, "escalated", data={"because": "answer"})
    tell(rows, "escalated")
    return len(rows)


@transaction.atomic
def tell_late_repairs() -> int:
    """Tell whoever leads support of incidents that are not over in time, each round once."""
    told = FleetNotice.objects.filter(kind="repair_late")
    due = _awake().exclude(state=State.RESOLVED).filter(repair_due_at__lte=timezone.now())
    due = due.exclude(pk__in=told.filter(round=F("incident__reopened_count")).values("incident"))
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    say(rows, "escalated", data={"because": "repair"})
    tell(rows, "repair_late")
    return len(rows)


def reopen_persisting() -> int:
    """Reopen what was resolved by hand while its alerts go on standing. Where a newer incident has the trouble, leave it to that."""
    late = timezone.now() - PERSISTS_AFTER
    found = Incident.objects.filter(
        state=State.RESOLVED, resolution=Incident.Resolution.BY_HAND, open_count__gt=0, resolved_at__lte=late
    )
    return sum(_reopen(pk) for pk in found.order_by("pk").values_list("pk", flat=True)[:500])


def _reopen(pk: int) -> bool:
    try:
        with transaction.atomic():
            row = (
                Incident.objects.select_for_update(skip_locked=True).filter(pk=pk, state=State.RESOLVED, open_count__gt=0).first()
            )
            if row is None:
                return False
            minutes = int(PERSISTS_AFTER.total_seconds() // 60)
            set_open([row], timezone.now())
            say([row], "reopened", text=_persists(row, minutes), data={"because": "persists", "alerts": row.open_count})
            tell([row], "reopened")
            return True
    except IntegrityError:
        return False


def _persists(row: Incident, minutes: int) -> str:
    where = "one terminal" if row.open_count == 1 else f"{row.open_count:,} terminals"
    return f"Resolved by hand {minutes} minutes ago, and the fault is still there at {where}."


def _awake() -> QuerySet[Incident]:
    return Incident.objects.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=timezone.now()), is_muted=False)
