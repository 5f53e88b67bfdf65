"""The fleet, live: the page itself, the list of terminals that it fetches once, its search, and the card under the pointer."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from common import witness
from pos_monitor.admin import terminal_pages
from pos_monitor.admin.shell import VIEW
from pos_monitor.live import finding, readings
from pos_monitor.live.roster import keeper
from pos_monitor.models import Terminal

TILES: Final = (
    ("online", "Online", "●"), ("late", "Late", "◐"), ("offline", "Offline", "✕"), ("alert", "Open alert", "!"),
    ("sales", "Failing sales", "F"), ("printer", "Printer, paper", "P"), ("battery", "Battery low", "B"), ("signal", "Weak signal", "S"),
    ("tamper", "Opened case", "T"), ("maintenance", "In maintenance", "M"), ("closed", "Shop closed", "◌"), ("never", "Never seen", "?"),
)  # fmt: skip
MODES: Final = (
    ("status", "Status"),
    ("alert", "Alerts"),
    ("battery", "Battery"),
    ("signal", "Signal"),
    ("printer", "Printer"),
    ("sales", "Sales"),
)
DIMENSIONS: Final = (
    ("region", "region"), ("merchant", "merchant"), ("store", "store"), ("model", "model"), ("firmware", "firmware"), ("app", "app version"),
    ("operator", "network operator"), ("group", "group"), ("kind", "kind"),
)  # fmt: skip
# What js/fleet/main.js imports, all the way down: fetched beside the page, not one after the other as each is read.
MODULES: Final = (
    "address", "card", "dom", "fleet", "freshness", "layout", "main", "palette", "protocol", "search", "socket", "tables", "wall",
    "wall_input", "words",
)  # fmt: skip
SOMEWHERE: Final = "0"  # where the browser puts a number or an id into an address

View = Callable[..., HttpResponse]


def _for_viewers(view: View) -> View:
    """A page of the admin for whoever may view terminals; it changes nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(require_safe(guarded))


def address_of(name: str, *args: Any) -> str:
    """Empty where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def modules() -> list[str]:
    """Paths of all scripts of the live page, below the static files."""
    return [f"js/fleet/{name}.js" for name in MODULES]


@_for_viewers
def fleet(request: HttpRequest) -> HttpResponse:
    """?wall=1: nothing around it, for a screen on a wall."""
    is_wall = request.GET.get("wall") == "1"
    witness.saw_list(Terminal, count=len(keeper().refresh().numbers))
    context = {
        **admin.site.each_context(request), "title": "Fleet", "is_wall": is_wall, "tiles": TILES, "modes": MODES, "dimensions": DIMENSIONS,
        "terminal_url": address_of("admin:fleet_terminal", SOMEWHERE),
        "incident_url": address_of("admin:pos_monitor_incident_change", SOMEWHERE),
        "terminals_url": address_of("admin:pos_monitor_terminal_changelist"),
        "inbox_url": address_of("admin:pos_monitor_incident_changelist"), "modules": modules(),
    }  # fmt: skip
    return TemplateResponse(request, f"admin/fleet/{'wall' if is_wall else 'fleet'}.html", context)


@_for_viewers
def terminals(request: HttpRequest) -> HttpResponse:
    """The list of all terminals (`live.roster`), which the browser keeps until it is another."""
    listed = keeper().refresh().listed(None)
    is_known = listed.etag in (part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(","))
    response: HttpResponse = HttpResponseNotModified() if is_known else _packed(request, listed.body)
    response.headers["ETag"] = listed.etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response


def _packed(request: HttpRequest, body: bytes) -> HttpResponse:
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(body), content_type="application/json")
    return HttpResponse(body, content_type="application/json", headers={"Content-Encoding": "gzip"})


@_for_viewers
def search(request: HttpRequest) -> HttpResponse:
    """?q=: what somebody says on the phone."""
    return JsonResponse(finding.find(keeper().refresh(), request.GET.get("q", "")))


@_for_viewers
def card(request: HttpRequest, number: int) -> HttpResponse:
    """The last report of one terminal, for the card under the pointer."""
    return JsonResponse({"report": readings.last_report(number)})


urlpatterns = [
    path("", fleet, name="fleet"),
    path("terminals.json", terminals, name="fleet_terminals"),
    path("search/", search, name="fleet_search"),
    path("card/<int:number>/", card, name="fleet_card"),
    *terminal_pages.urlpatterns,
]
