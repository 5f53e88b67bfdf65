"""Composing a command: for which terminals, what, how many that are, and only then sending it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse

from common.admin_cells import row_url
from common.errors import PlatformError
from merchants.models import Merchant
from people.models import User
from pos_monitor.commands.kinds import SHAPES, checked
from pos_monitor.commands.services import RECIPIENTS, WAVES, Plan, Sender, send, takes_two
from pos_monitor.estate.selectors import matching
from pos_monitor.models import Command, Terminal, TerminalGroup

Context = dict[str, Any]
Kind = Command.Kind
SAMPLE: Final = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One input. name: of the parameter; `settings.…` stands inside `settings`."""

    name: str
    label: str
    help: str = ""
    is_number: bool = False
    needed: bool = False
    value: str = ""


FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    Kind.MESSAGE: (Field("text", "Message", "Up to 200 characters.", needed=True), Field("show_s", "Shown for", "Seconds; empty: until somebody closes it.", True)),
    Kind.REBOOT: (Field("delay_s", "Not before", "Seconds after it is received; empty: at once.", True),),
    Kind.LOG_PULL: (Field("lines", "Lines", "Of its end; empty: as many as it keeps.", True), Field("since_minutes", "Of the last", "Minutes; empty: all.", True)),
    Kind.UPDATE_CONFIGURATION: (
        Field("settings.report_every_s", "Reports every", "Seconds, 5 to 3,600.", True), Field("settings.brightness_percent", "Brightness", "%", True),
        Field("settings.volume_percent", "Volume", "%", True), Field("settings.restart_hour", "Restarts at night at", "Hour of the store’s day, 0 to 23.", True),
        Field("settings.idle_text", "Text while idle"), Field("settings.log_level", "Log level", "error, warning, info or debug."),
    ),
    Kind.APP_UPDATE: (
        Field("version", "Version", "Such as 5.0.1.", needed=True), Field("url", "Package", "An https:// address.", needed=True),
        Field("sha256", "SHA-256 of the package", "A terminal refuses a package that differs.", needed=True), Field("size_bytes", "Size", "Bytes.", True),
    ),
}  # fmt: skip
FILTERS: Final = ("q", "id", "merchant", "region", "store", "group", "tag", "model", "firmware", "app", "kind_of")
HOURS: Final = ((1, "1 hour"), (4, "4 hours"), (24, "1 day"), (72, "3 days"), (168, "7 days"), (336, "14 days"))


def page(request: HttpRequest, site: Context) -> HttpResponse:
    """GET shows the form, and with `count` how many terminals it is for; POST sends."""
    if not request.user.has_perm("pos_monitor.add_command") or not isinstance(request.user, User):
        raise PermissionDenied
    said = request.GET  # the address says all, so that what is sent is what was counted
    sender = Sender(user=request.user)
    kinds = [kind for kind in Kind if sender.may(kind)]
    kind = said.get("kind", "") if said.get("kind") in kinds else Kind.MESSAGE.value
    fault, counted = "", None
    if request.method == "POST" or "count" in said:
        try:
            counted = _counted(said, kind)
            if request.method == "POST":
                return _sent(request, said, kind, sender, counted)
        except PlatformError as refused:
            fault = refused.message
    context = {
        **site, "title": "Send a command", "fault": fault, "kind": kind, "kinds": [(one.value, one.label, _address(said, one)) for one in kinds],
        "fields": [_filled(field, said) for field in FIELDS[kind]], "said": {name: said.get(name, "") for name in FILTERS},
        "groups": TerminalGroup.objects.all(), "merchants": Merchant.objects.values_list("public_id", "name"), "hours": HOURS,
        "hours_said": said.get("hours") or str(int(SHAPES[kind].ttl.total_seconds() // 3600)), "in_waves": said.get("waves", "1" if SHAPES[kind].takes_two else ""),
        "stop_at": said.get("stop_at", "5"), "reason": said.get("reason", ""), "counted": counted if not fault else None,
        "address": said.urlencode(), "request_key": secrets.token_hex(12), "waves": ", ".join(f"{one} %" for one in WAVES),
    }  # fmt: skip
    return TemplateResponse(request, "admin/fleet/commands/compose.html", context, status=422 if fault else 200)


def _address(said: QueryDict, kind: str) -> str:
    """The same terminals, another kind of command."""
    kept = QueryDict(mutable=True)
    kept.update({name: said.get(name, "") for name in FILTERS if said.get(name)})
    kept["kind"] = kind
    return f"?{kept.urlencode()}"


def _filters(said: QueryDict) -> dict[str, str]:
    found = {name: words for name in FILTERS if (words := str(said.get(name, "")).strip())}
    if kind := found.pop("kind_of", ""):
        found["kind"] = kind
    return found


def _counted(said: QueryDict, kind: str) -> Context:
    """How many it would reach, whose they are, and whether the parameters are right. Raises PlatformError."""
    checked(kind, _parameters(said, kind))
    terminals = matching(Terminal.objects.filter(state__in=RECIPIENTS), _filters(said))
    count = terminals.count()
    merchants = terminals.order_by().values_list("merchant__name").annotate(found=Count("pk")).order_by("-found")
    return {
        "terminals": terminals, "count": count, "takes_two": takes_two(kind, count), "merchants": list(merchants[:SAMPLE]),
        "merchant_count": merchants.count(), "sample": list(terminals.select_related("store", "merchant").order_by("pk")[:SAMPLE]),
        "is_everybody": not _filters(said),
    }  # fmt: skip


def _parameters(said: QueryDict, kind: str) -> Context:
    """What stands in the inputs; an empty one is not sent, a number that is none is refused by the kind."""
    found: Context = {}
    for field in FIELDS[kind]:
        if typed := said.get(f"p.{field.name}", "").strip():
            value: Any = int(typed) if field.is_number and typed.isascii() and typed.isdigit() and len(typed) < 12 else typed
            inside, _, name = field.name.rpartition(".")
            (found.setdefault(inside, {}) if inside else found)[name] = value
    return found


def _filled(field: Field, said: QueryDict) -> Field:
    return Field(field.name, field.label, field.help, field.is_number, field.needed, said.get(f"p.{field.name}", ""))


def _sent(request: HttpRequest, said: QueryDict, kind: str, sender: Sender, counted: Context) -> HttpResponse:
    hours, stop_at = said.get("hours", ""), said.get("stop_at", "")
    command = send(
        kind=kind, parameters=_parameters(said, kind), terminals=counted["terminals"], sender=sender,
        plan=Plan(
            ttl=timedelta(hours=int(hours)) if hours.isascii() and hours.isdigit() and len(hours) < 4 else None,
            waves=WAVES if said.get("waves") else (100,), stop_at_percent=min(100, int(stop_at)) if stop_at.isascii() and stop_at.isdigit() else 5,
            reason=said.get("reason", "").strip()[:200], selection=_filters(said),
            request_key=f"{request.user.pk}:{request.POST['request_key'][:60]}" if request.POST.get("request_key") else "",
        ),
    )  # fmt: skip
    if command.state == Command.State.WAITING:
        messages.warning(request, f"It waits until somebody else approves it: {command.terminals:,} terminals.")
    else:
        messages.success(request, f"On its way to {command.terminals:,} terminal{'s' * (command.terminals != 1)}.")
    return HttpResponseRedirect(row_url("pos_monitor.Command", command.pk))
