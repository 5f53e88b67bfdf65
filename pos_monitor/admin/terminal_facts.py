"""What the page of a terminal says beside its charts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from common.admin_cells import badge, copyable, row_url, when
from pos_monitor.history import read
from pos_monitor.history.chunks import Records
from pos_monitor.history.copying import time_of
from pos_monitor.history.happenings import FIELDS, happenings
from pos_monitor.history.series import GAP
from pos_monitor.live.readings import report_of
from pos_monitor.models import Alert, CommandDelivery, Severity, Terminal

DAY_MS: Final = 86_400_000
SHOWN: Final = 20  # of messages, commands and alerts
TILL_FIELDS: Final = ("battery", "signal", "temperature", "latency", "clock_offset", "sales_ok", "sales_failed", "reader_errors")
STORE_FIELDS: Final = ("latency", "api_errors", "webhook_failures", "visits", "orders", "sales_ok", "sales_failed")
TONES: Final = {Severity.INFO: "info", Severity.WARNING: "warn", Severity.CRITICAL: "fault"}
DELIVERY_TONES: Final = {
    CommandDelivery.State.DONE: "good", CommandDelivery.State.FAILED: "fault", CommandDelivery.State.EXPIRED: "warn",
    CommandDelivery.State.SENT: "info", CommandDelivery.State.RECEIVED: "info",
}  # fmt: skip
STATE_TONES: Final = {"active": "good", "repair": "warn"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    tone: str
    word: str
    text: str
    url: str = ""


def fields_of(terminal: Terminal) -> tuple[str, ...]:
    """What the charts of this kind of terminal show."""
    return STORE_FIELDS if terminal.kind == Terminal.Kind.ONLINE_STORE else TILL_FIELDS


def context(terminal: Terminal, request: HttpRequest) -> dict[str, Any]:
    """Everything of the page but the charts' data."""
    now = round(time.time() * 1000)
    latest = read.last_reports(terminal.pk, 60, within=timedelta(days=30))
    day = read.reports(terminal.pk, now - DAY_MS, now + 1000, FIELDS)
    alerts = list(
        Alert.objects.filter(terminal=terminal).select_related("rule", "incident__owner").order_by("-opened_at")[: 2 * SHOWN]
    )
    deliveries = list(
        CommandDelivery.objects.filter(terminal=terminal).select_related("command__created_by").order_by("-pk")[:SHOWN]
    )
    heard_ms = int(latest["received_ms"][0]) if len(latest) else 0
    return {
        "terminal": terminal, "is_store": terminal.kind == Terminal.Kind.ONLINE_STORE,
        "state": badge(terminal.get_state_display(), STATE_TONES.get(terminal.state, "silent")),
        "heard": when(time_of(heard_ms)) if heard_ms else None, "facts": facts(terminal),
        "open_alerts": [_open(alert, request) for alert in alerts if alert.resolved_at is None],
        "timeline": timeline(terminal, day, alerts, deliveries, request), "last_reports": [msgspec.to_builtins(report_of(record)) for record in latest[:SHOWN]],
        "deliveries": [_delivery(one) for one in deliveries], "links": links(terminal, request),
        "setup": msgspec.json.encode(setup(terminal, latest, heard_ms)).decode(),
    }  # fmt: skip


def setup(terminal: Terminal, latest: Records, heard_ms: int) -> dict[str, Any]:
    """What the page's script begins with. values: the newest of each that was said in the last reports."""
    values: dict[str, Any] = {}
    for record in reversed(latest):
        values |= report_of(record).values
    return {
        "number": terminal.pk, "kind": terminal.kind, "every_s": terminal.report_every_s, "gap": GAP, "heard_ms": heard_ms,
        "server_ms": round(time.time() * 1000), "values": values,
    }  # fmt: skip


def facts(terminal: Terminal) -> list[tuple[str, Any]]:
    """Label and value; what is not known is left out."""
    store = terminal.store
    place = ", ".join(part for part in (store.town, store.region) if part) if store else ""
    asked = [
        ("Merchant", _link("merchants.Merchant", terminal.merchant_id, terminal.merchant.name)),
        ("Store", _link("pos_monitor.Store", store.pk, store.name) if store else "In no store"),
        ("Place", place), ("Store’s time zone", store.time_zone if store else ""), ("Model", terminal.model), ("Serial", copyable(terminal.serial)),
        ("Firmware", terminal.firmware), ("App", terminal.app), ("Network operator", terminal.network_operator),
        ("SIM", copyable(terminal.sim_iccid) if terminal.sim_iccid else ""), ("Group", terminal.group.name if terminal.group else ""),
        ("Tags", ", ".join(terminal.tags)), ("In use since", when(terminal.activated_at) if terminal.activated_at else ""),
        ("First report", when(terminal.first_report_at) if terminal.first_report_at else ""), ("Reports every", f"{terminal.report_every_s} s"),
        ("Id", copyable(terminal.public_id)), ("Number", terminal.pk),
    ]  # fmt: skip
    return [(label, value) for label, value in asked if value]


def _link(label: str, key: int, text: str) -> dict[str, str]:
    try:
        return {"url": row_url(label, key), "text": text}
    except NoReverseMatch:
        return {"url": "", "text": text}


def links(terminal: Terminal, request: HttpRequest) -> list[dict[str, str]]:
    """Buttons of whoever may press them: a command to it, its own row."""
    asked = (
        ("Send a command", "admin:pos_monitor_command_compose", (), f"?id={terminal.public_id}", "pos_monitor.add_command"),
        ("Edit", "admin:pos_monitor_terminal_change", (terminal.pk,), "", "pos_monitor.change_terminal"),
    )
    found = []
    for words, address, arguments, query, permission in asked:
        if request.user.has_perm(permission):
            try:
                found.append({"words": words, "url": reverse(address, args=arguments) + query})
            except NoReverseMatch:
                continue
    return found


def _open(alert: Alert, request: HttpRequest) -> dict[str, Any]:
    owner = alert.incident.owner
    return {
        "name": alert.rule.name, "tone": TONES[Severity(alert.severity)], "severity": alert.get_severity_display(), "since": when(alert.began_at),
        "owner": owner.get_full_name() or owner.get_username() if owner else "", "title": alert.incident.title,
        "url": _url("pos_monitor.Incident", alert.incident.public_id),
    }  # fmt: skip


def _delivery(one: CommandDelivery) -> dict[str, Any]:
    by = one.command.created_by
    state = CommandDelivery.State(one.state)
    return {
        "what": one.command.get_kind_display(), "url": _url("pos_monitor.Command", one.command.public_id), "asked": when(one.command.created_at),
        "state": badge(str(state.label), DELIVERY_TONES.get(state, "silent")), "by": by.get_username() if by else "API", "said": one.message,
    }  # fmt: skip


def _url(label: str, key: Any) -> str:
    try:
        return row_url(label, key)
    except NoReverseMatch:
        return ""


def timeline(
    terminal: Terminal, day: Records, alerts: Sequence[Alert], deliveries: Sequence[CommandDelivery], request: HttpRequest
) -> list[Entry]:
    """Everything that happened, newest first: what reports of a day tell, alerts, commands, its life with us."""
    found = [
        Entry(time_of(one.at_ms), one.tone, one.kind.capitalize(), one.words) for one in happenings(day, terminal.report_every_s)
    ]
    for alert in alerts:
        url = _url("pos_monitor.Incident", alert.incident.public_id)
        found.append(Entry(alert.opened_at, TONES[Severity(alert.severity)], "Alert", alert.rule.name, url))
        if alert.resolved_at:
            found.append(Entry(alert.resolved_at, "good", "Over", alert.rule.name, url))
    for one in deliveries:
        url = _url("pos_monitor.Command", one.command.public_id)
        found.append(Entry(one.command.created_at, "info", "Command", str(one.command.get_kind_display()), url))
        if one.ended_at:
            state = CommandDelivery.State(one.state)
            said = f": {one.message}" if one.message else ""
            found.append(
                Entry(
                    one.ended_at,
                    DELIVERY_TONES.get(state, "silent"),
                    str(state.label),
                    f"{one.command.get_kind_display()}{said}",
                    url,
                )
            )
    for at, words in (
        (terminal.created_at, "Registered"), (terminal.activated_at, "Put into use"), (terminal.first_report_at, "First report"),
        (terminal.retired_at, "Retired"),
    ):  # fmt: skip
        if at:
            found.append(Entry(at, "silent", "Life", words))
    return sorted(found, key=lambda one: one.at, reverse=True)[:60]


def alerts_between(terminal: Terminal, since_ms: int, until_ms: int) -> list[list[Any]]:
    """[from, to or null (it goes on), severity, name, address of its incident]; times in seconds of Unix time."""
    rows = (
        Alert.objects.filter(terminal=terminal, began_at__lt=time_of(until_ms))
        .exclude(resolved_at__lt=time_of(since_ms))
        .select_related("rule", "incident")
        .order_by("-severity", "began_at")[:200]
    )
    return [
        [row.began_at.timestamp(), row.resolved_at.timestamp() if row.resolved_at else None, row.severity, row.rule.name,
         _url("pos_monitor.Incident", row.incident.public_id)]
        for row in rows
    ]  # fmt: skip


def commands_between(terminal: Terminal, since_ms: int, until_ms: int) -> list[list[Any]]:
    """[when it was asked for, what, state in words]."""
    rows = CommandDelivery.objects.filter(
        terminal=terminal, command__created_at__gte=time_of(since_ms), command__created_at__lt=time_of(until_ms)
    ).select_related("command")[:200]
    return [[row.command.created_at.timestamp(), row.command.get_kind_display(), row.get_state_display()] for row in rows]
