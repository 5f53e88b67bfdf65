"""Dead letters: what engines set aside, and what a person does with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, word_filter
from common.admin_cells import badge_column, column, link_column, row_link, row_url, time_column, when
from common.scopes import across_merchants
from people.models import User
from pos_monitor.admin.guard import require
from pos_monitor.engine.dead_letters import NotSettled, alike, contents, put_back, throw_away
from pos_monitor.history.copying import time_of
from pos_monitor.models import DeadLetter, Terminal
from pos_monitor.wire.record import MISSING, Flag

State, Kind = DeadLetter.State, DeadLetter.Kind
SHOWN_ROWS: Final = 50
STATE_WORDS: Final = {
    State.OPEN: ("Set aside", "warn"), State.PUT_BACK: ("Put back", "good"), State.THROWN_AWAY: ("Thrown away", "silent"),
}  # fmt: skip
KIND_WORDS: Final = {
    Kind.ENTRY: ("Cannot be read", "fault"), Kind.STRANGER: ("No such terminal", "warn"), Kind.POISON: ("Breaks the engine", "fault"),
    Kind.UNSTORED: ("Not stored", "fault"), Kind.LATE: ("Late, not stored", "fault"), Kind.BESIDE: ("Beside reports", "warn"),
    Kind.SNAPSHOT: ("Snapshot", "fault"),
}  # fmt: skip
HINTS: Final = {
    Kind.ENTRY: "Another version of the program may have written it. Put it back once this one can read it, else throw it away.",
    Kind.STRANGER: "A terminal was removed, or its report was quicker than the news of it. Put it back once the terminal exists.",
    Kind.POISON: "An engine stumbled over it, in company and alone: an error of ours. Put it back once that is mended.",
    Kind.UNSTORED: "The database refused it. Put back, it goes straight into the history; the terminal's state has it already.",
    Kind.LATE: "The database refused it. Put back, it goes to the engine, which knows whether it is stored.",
    Kind.BESIDE: "The reports themselves are stored; something that belongs to them is not. There is nothing to put back.",
    Kind.SNAPSHOT: "The shard went on from an earlier one. There is nothing to put back; keep it until somebody knows why.",
}
Settle = Callable[..., DeadLetter]
DEEDS: Final[dict[str, tuple[Settle, str]]] = {"put-back": (put_back, "put back"), "throw-away": (throw_away, "thrown away")}


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    list_display = ("stream_id", "kind_badge", "reason", "reports_number", "state_badge", "shard", "since")
    list_display_links = ("stream_id", "reason")
    list_filter = (word_filter("state", "state", STATE_WORDS), word_filter("kind", "kind", KIND_WORDS), recent_filter("set_aside_at", "set aside"))  # fmt: skip
    list_title = "Dead letters"
    list_before_template = "admin/fleet/dead_letters/list_head.html"
    change_form_before_template = "admin/fleet/dead_letters/head.html"
    search_fields = ("stream_id__startswith", "reason__icontains")
    search_help_text = "Entry, reason"
    empty_hint = "None: engines could take everything that came."
    ordering = ("-pk",)
    fieldsets = (
        ("What was set aside", {"fields": in_pairs("stream_id", "kind_badge", "reason", "reports_number", "shard", "since")}),
        ("What became of it", {"fields": in_pairs("state_badge", "settled", "settled_by", "whole")}),
    )
    kind_badge = badge_column("kind", "what it is", KIND_WORDS)
    state_badge = badge_column("state", "state", STATE_WORDS)
    reports_number = column("reports", "reports", lambda count: f"{count:,}")
    whole = column("is_whole", "kept whole", lambda is_whole: "yes" if is_whole else "no, it was too long")
    since, settled = time_column("set_aside_at", "set aside"), time_column("settled_at", "settled")
    settled_by = link_column("settled_by", "by")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("body")

    def get_urls(self) -> list[URLPattern]:
        own = [path("<int:pk>/do/<slug:name>/", self.admin_site.admin_view(self.do), name="pos_monitor_deadletter_do")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        letter = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if letter is not None:
            held = contents(letter)
            more = {
                "letter": letter, "hint": HINTS[Kind(letter.kind)], "why": held.why, "raw": held.raw.hex(" ") if held.why else "",
                "alike": len(alike(letter)) if letter.state == State.OPEN else 0,
                "may": letter.state == State.OPEN and request.user.has_perm("pos_monitor.change_deadletter"),
            }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Settle one letter, or with `alike` in the form all open ones with the same reason."""
        by = require(request, "change_deadletter")
        if name not in DEEDS:
            raise Http404
        letter = get_object_or_404(DeadLetter.objects.defer("body"), pk=pk)
        if request.method == "POST":
            _settle(request, name, alike(letter) if "alike" in request.POST else [letter], by)
        return HttpResponseRedirect(row_url("pos_monitor.DeadLetter", pk))

    def related(self, request: HttpRequest, row: DeadLetter) -> list[Related]:
        records = contents(row).records
        extras = contents(row).extras
        if not len(records):
            return []
        with across_merchants("a dead letter holds reports of any merchant's terminals"):
            known = Terminal.objects.select_related("store").in_bulk({int(number) for number in records["terminal"][:SHOWN_ROWS]})
        more = f" (the first {SHOWN_ROWS} of {len(records):,})" if len(records) > SHOWN_ROWS else ""
        return [
            Related(
                f"Reports{more}", ("Terminal", "Received", "#Start", "#Number", "What it said", "Beside it"),
                rows=[
                    (row_link(known[int(one["terminal"])]) if int(one["terminal"]) in known else f"number {one['terminal']}",
                     when(time_of(int(one["received_ms"]))), int(one["boot"]), int(one["seq"]), _said(one),
                     json.dumps(extras[place])[:200] if place in extras else "–")
                    for place, one in enumerate(records[:SHOWN_ROWS])
                ],
            )
        ]  # fmt: skip


def _settle(request: HttpRequest, name: str, letters: list[DeadLetter], by: User) -> None:
    do, words = DEEDS[name]
    done, refused = 0, ""
    for letter in letters:
        try:
            do(letter=letter, by=by)
            done += 1
        except NotSettled as error:
            refused = str(error)
            if len(letters) > 1 and "already" not in refused:
                break  # the others would fail likewise
    if done:
        messages.success(request, f"{'It is' if len(letters) == 1 else f'{done:,} are'} {words}.")
    if refused:
        messages.error(request, refused)


def _said(record: Any) -> str:
    """What a record says beside who and when, in a line."""
    values = [f"{name} {record[name]}" for name, missing in MISSING.items() if int(record[name]) != missing]
    flags = [flag.name.lower().replace("_", " ") for flag in Flag if int(record["flags"]) & flag and flag.name]
    return ", ".join([*values, *flags]) or "that it lives"
