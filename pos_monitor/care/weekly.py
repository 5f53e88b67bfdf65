"""The weekly report of a merchant's terminals: reckoned once, frozen, told on Monday morning, drawn as a PDF when somebody asks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone

from merchants.models import Merchant
from notices.services.tell import notify
from pos_monitor.alerts.countdown import span
from pos_monitor.alerts.selectors import of_merchant
from pos_monitor.care.availability import by_merchant
from pos_monitor.models import Alert, Incident, Severity, Terminal, WeeklyReport

FROM_HOUR: Final = 7  # on the merchant's Monday
UNTIL_DAY: Final = 2  # Wednesday: what was down on Monday is made up for, and no later
WORN_AFTER: Final = 3  # times that a battery ran low within the week
INCIDENTS_SHOWN: Final = 40


def write_due(now: datetime | None = None) -> int:
    """Write and tell each merchant's report of the week that ended, once its Monday morning has come; returns how many.

    Safe to repeat and beside itself: a week has one row, and whoever makes it tells of it in the same transaction.
    """
    now = now or timezone.now()
    return sum(write(merchant, week) for merchant, week in _due(now))


def _due(now: datetime) -> Iterator[tuple[Merchant, date]]:
    with_terminals = Terminal.objects.filter(state=Terminal.State.ACTIVE).values("merchant")
    for merchant in Merchant.objects.filter(pk__in=with_terminals).order_by("pk"):
        local = now.astimezone(merchant.zone)
        if local.weekday() > UNTIL_DAY or (local.weekday() == 0 and local.hour < FROM_HOUR):
            continue
        week = local.date() - timedelta(days=local.weekday() + 7)
        if not WeeklyReport.objects.filter(merchant=merchant, week_on=week).exists():
            yield merchant, week


@transaction.atomic
def write(merchant: Merchant, week: date) -> bool:
    """Write and tell one report; False where it is written already, or the merchant had no active terminal in that week."""
    figures = reckon(merchant, week)
    if not figures["terminals"]:
        return False
    row = WeeklyReport(merchant=merchant, week_on=week, figures=figures)
    WeeklyReport.objects.bulk_create([row], ignore_conflicts=True)
    if not WeeklyReport.objects.filter(public_id=row.public_id).exists():
        return False
    context = {
        "availability": percent(figures["availability"]), "incidents": figures["incident_count"], "batteries": len(figures["batteries"]),
        "terminals": figures["terminals"], "week": f"{week:%B} {week.day}",
    }  # fmt: skip
    notify(topic="terminals.weekly", subject=row.public_id, merchant=merchant, context=context)
    return True


def reckon(merchant: Merchant, week: date) -> dict[str, Any]:
    """Figures of the seven days from a Monday in the merchant's zone; plain values, as `WeeklyReport.figures` keeps them."""
    since, until = (datetime.combine(week + timedelta(days=days), time(), merchant.zone) for days in (0, 7))
    there = by_merchant(since, until, merchant.pk).get(merchant.pk)
    incidents = list(
        of_merchant(merchant.pk).filter(opened_at__gte=since, opened_at__lt=until).order_by("-severity", "opened_at")
    )
    active = Terminal.objects.filter(merchant=merchant, state=Terminal.State.ACTIVE, created_at__lt=until)
    return {
        "terminals": there.terminals if there else 0, "availability": there.percent if there else None,
        "silent_hours": round(there.silent_s / 3600, 1) if there else 0.0, "incident_count": len(incidents),
        "critical_count": sum(one.severity == Severity.CRITICAL for one in incidents),
        "incidents": [_incident(one, until, merchant) for one in incidents[:INCIDENTS_SHOWN]],
        "batteries": batteries(since, until, merchant), "apps": _versions(active, "app"), "firmware": _versions(active, "firmware"),
    }  # fmt: skip


def batteries(since: datetime, until: datetime, merchant: Merchant | None = None) -> list[dict[str, Any]]:
    """Terminals whose battery ran low so often, on charger and off, that it is worn; the worst first."""
    low = Alert.objects.filter(rule__slug__startswith="battery", opened_at__gte=since, opened_at__lt=until)
    if merchant is not None:
        low = low.filter(terminal__merchant=merchant)
    rows = (
        low.values("terminal__label", "terminal__serial", "terminal__model", store=F("terminal__store__name"))
        .annotate(times=Count("pk"), empty=Count("pk", filter=Q(severity=Severity.CRITICAL)), last=Max("opened_at"))
        .filter(times__gte=WORN_AFTER).order_by("-times", "terminal__serial")
    )  # fmt: skip
    return [
        {
            "label": row["terminal__label"], "serial": row["terminal__serial"], "model": row["terminal__model"], "store": row["store"] or "",
            "times": row["times"], "empty": row["empty"],
        }
        for row in rows
    ]  # fmt: skip


def pdf(report: WeeklyReport) -> bytes:
    """The report, tagged for screen readers and the same bytes each time. All text goes in as data: no title can become markup."""
    folder = Path(settings.BASE_DIR) / "templates" / "fleet"
    made = typst.compile(
        str(folder / "weekly.typ"), root=str(folder), sys_inputs={"report": json.dumps(_words(report))}, ignore_system_fonts=True,
        pdf_standards=["ua-1"], timestamp=report.created_at.astimezone(UTC).replace(microsecond=0),
    )  # fmt: skip
    return bytes(made)


def percent(value: float | None) -> str:
    """Rounded down, so that a single silent minute is no 100 %."""
    return "–" if value is None else f"{int(value * 100) / 100:.2f} %"


def _words(report: WeeklyReport) -> dict[str, Any]:
    figures, week = report.figures, report.week_on
    last = week + timedelta(days=6)
    return {
        **figures, "availability": percent(figures["availability"]), "merchant": report.merchant.name, "id": report.public_id,
        "span": f"{week:%B} {week.day} to {last:%B} {last.day}, {last.year}", "zone": report.merchant.time_zone,
        "more": max(0, figures["incident_count"] - len(figures["incidents"])),
    }  # fmt: skip


def _incident(incident: Incident, until: datetime, merchant: Merchant) -> dict[str, Any]:
    opened = incident.opened_at.astimezone(merchant.zone)
    return {
        "id": incident.public_id, "title": incident.title, "severity": incident.get_severity_display(), "began": f"{opened:%a %b} {opened.day}, {opened:%H:%M}",
        "lasted": span((incident.resolved_at or until) - incident.opened_at) + ("" if incident.resolved_at else ", goes on"), "terminals": incident.own_terminals,  # type: ignore[attr-defined]  # of_merchant counts them
    }  # fmt: skip


def _versions(terminals: Any, column: str) -> list[list[Any]]:
    counts = Counter(terminals.values_list(column, flat=True))
    return [[version or "not said", count] for version, count in counts.most_common(8)]
