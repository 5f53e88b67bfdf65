"""Starting a run: pin the version, the clock and the day, make its tables and parts, hand the parts out."""

from __future__ import annotations

from functools import partial

from django.db import OperationalError, transaction
from django.utils import timezone

from people.models import User
from rules.models import Rule, RulePart, RuleRun, RuleSetPointer, RuleSetVersion, RunRule
from rules.publishing.loading import rules_of
from rules.results.tables import make_tables
from rules.runs.allowed import check_may_run
from rules.runs.errors import NothingPublished, RunUnderWay
from rules.runs.hand_out import hand_out
from rules.runs.locking import limit_waits, lock_runs
from rules.runs.night import day_of, deadline_of
from rules.runs.ranges import ranges
from vault.audit.services import record_about

OPEN = (RuleRun.State.PREPARING, RuleRun.State.RUNNING, RuleRun.State.PAUSED)


def open_run() -> RuleRun | None:
    """The run that is under way or paused, if there is one."""
    return RuleRun.objects.filter(state__in=OPEN).first()


def start_run(*, trigger: str = RuleRun.Trigger.HAND, by: User | None = None) -> RuleRun:
    """Judge every customer by the version in force, as of now. Returns the run, whose parts are on their way to the workers.

    One at a time: raises RunUnderWay while another is open, and NothingPublished without a version. A customer or a rule that comes
    meanwhile is not part of it. by: None for the night and for triggers; raises RunNotAllowed for whose role does not include it.
    """
    check_may_run(by)
    try:
        with transaction.atomic():
            run = _make(trigger, by)
            transaction.on_commit(partial(hand_out, run))
    except OperationalError as error:  # a lock that somebody holds for long
        raise RunUnderWay("Another run is being started or finished: try again in a minute.") from error
    return run


def _make(trigger: str, by: User | None) -> RuleRun:
    limit_waits(statement_s=60)
    lock_runs()
    if (other := open_run()) is not None:
        raise RunUnderWay(f"{other.public_id} is under way: wait until it ends, or cancel it.")
    version = _version_in_force()
    now = timezone.now()
    rules, parts = rules_of(version), ranges()
    run = RuleRun.objects.create(
        version=version, state=RuleRun.State.RUNNING, trigger=trigger, clock_at=now, today=day_of(now), started_by=by, started_at=now,
        layout=rules.plan(day_of(now)).layout, deadline_at=deadline_of(now),
    )  # fmt: skip
    make_tables(run.pk)
    _pin_rules(run, {entry.public_id: (entry.slot, entry.revision) for entry in rules.rule_set.rules})
    RulePart.objects.bulk_create(
        RulePart(run=run, number=number, first_customer=first, last_customer=last, queued_at=now)
        for number, (first, last) in enumerate(parts)
    )
    record_about(run, "started", details={"version": version.number, "trigger": str(trigger), "parts": len(parts)})
    return run


def _version_in_force() -> RuleSetVersion:
    pointer = RuleSetPointer.objects.select_related("live").filter(live__isnull=False).first()
    if pointer is None or pointer.live is None:
        raise NothingPublished("No rules are published yet: there is nothing to judge by.")
    return pointer.live


def _pin_rules(run: RuleRun, places: dict[str, tuple[int, int]]) -> None:
    ids = dict(Rule.objects.filter(public_id__in=places).values_list("public_id", "pk"))
    RunRule.objects.bulk_create(
        RunRule(run=run, rule_id=ids[public_id], slot=slot, revision=revision) for public_id, (slot, revision) in places.items()
    )
