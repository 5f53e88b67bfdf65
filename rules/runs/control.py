"""What people may do to runs: pause, resume, cancel, and go back to an earlier run's results. Each is on record."""

from __future__ import annotations

from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone

from people.models import User
from rules.models import CurrentRun, RuleRun
from rules.results.tables import runs_with_tables
from rules.runs.allowed import check_may_run
from rules.runs.errors import NotNow, ResultsDropped
from rules.runs.finish import flip
from rules.runs.hand_out import hand_out
from rules.runs.locking import lock_runs
from vault.audit.services import record_about

State = RuleRun.State
RUNS_KEPT: Final = 3  # finished runs whose results stay, for going back and for comparing


def pause(run: RuleRun, *, by: User | None) -> RuleRun:
    """Let no further part begin; those under way end and are kept. Raises NotNow."""
    return _change(run, by, "paused", State.PAUSED, (State.RUNNING,))


def resume(run: RuleRun, *, by: User | None) -> RuleRun:
    """Go on where it stopped, with the version and the clock that it began with. Raises NotNow."""
    return _change(run, by, "resumed", State.RUNNING, (State.PAUSED,))


def cancel(run: RuleRun, *, by: User | None, reason: str = "") -> RuleRun:
    """End it for good: what it stored is dropped, and the current results stay as they are. Raises NotNow."""
    return _change(run, by, "cancelled", State.CANCELLED, (State.PREPARING, State.RUNNING, State.PAUSED), reason=reason)


@transaction.atomic
def _change(run: RuleRun, by: User | None, verb: str, state: str, allowed: tuple[str, ...], *, reason: str = "") -> RuleRun:
    check_may_run(by)
    lock_runs()
    run = RuleRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in allowed:
        raise NotNow(f"{run.public_id} is {run.get_state_display().lower()}: it cannot be {verb}.")
    run.state = state
    if state == State.CANCELLED:
        run.ended_at, run.reason = timezone.now(), reason[:300]
    run.save(update_fields=["state", "ended_at", "reason"])
    record_about(run, verb, reason=reason)
    if state == State.RUNNING:
        transaction.on_commit(partial(hand_out, run))
    return run


def kept_runs() -> list[RuleRun]:
    """Finished runs whose results are there, the newest first."""
    return list(RuleRun.objects.filter(state=State.FINISHED, removed_at=None, pk__in=runs_with_tables()).order_by("-pk"))


@transaction.atomic
def roll_back(*, by: User, reason: str, to: RuleRun | None = None) -> RuleRun:
    """Make an earlier run's results the current ones again: `to`, or the one before the current. Returns it.

    Single evaluations younger than that run's clock stay in front of it. Raises NotNow and ResultsDropped.
    """
    check_may_run(by)
    lock_runs()
    pointer = CurrentRun.objects.select_for_update().select_related("run").filter(run__isnull=False).first()
    if pointer is None or pointer.run is None:
        raise NotNow("No run is finished yet: there is nothing to go back from.")
    kept = kept_runs()
    if to is None:
        to = next((run for run in kept if run.pk < pointer.run.pk), None)
        if to is None:
            raise ResultsDropped("No earlier run's results are kept.")
    elif to not in kept:
        raise ResultsDropped(f"The results of {to.public_id} are kept no longer.")
    if to == pointer.run:
        raise NotNow(f"{to.public_id} is the current run already.")
    flip(to)
    record_about(to, "rolled_back_to", reason=reason, details={"from": pointer.run.public_id})
    return to
