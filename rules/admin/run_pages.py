"""What the pages of runs show: the live part of one, the difference between two, and what each process serves."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Case, IntegerField, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import witness
from common.admin import Related
from common.admin_cells import badge, row_link, when
from rules.models import CurrentRun, Customer, RulePart, RuleProblem, RuleRun, RuleSetServing
from rules.publishing.selectors import Process, processes, version_in_force
from rules.runs.compare import RuleDifference, compare
from rules.runs.control import kept_runs
from rules.runs.errors import ResultsDropped
from rules.runs.metrics import queue_figures
from rules.runs.progress import WORDS, progress
from rules.runs.start import open_run

TOLD_PROBLEMS: Final = 50
TOLD_PARTS: Final = 10
PART_TONES: Final = {"waiting": "silent", "running": "info", "done": "good", "failed": "fault"}


def list_context(request: HttpRequest) -> dict[str, Any]:
    """What stands above the list of runs."""
    current = CurrentRun.objects.select_related("run").filter(run__isnull=False).first()
    return {
        "open_run": open_run(), "current": current, "queue": queue_figures(), "in_force": version_in_force(),
        "may_run": request.user.has_perm("rules.run_rule"),
    }  # fmt: skip


def run_context(run: RuleRun) -> dict[str, Any]:
    now = progress(run)
    return {
        "progress": now, "run": run, "queue": queue_figures() if now.is_open else None,
        "legend": [(state, words, now.counts[state]) for state, words in WORDS.items() if now.counts.get(state)],
        "is_current": CurrentRun.objects.filter(run=run).exists(), "others": [one for one in kept_runs() if one != run],
        "can_compare": run.state == RuleRun.State.FINISHED and run.removed_at is None,
        "problems": _problems(run), "parts": _parts(run),
    }  # fmt: skip


def _problems(run: RuleRun) -> Related:
    """Newest first, each with its customer and rule where they are known; ratios without a value, which every run has, behind them."""
    found = RuleProblem.objects.filter(run=run).select_related("customer", "rule", "part")
    is_ratio = Case(When(kind="zero_divisor", then=1), default=0, output_field=IntegerField())
    rows = found.order_by(is_ratio, "-pk")
    return Related(
        "Problems and remarks", ("When", "What", "Customer", "Rule", "#Part"),
        rows=[
            (when(one.at), one.message, one.customer.public_id if one.customer else "–", row_link(one.rule, one.rule.name) if one.rule else "–",
             one.part.number if one.part else "–")
            for one in rows[:TOLD_PROBLEMS]
        ],
        empty="None: every value could be used, and every part was stored.",
    )  # fmt: skip


def _parts(run: RuleRun) -> Related:
    """Those that need a look first: failed, tried again, and then the slowest."""
    asked = RulePart.objects.filter(run=run, attempts__gt=0).exclude(state=RulePart.State.DONE, attempts=1, seconds=0)
    worst = sorted(asked, key=lambda part: (part.state != RulePart.State.FAILED, -part.attempts, -part.seconds))[:TOLD_PARTS]
    return Related(
        "Parts that took longest or were tried again", ("#Part", "State", "#Attempts", "#Customers", "#Seconds", "Worker", "Last fault"),
        rows=[
            (part.number, badge(str(part.get_state_display()), PART_TONES[part.state]), part.attempts, f"{part.customers:,}",
             f"{part.seconds:.2f}", part.worker or "–", part.error or "–")
            for part in worst
        ],
        empty="No part has run yet.",
    )  # fmt: skip


def compare_page(request: HttpRequest, run: RuleRun, context: dict[str, Any]) -> HttpResponse:
    """?with=<public id>: what changed from that run to this one; without it, from the kept run before."""
    others = [one for one in kept_runs() if one != run]
    asked = request.GET.get("with", "")
    before = (
        next((one for one in others if one.public_id == asked), None)
        if asked
        else next((one for one in others if one.pk < run.pk), None)
    )
    fault, found = "", None
    if before is not None:
        try:
            found = compare(before, run)
        except ResultsDropped as refused:
            fault = str(refused)
    changed = [one for one in found or () if one.newly or one.no_longer]
    same = [one for one in found or () if not (one.newly or one.no_longer)]
    page = {
        **context, "run": run, "before": before, "others": others, "fault": fault, "changed": len(changed),
        "differences": _differences(changed) if found is not None else None, "same": _same(same) if same else None,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/runs/compare.html", page)


def _differences(found: list[RuleDifference]) -> Related:
    ids = {one for rule in found for one in (*rule.examples_newly[:3], *rule.examples_no_longer[:3])}
    names = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "public_id"))

    def examples(customers: list[int]) -> str:
        return ", ".join(names[one] for one in customers[:3] if one in names) or "–"

    return Related(
        "Rule by rule, those with the most changes first",
        ("Rule", "#Before", "#After", "#Newly", "#No longer", "Newly, for instance", "No longer, for instance"),
        rows=[
            (row_link(one.rule, one.rule.name), _count(one.before), _count(one.after), f"{one.newly:,}", f"{one.no_longer:,}",
             examples(one.examples_newly), examples(one.examples_no_longer))
            for one in found
        ],
        empty="Nobody newly qualifies, and nobody does no longer.",
    )  # fmt: skip


def _same(found: list[RuleDifference]) -> Related:
    return Related(
        f"{len(found)} rule{'s' * (len(found) != 1)} reach{'es' * (len(found) == 1)} the same customers", ("Rule", "#Before", "#After"),
        rows=[(row_link(one.rule, one.rule.name), _count(one.before), _count(one.after)) for one in found],
    )  # fmt: skip


def _count(count: int | None) -> str:
    return "not judged" if count is None else f"{count:,}"


def processes_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    found = processes()
    witness.saw_list(RuleSetServing, count=len(found))
    heard = [one for one in found if not one.is_gone]
    page = {
        **context, "title": "What each process serves", "in_force": version_in_force(), "heard": len(heard),
        "current": sum(one.is_current for one in heard), "processes": _processes(found), "queue": queue_figures(),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/runs/processes.html", page)


def _processes(found: list[Process]) -> Related:
    return Related(
        "Processes", ("Process", "Kind", "Version", "State", "Since", "Last heard"),
        rows=[
            (one.row.process, one.row.role, one.row.version.number if one.row.version else "none", _health(one), when(one.row.since),
             when(one.row.seen_at))
            for one in sorted(found, key=lambda one: (one.is_gone, one.is_current))
        ],
        empty="No process has taken up any rules yet. Each reports within seconds of the first publication.",
    )  # fmt: skip


def _health(one: Process) -> SafeString:
    if one.row.fault:
        return format_html("{} {}", badge("Cannot take it up", "fault"), one.row.fault)
    if one.is_gone:
        return badge("Ended", "silent")
    return badge("Serving", "good") if one.is_current else badge("Following", "warn")
