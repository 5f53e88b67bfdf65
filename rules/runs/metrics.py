"""What an autoscaler looks at: how many parts wait for a worker, and for how long the first of them does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Min, Q
from django.utils import timezone

from rules.models import RulePart, RuleRun
from rules.publishing.selectors import processes
from rules.runs.start import open_run
from rules.runs.watch import forecast, queue_length

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
HELP: Final = {
    "fsa_rules_queue_length": "Messages that wait at the broker in the queue of rules.",
    "fsa_rules_queue_lag_seconds": "For how long the part that waits longest has waited for a worker.",
    "fsa_rules_parts": "Parts of the open run, by state.",
    "fsa_rules_run_open": "1 while a run is under way or paused.",
    "fsa_rules_run_ends_seconds": "In how many seconds the open run will be done at its pace.",
    "fsa_rules_run_deadline_seconds": "How many seconds are left until the open run's deadline.",
    "fsa_rules_processes": "Processes that follow the rules, by whether they serve the version in force.",
}


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """length: None while the broker does not answer. lag_s: 0 where nothing waits. parts: state -> how many, of the open run."""

    length: int | None
    lag_s: float
    parts: dict[str, int]
    run: RuleRun | None


def queue_figures(now: datetime | None = None) -> QueueFigures:
    """The queue of rules, as the database and the broker know it. Parts of a paused run wait for a person, not for a worker."""
    run = open_run()
    parts = RulePart.objects.filter(run=run) if run else RulePart.objects.none()
    counts = dict(parts.order_by().values_list("state").annotate(Count("pk")))
    return QueueFigures(queue_length(), _lag_s(run, now or timezone.now()), counts, run)


def _lag_s(run: RuleRun | None, now: datetime) -> float:
    if run is None or run.state != RuleRun.State.RUNNING:
        return 0.0
    due = RulePart.objects.filter(run=run, state=RulePart.State.WAITING).filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lt=now)
    )
    since = due.aggregate(first=Min("queued_at"))["first"] or (run.started_at if due.exists() else None)
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def exposition() -> str:
    """The figures in the text format of Prometheus. What is not known now is left out."""
    lines: list[str] = []
    for name, label, value in _samples():
        if not any(line.startswith(f"# HELP {name} ") for line in lines):
            lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"]
        lines.append(f"{name}{label} {value:g}")
    return "\n".join(lines) + "\n"


def _samples() -> Iterator[tuple[str, str, float]]:
    now = timezone.now()
    figures = queue_figures(now)
    if figures.length is not None:
        yield "fsa_rules_queue_length", "", figures.length
    yield "fsa_rules_queue_lag_seconds", "", round(figures.lag_s, 3)
    for state in RulePart.State.values:
        yield "fsa_rules_parts", f'{{state="{state}"}}', figures.parts.get(state, 0)
    yield "fsa_rules_run_open", "", figures.run is not None
    if figures.run is not None:
        ends_at = forecast(figures.run, now)
        for name, moment in (("ends", ends_at), ("deadline", figures.run.deadline_at)):
            if moment is not None:
                yield f"fsa_rules_run_{name}_seconds", "", round((moment - now).total_seconds(), 3)
    heard = [process for process in processes() if not process.is_gone]
    for words, is_current in (("current", True), ("behind", False)):
        yield "fsa_rules_processes", f'{{serves="{words}"}}', sum(process.is_current == is_current for process in heard)
