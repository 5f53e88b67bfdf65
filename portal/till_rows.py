"""What a merchant sees of their own tills, ready for templates: how each is now, and which faults it has and had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from numpy.typing import NDArray

from merchants.models import Merchant
from pos_monitor.engine import hot
from pos_monitor.estate.selectors import searched
from pos_monitor.models import Alert, Terminal
from pos_monitor.wire import cells
from pos_monitor.wire.cells import Status
from pos_monitor.wire.record import MISSING, Flag, Printer

# Status -> word, tone, icon. What a shop does by itself (closing, repair) is no fault.
STATUS: Final[dict[Status, tuple[str, str, str]]] = {
    Status.NEVER_SEEN: ("Not heard of yet", "", "clock"),
    Status.ONLINE: ("Reports", "good", "check"),
    Status.LATE: ("Late", "warn", "clock"),
    Status.OFFLINE: ("Silent", "fault", "alert"),
    Status.CLOSED: ("Closed", "", "minus"),
    Status.OUT_OF_USE: ("Out of use", "", "minus"),
}
# A till that is not in use, by what people did with it.
STANDING: Final = {
    Terminal.State.STOCK: ("Not enrolled", "", "key"), Terminal.State.REPAIR: ("In repair", "", "minus"), Terminal.State.RETIRED: ("Retired", "", "minus"),
}  # fmt: skip
PAPER: Final = {
    Printer.PAPER_LOW: "paper low",
    Printer.PAPER_OUT: "out of paper",
    Printer.COVER_OPEN: "cover open",
    Printer.FAULT: "fault",
    Printer.OK: "ready",
}
# Field -> label and unit, in the order of the page.
SHOWN: Final = (
    ("battery", "Battery", " %"),
    ("signal", "Signal", " dBm"),
    ("temperature", "Temperature", " °C"),
    ("latency", "Answer time", " ms"),
    ("offline_queue", "Sales that wait in it", ""),
)


def tills_of(merchant: Merchant, filters: Mapping[str, str]) -> QuerySet[Terminal]:
    """The merchant's terminals, newest first. filters: q (words of name, shop, town or serial number), state, store (its id),
    is (`troubled`: an alert is open; `new`: never let in)."""
    found = Terminal.objects.filter(merchant=merchant).select_related("store").order_by("-pk")
    if words := filters.get("q"):
        found = found.filter(searched(words))
    if (state := filters.get("state")) in Terminal.State.values:
        found = found.filter(state=state)
    if store := filters.get("store"):
        found = found.filter(store__public_id=store)
    if filters.get("is") == "troubled":
        found = found.filter(
            pk__in=Alert.objects.filter(terminal__merchant=merchant, resolved_at=None, rule__tells_merchant=True).values(
                "terminal"
            )
        )
    if filters.get("is") == "new":
        found = found.filter(first_report_at=None).exclude(state=Terminal.State.RETIRED)
    return found


def till_rows(tills: Iterable[Terminal]) -> list[dict[str, Any]]:
    found = list(tills)
    numbers = [till.pk for till in found]
    latest = {int(row["terminal"]): row for row in hot.read(numbers)}
    statuses, troubles = dict(zip(numbers, statuses_of(numbers), strict=True)), _open_alerts(found)
    return [_row(till, Status(int(statuses[till.pk])), latest.get(till.pk), troubles.get(till.pk, [])) for till in found]


def till_page(till: Terminal) -> dict[str, Any]:
    """One till with everything that its page shows."""
    (row,) = till_rows([till])
    return {
        **row, "tags": ", ".join(till.tags), "state": till.get_state_display(), "model": till.model, "serial": till.serial,
        "firmware": till.firmware, "app": till.app, "network_operator": till.network_operator,
    }  # fmt: skip


def faults_of(till: Terminal, limit: int = 50) -> list[dict[str, Any]]:
    """Faults that merchants are told of, newest first."""
    alerts = till.alerts.select_related("rule").filter(rule__tells_merchant=True).order_by("-opened_at")[:limit]
    return [
        {
            "title": alert.rule.name, "state_word": "Over" if alert.resolved_at else alert.get_severity_display(),
            "tone": "" if alert.resolved_at else "warn", "began_at": alert.began_at, "resolved_at": alert.resolved_at,
        }
        for alert in alerts
    ]  # fmt: skip


def counts_of(merchant: Merchant) -> dict[str, int]:
    """Terminals in use: `all`, `heard` (report now), `quiet` (should and do not), `troubled` (an alert is open)."""
    numbers = list(Terminal.objects.filter(merchant=merchant, state=Terminal.State.ACTIVE).values_list("pk", flat=True))
    status = statuses_of(numbers)
    troubled = Alert.objects.filter(terminal__merchant=merchant, resolved_at=None, rule__tells_merchant=True)
    return {
        "all": len(numbers), "heard": int(np.isin(status, [Status.ONLINE, Status.LATE]).sum()),
        "quiet": int((status == Status.OFFLINE).sum()), "troubled": troubled.values("terminal").distinct().count(),
    }  # fmt: skip


def statuses_of(numbers: Sequence[int]) -> NDArray[np.uint16]:
    """wire.cells.Status of each, u2[len(numbers)]; whom no engine knows yet was never seen."""
    found = np.full(max(numbers, default=0) + 1, Status.NEVER_SEEN, np.uint16)
    for shard in {number % settings.TELEMETRY_SHARDS for number in numbers}:
        if frame := hot.cells(shard):
            known = frame.numbers < len(found)
            found[frame.numbers[known]] = frame.cells[known] >> cells.STATUS[0] & cells.STATUS[1]
    return found[np.asarray(numbers, np.int64)]


def _open_alerts(tills: list[Terminal]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    alerts = Alert.objects.filter(terminal__in=tills, resolved_at=None, rule__tells_merchant=True).select_related("rule")
    for alert in alerts.order_by("-severity", "pk"):
        found.setdefault(alert.terminal_id, []).append(alert.rule.name)
    return found


def _row(till: Terminal, status: Status, latest: np.void | None, trouble: list[str]) -> dict[str, Any]:
    word, tone, icon = STANDING.get(Terminal.State(till.state)) or STATUS[status]
    said = _said(latest)
    return {
        "public_id": till.public_id, "name": str(till), "store": till.store.name if till.store else "", "trouble": trouble,
        "status": {"word": word, "tone": tone, "icon": icon}, "heard_at": _heard_at(latest), "battery": said.get("battery"),
        "signal": said.get("signal"), "values": _values(latest, said),
    }  # fmt: skip


def _heard_at(latest: np.void | None) -> datetime | None:
    if latest is None or not latest["received_ms"]:
        return None
    return datetime.fromtimestamp(int(latest["received_ms"]) / 1000, UTC)


def _said(latest: np.void | None) -> dict[str, str]:
    """What it said of itself, with units; what it did not say is absent."""
    if latest is None or not latest["received_ms"]:
        return {}
    return {name: f"{int(latest[name])}{unit}" for name, _, unit in SHOWN if int(latest[name]) != MISSING[name]}


def _values(latest: np.void | None, said: dict[str, str]) -> list[dict[str, str]]:
    values = [{"label": label, "value": said[name], "note": ""} for name, label, _ in SHOWN if name in said]
    if latest is None:
        return values
    if values and "battery" in said and latest["flags"] & Flag.CHARGING:
        values[0]["note"] = "charging"
    if paper := PAPER.get(Printer(int(latest["printer"]))):
        values.append({"label": "Printer", "value": paper, "note": ""})
    return values
