"""One terminal, live: its values, charts, alerts, commands and everything that happened to it; and the data of its charts.

Addresses stand below /admin/fleet/ (`urlpatterns`); a terminal is named by its public id or its number.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import msgspec
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_safe

from common import witness
from pos_monitor.admin import terminal_facts
from pos_monitor.admin.shell import VIEW
from pos_monitor.history.series import as_lists, series
from pos_monitor.models import Terminal

RANGES: Final = {
    "1h": (3_600_000, "1 hour"),
    "24h": (86_400_000, "24 hours"),
    "7d": (604_800_000, "7 days"),
    "90d": (7_776_000_000, "90 days"),
}
USUAL: Final = "24h"
SHORTEST_MS: Final = 60_000
LONGEST_MS: Final = 400 * 86_400_000


def _of_terminal(view: Callable[[HttpRequest, Terminal], HttpResponse]) -> Callable[..., HttpResponse]:
    """For whoever may look at terminals; the view gets the terminal that the address names."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: str) -> HttpResponse:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        is_number = public_id.isascii() and public_id.isdigit() and len(public_id) < 19
        named: dict[str, Any] = {"pk": int(public_id)} if is_number else {"public_id": public_id}
        terminal = Terminal.objects.select_related("merchant", "store", "group").filter(**named).first()
        if terminal is None:
            raise Http404("There is no such terminal.")
        return view(request, terminal)

    found: Callable[..., HttpResponse] = admin.site.admin_view(require_safe(guarded))
    return found


@_of_terminal
def live_page(request: HttpRequest, terminal: Terminal) -> HttpResponse:
    witness.saw(terminal)
    context = {
        **admin.site.each_context(request), "opts": Terminal._meta, "title": str(terminal), "subtitle": None,
        "ranges": [(key, words) for key, (_, words) in RANGES.items()], "usual": USUAL,
        **terminal_facts.context(terminal, request),
    }  # fmt: skip
    return TemplateResponse(request, "admin/fleet/terminal.html", context)


@_of_terminal
def history_data(request: HttpRequest, terminal: Terminal) -> HttpResponse:
    """`?range=24h`, or `?since=…&until=…` in Unix time, ms."""
    since_ms, until_ms = asked_range(request)
    found = series(
        number=terminal.pk, since_ms=since_ms, until_ms=until_ms, fields=terminal_facts.fields_of(terminal),
        report_every_s=terminal.report_every_s,
    )  # fmt: skip
    answer = {
        "since": since_ms / 1000, "until": until_ms / 1000, **as_lists(found),
        "alerts": terminal_facts.alerts_between(terminal, since_ms, until_ms),
        "commands": terminal_facts.commands_between(terminal, since_ms, until_ms),
    }  # fmt: skip
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json", headers={"Cache-Control": "no-store"})


def asked_range(request: HttpRequest) -> tuple[int, int]:
    """Unix time in ms from where to where. What is not a range is the usual one."""
    now = round(time.time() * 1000)
    try:
        since, until = int(request.GET["since"]), int(request.GET["until"])
    except (KeyError, ValueError):
        span, _ = RANGES.get(request.GET.get("range", ""), RANGES[USUAL])
        return now - span, now + 1000
    until = min(max(until, SHORTEST_MS), now + 1000)
    return max(min(since, until - SHORTEST_MS), until - LONGEST_MS), until


urlpatterns: list[Any] = [
    path("terminals/<str:public_id>/", live_page, name="fleet_terminal"),
    path("terminals/<str:public_id>/history/", history_data, name="fleet_terminal_history"),
]
