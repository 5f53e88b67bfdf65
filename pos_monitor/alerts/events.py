"""What merchants' webhooks hear: which of their terminals are in trouble and which are out of it, folded by incident.

An alert is told once and its end once (`Alert.told_at`, `end_told_at`), in one transaction with the event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from merchants.models import Merchant
from merchants.services import record_events
from pos_monitor.alerts.telling import AT_LATEST, SETTLE

MOST_A_RUN: Final = 20_000
MOST_LISTED: Final = 500  # terminals in one event; `terminal_count` says how many there are
OFFLINE, ONLINE = "terminal.offline", "terminal.online"
ALERT, ALERT_RESOLVED = "terminal.alert", "terminal.alert_resolved"

# Alerts whose incident has grown no more for a moment. A muted incident's wait until it is told after all, or is over.
FACTS: Final = """
SELECT a.id, t.merchant_id, i.public_id, i.title, r.slug, r.kind, a.severity, a.value, a.began_at, a.opened_at, a.resolved_at,
       t.public_id, t.label, t.serial, s.public_id, s.name, r.tells_merchant AND NOT i.is_muted
  FROM pos_monitor_alert a
  JOIN pos_monitor_incident i ON i.id = a.incident_id
  JOIN pos_monitor_alertrule r ON r.id = a.rule_id
  JOIN pos_monitor_terminal t ON t.id = a.terminal_id
  LEFT JOIN pos_monitor_store s ON s.id = t.store_id
 WHERE {due}
 ORDER BY a.id LIMIT %(most)s FOR UPDATE OF a SKIP LOCKED
"""
BEGUN: Final = """a.told_at IS NULL AND a.opened_at <= %(settled)s AND (NOT i.is_muted OR a.resolved_at IS NOT NULL)
   AND (a.opened_at <= %(latest)s
        OR NOT EXISTS (SELECT 1 FROM pos_monitor_alert n WHERE n.incident_id = a.incident_id AND n.opened_at > %(settled)s))"""
OVER: Final = """a.resolved_at IS NOT NULL AND a.end_told_at IS NULL AND a.told_at IS NOT NULL AND a.resolved_at <= %(settled)s
   AND (a.resolved_at <= %(latest)s
        OR NOT EXISTS (SELECT 1 FROM pos_monitor_alert n WHERE n.incident_id = a.incident_id AND n.resolved_at > %(settled)s))"""
NAMES: Final = (
    "id", "merchant", "incident", "title", "slug", "kind", "severity", "value", "began_at", "opened_at", "resolved_at",
    "terminal", "label", "serial", "store", "store_name", "is_told",
)  # fmt: skip


def record_due(now: datetime | None = None) -> int:
    """Record events of what has settled; returns how many. Safe to repeat and beside itself."""
    now = now or timezone.now()
    return _record(now, BEGUN, _begin) + _record(now, OVER, _end)


def _begin(facts: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Those to tell of; the others, among them what was over before it could be told, need not be told, nor their end."""
    tell = [fact for fact in facts if fact["is_told"] and fact["resolved_at"] is None]
    told = {fact["id"] for fact in tell}
    _mark("told_at = %(now)s", [fact["id"] for fact in facts], now)
    _mark("end_told_at = %(now)s", [fact["id"] for fact in facts if fact["id"] not in told], now)
    return tell


def _end(facts: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    _mark("end_told_at = %(now)s", [fact["id"] for fact in facts], now)
    return facts


@transaction.atomic
def _record(now: datetime, due: str, chosen: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FACTS.format(due=due), {"settled": now - SETTLE, "latest": now - AT_LATEST, "most": MOST_A_RUN})
        facts = [dict(zip(NAMES, row, strict=True)) for row in cursor.fetchall()]
    if not facts:
        return 0
    groups: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for fact in chosen(facts, now):
        groups[fact["merchant"], fact["incident"]].append(fact)
    is_over = due is OVER
    by_merchant: dict[int, list[tuple[str, str, Mapping[str, Any]]]] = defaultdict(list)
    for (number, incident), of_incident in groups.items():
        by_merchant[number].append((type_of(of_incident[0]["kind"], is_over=is_over), incident, render(of_incident)))
    for merchant in Merchant.objects.filter(pk__in=by_merchant).order_by("pk"):
        record_events(merchant=merchant, events=by_merchant[merchant.pk])
    return len(groups)


def type_of(kind: str, *, is_over: bool) -> str:
    """The event's type: silence has its own."""
    if kind == "absence":
        return ONLINE if is_over else OFFLINE
    return ALERT_RESOLVED if is_over else ALERT


def render(facts: list[dict[str, Any]]) -> dict[str, Any]:
    """An event's data: one incident, as far as it is one merchant's."""
    first = facts[0]
    return {
        "object": "terminal_incident", "id": first["incident"], "title": first["title"], "rule": first["slug"],
        "severity": SEVERITIES[max(fact["severity"] for fact in facts)],
        "began_at": min(fact["began_at"] for fact in facts), "terminal_count": len(facts),
        "terminals": [
            {
                "id": fact["terminal"], "label": fact["label"], "serial": fact["serial"], "store": fact["store"],
                "store_name": fact["store_name"], "value": fact["value"], "began_at": fact["began_at"],
                "resolved_at": fact["resolved_at"],
            }
            for fact in facts[:MOST_LISTED]
        ],
    }  # fmt: skip


SEVERITIES: Final = {1: "info", 2: "warning", 3: "critical"}


def _mark(what: str, ids: list[int], now: datetime) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE pos_monitor_alert SET {what} WHERE id = ANY(%(ids)s::bigint[])", {"ids": ids, "now": now})  # noqa: S608  # nosec B608
