"""Runs: their list, the live page of one, and the buttons of whoever may steer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from common import witness
from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge, badge_column, column, link_column, row_url, time_column
from people.models import User
from rules.admin.editor import require
from rules.admin.run_pages import compare_page, list_context, processes_page, run_context
from rules.models import CurrentRun, RuleRun
from rules.runs.control import cancel, pause, resume, roll_back
from rules.runs.errors import RunRefused
from rules.runs.progress import progress
from rules.runs.start import start_run

State = RuleRun.State
STATE_WORDS: Final = {
    State.PREPARING: ("Preparing", "info"), State.RUNNING: ("Running", "info"), State.PAUSED: ("Paused", "warn"),
    State.FINISHED: ("Finished", "good"), State.CANCELLED: ("Cancelled", "silent"), State.FAILED: ("Failed", "fault"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """One button. lead: what will happen. do: called with the run, the person and the reason; raises RunRefused."""

    words: str
    lead: str
    done: str
    do: Callable[[RuleRun, User, str], object]
    needs_reason: bool = False


DEEDS: Final = {
    "pause": Deed(
        "Pause", "No further part begins; parts under way end, and what they stored is kept. Customers go on seeing the current run.",
        "Paused. Nothing is lost; it goes on where it stopped.", lambda run, by, _: pause(run, by=by),
    ),
    "resume": Deed(
        "Resume", "It goes on where it stopped, with the version, the day and the clock that it began with.",
        "It goes on.", lambda run, by, _: resume(run, by=by),
    ),
    "cancel": Deed(
        "Cancel the run", "It ends for good, and everything that it stored is dropped. The current results stay as they are.",
        "Cancelled. The current results are as they were.", lambda run, by, reason: cancel(run, by=by, reason=reason), True,
    ),
    "roll-back": Deed(
        "Make these results current", "At once and whole, everybody sees this run's results again instead of the current ones. "
        "Single evaluations younger than its clock stay in front of it. Which rules are in force does not change.",
        "These results are the current ones again.", lambda run, by, reason: roll_back(by=by, reason=reason, to=run), True,
    ),
}  # fmt: skip
POSSIBLE: Final = {
    State.PREPARING: ("cancel",), State.RUNNING: ("pause", "cancel"), State.PAUSED: ("resume", "cancel"),
    State.FINISHED: ("roll-back",), State.CANCELLED: (), State.FAILED: (),
}  # fmt: skip


def deeds_for(run: RuleRun, request: HttpRequest) -> list[tuple[str, Deed]]:
    """What this person can do with this run now."""
    if not request.user.has_perm("rules.run_rule"):
        return []
    is_current = CurrentRun.objects.filter(run=run).exists()
    names = [name for name in POSSIBLE[State(run.state)] if name != "roll-back" or not (is_current or run.removed_at)]
    return [(name, DEEDS[name]) for name in names]


def took(run: RuleRun) -> str:
    if run.started_at is None or run.ended_at is None:
        return "–"
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


@admin.register(RuleRun)
class RuleRunAdmin(ReadOnlyAdmin):
    list_display = (
        "public_id",
        "state_badge",
        "is_current",
        "trigger_words",
        "version_link",
        "customers_number",
        "took_time",
        "started",
    )
    list_display_links = ("public_id",)
    list_filter = (word_filter("state", "state", STATE_WORDS), "trigger")
    list_title = "Runs of the rules"
    list_before_template = "admin/rules/runs/list_head.html"
    list_select_related = ("version", "started_by")
    search_fields = ("public_id__exact",)
    search_help_text = "rr_… id"
    empty_hint = "No run yet. Each night every rule is judged for every customer; whoever may run rules can also start one now."
    ordering = ("-pk",)
    change_form_before_template = "admin/rules/runs/live.html"
    fieldsets = (
        ("What it judges by", {"fields": in_pairs("public_id", "trigger_words", "version_number", "day", "clock", "who", "deadline", "why")}),
    )  # fmt: skip
    state_badge = badge_column("state", "state", STATE_WORDS)
    version_link = column("version", "version", lambda version: str(version.number))
    version_number = column("version", "version of the rules", lambda version: f"{version.number} · {version.sha256[:12]}")
    trigger_words = column("trigger", "why it was started", lambda value: RuleRun.Trigger(value).label)
    customers_number = column("customers", "customers", lambda count: f"{count:,}" if count else "–")
    started = time_column("started_at", "started")
    clock = time_column("clock_at", "judged as of")
    day = column("today", "day that it calls today", lambda day: f"{day:%B} {day.day}, {day.year}")
    deadline = time_column("deadline_at", "must be done by")
    why = column("reason", "why it ended so", lambda reason: reason or "–")
    who = link_column("started_by", "started by")

    @admin.display(description="took")
    def took_time(self, row: RuleRun) -> str:
        return took(row)

    @admin.display(description="results")
    def is_current(self, row: RuleRun) -> Any:
        if CurrentRun.objects.filter(run=row).exists():
            return badge("Current", "good")
        return "kept" if row.state == State.FINISHED and row.removed_at is None else "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("start/", view(self.start), name="rules_rulerun_start"),
            path("processes/", view(partial(self._page, processes_page)), name="rules_rulerun_processes"),
            path("<int:pk>/live/", view(self.live), name="rules_rulerun_live"),
            path("<int:pk>/compare/", view(self.compare), name="rules_rulerun_compare"),
            path("<int:pk>/do/<slug:name>/", view(self.do), name="rules_rulerun_do"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**list_context(request), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        more = {**run_context(run), "deeds": deeds_for(run, request)} if run is not None else {}
        response: HttpResponse = super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
        return response

    def related(self, request: HttpRequest, row: RuleRun) -> list[Related]:
        return []  # its parts and problems are in what is kept up to date

    def live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What changes while it runs, as a part of its page."""
        require(request, "view_rulerun")
        run = self._run(pk)
        witness.saw(run)
        response = TemplateResponse(request, "admin/rules/runs/_progress.html", run_context(run))
        response["X-Run-State"] = run.state
        return response

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "view_rulerun")
        run = self._run(pk)
        witness.saw(run)
        return compare_page(request, run, self._context(request, f"What changed by {run.public_id}"))

    def start(self, request: HttpRequest) -> HttpResponse:
        by = require(request, "run_rule")
        deed = Deed(
            "Start the run", "Every customer is judged by the version in force, as of now. Customers go on seeing the current results "
            "until the last part is done; then they see the new ones, all at once.",
            "The run has started.", lambda _run, person, _reason: start_run(by=person),
        )  # fmt: skip
        return self._ask(request, None, by, deed, "Start a run now")

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        by = require(request, "run_rule")
        if name not in DEEDS:
            raise Http404
        run = self._run(pk)
        witness.saw(run)
        return self._ask(request, run, by, DEEDS[name], f"{DEEDS[name].words}: {run.public_id}")

    def _ask(self, request: HttpRequest, run: RuleRun | None, by: User, deed: Deed, title: str) -> HttpResponse:
        """The button leads here, where it says what will happen; the form does it."""
        reason, fault = request.POST.get("reason", "").strip()[:300], ""
        if request.method == "POST" and deed.needs_reason and len(reason.split()) < 2:
            fault = "Say why, in at least two words: it is kept with your name."
        elif request.method == "POST":
            try:
                done = deed.do(run, by, reason)  # type: ignore[arg-type]  # a start has no run yet
            except RunRefused as refused:
                fault = str(refused)
            else:
                messages.success(request, deed.done)
                assert isinstance(done, RuleRun)
                return HttpResponseRedirect(row_url("rules.RuleRun", done.pk))
        page = {
            **self._context(request, title), "deed": deed, "run": run, "fault": fault, "reason": reason,
            "progress": progress(run) if run else None,
        }  # fmt: skip
        return TemplateResponse(request, "admin/rules/runs/ask.html", page, status=400 if fault else 200)

    def _page(self, page: Callable[[HttpRequest, dict[str, Any]], HttpResponse], request: HttpRequest) -> HttpResponse:
        require(request, "view_rulerun")
        return page(request, self._context(request, ""))

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title}

    def _run(self, pk: int) -> RuleRun:
        run = RuleRun.objects.select_related("version", "started_by").filter(pk=pk).first()
        if run is None:
            raise Http404
        return run
