"""What people do with a terminal beyond changing its fields: each on a page that says what will happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from common import witness
from common.admin_cells import list_url, row_url
from common.errors import PlatformError
from people.models import User
from pos_monitor.estate.enrolment import create_code
from pos_monitor.estate.lifecycle import MOVES, move
from pos_monitor.estate.selectors import matching
from pos_monitor.estate.services import change_many
from pos_monitor.estate.tokens import revoke, rotate
from pos_monitor.models import Terminal, TerminalGroup

Context = dict[str, Any]
State = Terminal.State


@dataclass(frozen=True, slots=True)
class Deed:
    """One button. lead: what will happen. do: returns what is shown once, if anything; raises PlatformError."""

    words: str
    lead: str
    done: str
    do: Callable[[Terminal, User, str], str | None]
    shows: str = ""
    is_hard: bool = False


def _move(to: str) -> Callable[[Terminal, User, str], None]:
    def do(terminal: Terminal, by: User, reason: str) -> None:
        move(terminal=terminal, to=to, reason=reason)

    return do


def _revoke(terminal: Terminal, by: User, reason: str) -> None:
    revoke(terminal=terminal)


DEEDS: Final = {
    "enrol": Deed(
        "Enrolment code", "A code of eight characters, for this terminal alone, that works once within a day. Read it to whoever stands "
        "before the terminal. A code made before ends; when the new one is used, the terminal’s tokens end too.",
        "Here is the code.", lambda terminal, by, _: create_code(terminal=terminal, by=by)[1], "Enrolment code",
    ),
    "rotate": Deed(
        "New token", "A new token, shown once; the one in force goes on working for an hour. A terminal that is online can do this itself.",
        "Here is the token.", lambda terminal, by, _: rotate(terminal=terminal), "Token",
    ),
    "revoke": Deed(
        "Revoke tokens", "Within two seconds the terminal is let in no more. It has to be enrolled anew.",
        "Its tokens have ended.", _revoke, is_hard=True,
    ),
    State.ACTIVE: Deed("Make active", "It is expected to report in its store’s opening hours.", "It is active.", _move(State.ACTIVE)),
    State.REPAIR: Deed("Take into repair", "It may go on reporting, and nobody is alarmed over it.", "It is in repair.", _move(State.REPAIR)),
    State.STOCK: Deed(
        "Take into stock", "It leaves its store, and its tokens end.", "It is in stock.", _move(State.STOCK), is_hard=True
    ),
    State.RETIRED: Deed(
        "Retire", "Its tokens end, and it does not come back: there is no way from here. What it reported is kept.", "It is retired.",
        _move(State.RETIRED), is_hard=True,
    ),
}  # fmt: skip


def deeds_for(request: HttpRequest, terminal: Terminal) -> list[tuple[str, Deed]]:
    """What this person can do with this terminal now."""
    if not request.user.has_perm("pos_monitor.change_terminal"):
        return []
    names: list[str] = [] if terminal.state == State.RETIRED else ["enrol"]
    if terminal.tokens.filter(revoked_at=None).exists() and terminal.state in {State.ACTIVE, State.REPAIR}:
        names += ["rotate", "revoke"]
    return [(name, DEEDS[name]) for name in (*names, *(to for to in State if to in MOVES[terminal.state]))]


def context(request: HttpRequest, terminal: Terminal) -> Context:
    may_send = request.user.has_perm("pos_monitor.add_command") and terminal.state in {State.ACTIVE, State.REPAIR}
    return {"deeds": deeds_for(request, terminal), "terminal": terminal, "may_send": may_send}


def page(request: HttpRequest, pk: int, name: str, site: Context) -> HttpResponse:
    """Say what will happen; do it when that is confirmed, and show once what is shown once."""
    if not request.user.has_perm("pos_monitor.change_terminal") or not isinstance(request.user, User):
        raise PermissionDenied
    terminal = get_object_or_404(Terminal.objects.select_related("merchant", "store"), pk=pk)
    if name not in DEEDS:
        raise Http404
    deed, fault, shown = DEEDS[name], "", None
    witness.saw(terminal)
    if request.method == "POST":
        try:
            shown = deed.do(terminal, request.user, request.POST.get("reason", "").strip()[:200])
        except PlatformError as refused:
            fault = refused.message
        else:
            if not deed.shows:
                messages.success(request, deed.done)
                return HttpResponseRedirect(row_url("pos_monitor.Terminal", terminal.pk))
    said = {**site, "title": f"{deed.words}: {terminal}", "terminal": terminal, "deed": deed, "fault": fault, "shown": shown}
    return TemplateResponse(request, "admin/fleet/estate/do.html", said, status=409 if fault else 200)


def edit_page(request: HttpRequest, site: Context) -> HttpResponse:
    """Tags and group of many, picked by ids or by the filters in the address."""
    if not request.user.has_perm("pos_monitor.change_terminal"):
        raise PermissionDenied
    asked = {name: said for name, said in request.GET.items() if said}
    try:
        terminals = matching(Terminal.objects.all(), asked)
    except PlatformError as refused:
        raise Http404(refused.message) from refused
    count = terminals.count()
    if request.method == "POST":
        wanted = request.POST.get("group", "")
        group = get_object_or_404(TerminalGroup, public_id=wanted) if wanted not in {"", "none"} else None
        changed = change_many(
            terminals=terminals, add_tags=request.POST.get("add_tags", "").split(","), remove_tags=request.POST.get("remove_tags", "").split(","),
            group=group, leaves_group=wanted == "none",
        )  # fmt: skip
        messages.success(request, f"{changed:,} of {count:,} terminals changed.")
        return HttpResponseRedirect(list_url("pos_monitor.Terminal"))
    said = {
        **site, "title": "Tag or group terminals", "count": count, "sample": terminals.select_related("store")[:10],
        "groups": TerminalGroup.objects.all(), "asked": asked,
    }  # fmt: skip
    return TemplateResponse(request, "admin/fleet/estate/edit.html", said)
