"""The fleet over a span of days, for staff: how available, how many incidents, how quick support was, and where it burns most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from merchants.models import Merchant
from pos_monitor.care import weekly
from pos_monitor.care.availability import Availability, by_merchant
from pos_monitor.care.times import Times, times
from pos_monitor.models import Alert, Terminal

SPANS = {7: "7 days", 30: "30 days", 90: "90 days"}


@dataclass(frozen=True, slots=True)
class MerchantRow:
    merchant: Merchant
    availability: Availability
    alerts: int


@dataclass(frozen=True, slots=True)
class FleetReport:
    """times: of all; None where there was no incident. merchants: the least available first."""

    since: datetime
    until: datetime
    availability: Availability
    times: Times | None
    by_rule: list[Times]
    by_severity: list[Times]
    merchants: list[MerchantRow]
    batteries: list[dict[str, Any]]
    versions: list[tuple[str, int]]


def fleet_report(days: int, now: datetime | None = None) -> FleetReport:
    """The last `days` days."""
    until = now or timezone.now()
    since = until - timedelta(days=days)
    there = by_merchant(since, until)
    alerts = dict(
        Alert.objects.filter(opened_at__gte=since, terminal__merchant__in=there).values_list("terminal__merchant").annotate(n=Count("pk")).order_by()
    )  # fmt: skip
    known = Merchant.objects.in_bulk(list(there))
    rows = [MerchantRow(known[pk], found, alerts.get(pk, 0)) for pk, found in there.items()]
    whole = Availability(
        sum(one.terminals for one in there.values()),
        sum(one.open_s for one in there.values()),
        sum(one.silent_s for one in there.values()),
    )
    return FleetReport(
        since, until, whole, next(iter(times(since, until)), None), times(since, until, by="rule"), times(since, until, by="severity"),
        sorted(rows, key=lambda row: (row.availability.percent or 0.0, row.merchant.name)), weekly.batteries(since, until)[:50], _versions(),
    )  # fmt: skip


def csv_rows(report: FleetReport) -> Iterator[list[Any]]:
    """One line for each merchant, the least available first."""
    yield ["merchant_id", "merchant", "terminals", "availability_percent", "silent_hours", "alerts"]
    for row in report.merchants:
        percent = row.availability.percent
        yield [
            row.merchant.public_id, row.merchant.name, row.availability.terminals, "" if percent is None else f"{percent:.3f}",
            f"{row.availability.silent_s / 3600:.2f}", row.alerts,
        ]  # fmt: skip


def _versions() -> list[tuple[str, int]]:
    active = Terminal.objects.filter(state=Terminal.State.ACTIVE)
    rows = active.values_list("app").annotate(n=Count("pk")).order_by("-n")[:12]
    return [(app or "not said", count) for app, count in rows]
