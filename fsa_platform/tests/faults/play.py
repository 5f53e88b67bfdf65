"""Play the faults one after the other against real processes, and say of each what came of it, a line of JSON.

python -m fsa_platform.tests.faults.play --folder /tmp/faults --customers 60000 --sample 4500 [--only worker_killed,redis_flushed]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

from fsa_platform.tests.faults.stage import Stage, prepare_stage

MOST_POISONED = 500


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--sample", type=int, default=80, help="Customers whose every pair is held to the slow evaluator.")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    stage = prepare_stage(asked.folder, asked.customers)
    from common.scopes import across_merchants

    try:
        with across_merchants("tests look at everything"):
            play_all(stage, asked.sample, set(filter(None, asked.only.split(","))))
    finally:
        stage.end()


def play_all(stage: Stage, sample: int, only: set[str]) -> None:
    from fsa_platform.tests.faults import plays
    from rules.models import Customer

    ids = list(Customer.objects.filter(is_made_up=True).order_by("pk").values_list("pk", flat=True))
    customers = random.Random(1).sample(ids, min(sample, len(ids)))
    for _ in range(2):
        stage.start_worker()
    _say("first", _plain_run(stage, customers))
    for name, play in plays.MIDDLE.items():
        if not only or name in only:
            _say(name, _in_the_middle(stage, customers, play))
    if not only or "zero_divisor" in only:
        _say("zero_divisor", _zero_divisor(stage, customers))
    if not only or "poison" in only:
        _say("poison", _poison(stage, customers))
    if not only or "disk_full" in only:
        _say("disk_full", _disk_full(stage, customers) if (refused := plays.cannot_mount()) is None else {"refused": refused})


def _say(name: str, said: dict[str, Any]) -> None:
    print(json.dumps({"fault": name, **said}), flush=True)


def _current() -> int:
    from rules.models import CurrentRun

    return int(CurrentRun.objects.filter(key="rules").values_list("run_id", flat=True).first() or 0)


def _plain_run(stage: Stage, customers: list[int]) -> dict[str, Any]:
    return _in_the_middle(stage, customers, lambda stage, run: {}, is_held=False)


def _in_the_middle(stage: Stage, customers: list[int], play: Any, *, is_held: bool = True) -> dict[str, Any]:
    """A run with the fault in its middle, a reader all along, and the slow evaluator afterwards."""
    from fsa_platform.tests.faults.audience import Reader, compare, features_of, torn
    from rules.runs.start import start_run

    reader, old, before, began = Reader(customers), _current(), features_of(customers), time.monotonic()
    with stage.watched(), reader.looking():
        run = start_run()
        said: dict[str, Any] = {}
        if is_held:
            with stage.held(run):
                said = play(stage, run)
        run = stage.finish(run)
        time.sleep(0.2)  # the reader sees the new one, too
    return {
        **said, "state": run.state, "reason": run.reason, "customers": run.customers, "attempts": _attempts(run), "parts": run.parts.count(),
        **compare(run, before, features_of(customers)), "torn": torn(reader, {old, run.pk}, stage.n), "looks": reader.looks,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _attempts(run: Any) -> int:
    return sum(run.parts.values_list("attempts", flat=True))


def _poison(stage: Stage, customers: list[int]) -> dict[str, Any]:
    """Broken features, spread over all: judged like everybody's, and told of. Those that were told of are held to it as well."""
    from fsa_platform.tests.faults.audience import compare, features_of
    from rules.customers.made_up.poison import poison
    from rules.models import RuleProblem, RuleRun

    broken = poison(stage.n // 20)
    said = _plain_run(stage, customers)
    run = RuleRun.objects.order_by("-pk")[0]
    told = RuleProblem.objects.filter(run=run, customer__isnull=False).values_list("customer", flat=True).distinct()
    more = compare(run, features_of(list(told)[:MOST_POISONED]))
    both = {name: said[name] + more[name] for name in more}
    return {**said, **both, "broken": broken, "poisoned_compared": len(told[:MOST_POISONED]), **_problems(run)}


def _problems(run: Any) -> dict[str, Any]:
    from rules.models import RuleProblem

    found = RuleProblem.objects.filter(run=run)
    return {
        "problems_of_customers": found.exclude(customer_id=None).count(),
        "kinds": sorted(set(found.values_list("kind", flat=True))),
    }


def _zero_divisor(stage: Stage, customers: list[int]) -> dict[str, Any]:
    """A rule that divides by a field which is 0 for the sampled."""
    from rules.models import CustomerFeatures, Rule, RuleExample, RuleRun
    from rules.publishing.revisions import approve, submit
    from rules.publishing.versions import publish

    CustomerFeatures.objects.filter(customer__in=customers).update(health_fsa_election_cents=0, health_fsa_balance_cents=50_000)
    draft = {
        "conditions": {"all": [{"field": "health_fsa_balance_cents", "per": "health_fsa_election_cents", "test": "at_least", "value": 0.5}]},
        "score": {"base": 100, "terms": [{"field": "health_fsa_balance_cents", "per": "health_fsa_election_cents", "low": 0, "high": 1, "points": 300}]},
        "title": "Half of your FSA is left", "body": "Have a look.", "category": "insight", "audience": ["person", "shopper"],
    }  # fmt: skip
    rule = Rule.objects.create(slug="half-left", name="Half left", draft=draft)
    for balance, should in ((90_000, True), (100, False)):
        values = {"health_fsa_balance_cents": balance, "health_fsa_election_cents": 100_000}
        RuleExample.objects.create(
            rule=rule, name=f"{balance} of 100,000", values=values, should_qualify=should, today="2026-11-20"
        )
    approve(revision=submit(rule=rule, by=None, draft_number=rule.draft_number, comment="Divides"), by=None, comment="Yes")
    publish(by=None, note="One rule divides by zero")
    said = _plain_run(stage, customers)
    return {**said, **_problems(RuleRun.objects.order_by("-pk")[0])}


def _disk_full(stage: Stage, customers: list[int]) -> dict[str, Any]:
    """No byte is left while parts are stored; then there is room again, before the attempts are used up. A real file system."""
    from fsa_platform.tests.faults.plays import FullDisk
    from rules.models import RulePart

    errors: list[str] = []

    with FullDisk(stage.folder) as disk:

        def play(stage: Stage, run: Any) -> dict[str, Any]:
            disk.fill()
            return {}

        def free_later() -> None:
            from django.db import connection

            failed = RulePart.objects.filter(error__contains="No space left")
            stage.wait_for(failed.exists, "a part that finds no space")
            errors.append(str(failed.values_list("error", flat=True)[0]))
            disk.free()
            connection.close()

        import threading

        thread = threading.Thread(target=free_later)
        thread.start()
        said = _in_the_middle(stage, customers, play)
        thread.join()
        said["error"] = errors[0]
    return said


if __name__ == "__main__":
    main()
