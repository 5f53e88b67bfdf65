"""Commands in the admin: their list, how far one is, and what people do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from common import witness
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, word_filter
from common.admin_cells import as_json, badge, badge_column, column, link, link_column, row_link, row_url, time_column, when
from common.errors import PlatformError
from people.models import User
from pos_monitor.admin import compose
from pos_monitor.admin.words import COMMAND_WORDS, DELIVERY_WORDS
from pos_monitor.commands.ledger import counts
from pos_monitor.commands.services import approve, cancel, go_on
from pos_monitor.models import Command, CommandDelivery, CommandLog

State, Of = Command.State, CommandDelivery.State
SHOWN_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Deed:
    """One button. permission: whose it is; do: raises PlatformError."""

    words: str
    done: str
    permission: str
    states: tuple[str, ...]
    do: Callable[[Command, User], object]


DEEDS: Final = {
    "approve": Deed("Approve and send", "Approved: it is on its way.", "approve_command", (State.WAITING,), lambda c, by: approve(command=c, by=by)),
    "go-on": Deed("Go on all the same", "It goes on and does not stop by itself again.", "approve_command", (State.HALTED,), lambda c, by: go_on(command=c, by=by)),
    "cancel": Deed("Cancel", "Cancelled: nothing more goes out.", "change_command", (State.WAITING, State.RUNNING, State.HALTED), lambda c, _: cancel(command=c)),
}  # fmt: skip


def deeds_for(request: HttpRequest, command: Command) -> list[tuple[str, Deed]]:
    """What this person can do with it now; nobody approves what they sent themselves."""
    return [
        (name, deed) for name, deed in DEEDS.items()
        if command.state in deed.states and request.user.has_perm(f"pos_monitor.{deed.permission}")
        and not (name == "approve" and command.created_by_id == request.user.pk)
    ]  # fmt: skip


def progress_context(command: Command) -> dict[str, Any]:
    """Counts, bar and waves of one command."""
    found = counts(command)
    total = max(1, command.terminals)
    segments, at = [], 0.0
    for state in (Of.DONE, Of.FAILED, Of.RECEIVED, Of.SENT, Of.EXPIRED):
        width = 100 * found[state] / total
        segments.append((state.name.lower(), f"{at:.3f}", f"{width:.3f}"))
        at += width
    waves = [
        {"number": at + 1, "percent": percent, "is_out": at <= command.released_wave and command.state != State.WAITING}
        for at, percent in enumerate(command.waves)
    ]
    ended = sum(found[state] for state in (Of.DONE, Of.FAILED, Of.EXPIRED, Of.CANCELLED))
    return {
        "command": command, "figures": [(state.label, found[state]) for state in Of], "segments": segments,
        "waves": waves if len(waves) > 1 else [], "percent": 100 * ended // total, "is_open": command.is_open,
        "state_words": COMMAND_WORDS[State(command.state)],
    }  # fmt: skip


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    list_display = ("title", "state_badge", "kind", "merchant", "terminals_number", "created_by", "since", "expires")
    list_filter = (word_filter("state", "state", COMMAND_WORDS), "kind", recent_filter("created_at", "sent"))
    list_select_related = ("merchant", "created_by")
    list_title = "Commands"
    list_before_template = "admin/fleet/commands/list_head.html"
    change_form_before_template = "admin/fleet/commands/head.html"
    search_fields = ("public_id__exact", "reason__icontains")
    search_help_text = "cmd_… id, reason"
    empty_hint = "No command yet: send a message, a reboot or an update from here, to one terminal or to many."
    ordering = ("-pk",)
    fieldsets = (
        (
            "What was sent",
            {"fields": in_pairs("public_id", "kind", "merchant", "reason_words", "parameters_json", "selection_json")},
        ),
        ("By whom, and until when", {"fields": in_pairs("created_by", "approved", "since", "expires", "ended", "stop_words")}),
    )
    title = column("__str__", "command", lambda text: text(), ordering="pk")
    state_badge = badge_column("state", "state", COMMAND_WORDS)
    terminals_number = column("terminals", "terminals", lambda count: f"{count:,}")
    created_by, approved, merchant = (
        link_column("created_by", "sent by"),
        link_column("approved_by", "approved by"),
        link_column("merchant", "merchant"),
    )
    since, expires, ended = (
        time_column("created_at", "sent"),
        time_column("expires_at", "waits until"),
        time_column("ended_at", "ended"),
    )
    parameters_json, selection_json = (
        column("parameters", "parameters", as_json),
        column("selection", "for terminals with", as_json),
    )
    reason_words = column("reason", "why", lambda words: words or "–")
    stop_words = column(
        "stop_at_percent",
        "stops at",
        lambda percent: f"{percent} % failures among answers" if percent else "does not stop by itself",
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("compose/", view(self.compose), name="pos_monitor_command_compose"),
            path("<int:pk>/live/", view(self.live), name="pos_monitor_command_live"),
            path("<int:pk>/do/<slug:name>/", view(self.do), name="pos_monitor_command_do"),
            path("log/<str:public_id>/", view(self.log), name="pos_monitor_command_log"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {
            "may_send": request.user.has_perm("pos_monitor.add_command"),
            "waiting": Command.objects.filter(state=State.WAITING).count(),
            "halted": Command.objects.filter(state=State.HALTED).count(),
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        command = self.get_object(request, object_id)
        more = {} if command is None else {**progress_context(command), "deeds": deeds_for(request, command)}
        if command is not None and command.state == State.WAITING and command.created_by_id == request.user.pk:
            more["waits_for_other"] = True
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def compose(self, request: HttpRequest) -> HttpResponse:
        return compose.page(request, self.admin_site.each_context(request))

    def live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What changes while it is under way, as a part of its page."""
        if not request.user.has_perm("pos_monitor.view_command"):
            raise PermissionDenied
        command = get_object_or_404(Command, pk=pk)
        witness.saw(command)
        response = TemplateResponse(request, "admin/fleet/commands/_progress.html", progress_context(command))
        response["X-Run-State"] = command.state
        return response

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        if not request.user.has_perm("pos_monitor.view_command"):
            raise PermissionDenied
        deed = DEEDS.get(name)
        if deed is None:
            raise Http404
        if not request.user.has_perm(f"pos_monitor.{deed.permission}") or not isinstance(request.user, User):
            raise PermissionDenied
        command = get_object_or_404(Command, pk=pk)
        if request.method == "POST":
            try:
                deed.do(command, request.user)
                messages.success(request, deed.done)
            except PlatformError as refused:
                messages.error(request, refused.message)
        return HttpResponseRedirect(row_url("pos_monitor.Command", pk))

    def log(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """A pulled log; who looked is written into the audit trail."""
        if not request.user.has_perm("pos_monitor.view_commandlog"):
            raise PermissionDenied
        log = get_object_or_404(CommandLog.objects.select_related("delivery__terminal", "delivery__command"), public_id=public_id)
        witness.saw(log, "content")
        page = {**self.admin_site.each_context(request), "title": f"Log of {log.delivery.terminal}", "log": log}
        return TemplateResponse(request, "admin/fleet/commands/log.html", page)

    def related(self, request: HttpRequest, row: Command) -> list[Related]:
        """Those that need a look first: failed, then those that have not answered."""
        order = {Of.FAILED: 0, Of.EXPIRED: 1, Of.RECEIVED: 2, Of.SENT: 3, Of.QUEUED: 4, Of.DONE: 5, Of.CANCELLED: 6}
        found = CommandDelivery.objects.filter(command=row).select_related("terminal__merchant", "log")
        picked = [one for state in order for one in found.filter(state=state).order_by("pk")[:SHOWN_ROWS]][:SHOWN_ROWS]
        more = (
            f" (the first {SHOWN_ROWS} of {row.terminals:,}, failed ones before the others)" if row.terminals > SHOWN_ROWS else ""
        )
        return [
            Related(
                f"Terminals{more}", ("Terminal", "Merchant", "State", "#Wave", "#Sent", "Last sent", "Ended", "It said"),
                rows=[
                    (row_link(one.terminal), str(one.terminal.merchant), badge(*DELIVERY_WORDS[Of(one.state)]), one.wave + 1, one.attempts,
                     when(one.sent_at), when(one.ended_at), _said(one))
                    for one in picked
                ],
            )
        ]  # fmt: skip


def _said(delivery: CommandDelivery) -> Any:
    log = getattr(delivery, "log", None)
    return link(reverse("admin:pos_monitor_command_log", args=[log.public_id]), "Log") if log else delivery.message or "–"
