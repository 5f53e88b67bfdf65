"""Golden customers: what the independent evaluator says of them goes into the rule file, and every process must say the same.

They are the release's own (rules/data/golden_customers.json), which every rule is tried on, and each rule's examples.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from rules.checks.examples import kind_of
from rules.engine.compile import compile_plan
from rules.engine.oracle import judge
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.errors import ValuesInvalid
from rules.fields.values import read_json
from rules.models import RuleExample
from rules.publishing.errors import SelfTestFailed
from rules.publishing.rule_file import Golden, RuleFile

GOLDEN_FILE: Final = Path(__file__).parent.parent / "data" / "golden_customers.json"
SHOWN_FAULTS: Final = 3


@lru_cache(maxsize=1)
def golden_customers() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(GOLDEN_FILE.read_text("utf-8")))


def golden_of(rules: Sequence[RuleEntry], examples: Mapping[str, Iterable[RuleExample]]) -> list[Golden]:
    """Every golden customer under every rule, and every example under its own. examples: rule's public id → its examples."""
    found = []
    for raw in golden_customers():
        values, today, kind = read_json(raw["values"]), date.fromisoformat(raw["today"]), str(raw["values"]["customer_kind"])
        expect = {one.slot: _said(one, values, today, kind) for one in rules}
        found.append(Golden(raw["name"], kind, today, values, expect))
    for one in rules:
        for example in examples.get(one.public_id, ()):
            try:
                values = read_json(example.values)
            except ValuesInvalid:  # it fails where examples are run, with its name
                continue
            kind = kind_of(values, one.definition)
            values = {**values, "customer_kind": kind}
            expect = {one.slot: _said(one, values, example.today, kind)}
            found.append(Golden(f"{one.slug}: {example.name}", kind, example.today, values, expect))
    return found


def self_test(file: RuleFile) -> None:
    """Let the compiled plan judge the file's golden customers. Raises SelfTestFailed with the first who is judged otherwise."""
    by_day: dict[date, list[Golden]] = defaultdict(list)
    for golden in file.golden:
        by_day[golden.today].append(golden)
    faults = [fault for today, customers in by_day.items() for fault in _faults(file.rule_set, today, customers)]
    if faults:
        raise SelfTestFailed(f"{len(faults)} golden judgements differ: {'; '.join(faults[:SHOWN_FAULTS])}.", count=len(faults))


def _faults(rule_set: RuleSet, today: date, customers: Sequence[Golden]) -> Iterator[str]:
    """Where the plan of a day says another thing; all customers of the day are judged in one go, as in a run."""
    plan = compile_plan(_only(rule_set, {slot for golden in customers for slot in golden.expect}), today)
    outcome = plan.evaluate(plan.pack_many(golden.values for golden in customers))
    for at, golden in enumerate(customers):
        for slot, expected in golden.expect.items():
            said = int(outcome.scores[at, slot]), int(outcome.reasons[at, slot])
            if said != expected:
                yield f"{golden.name} under slot {slot} is {said}, not {expected}"


def _only(rule_set: RuleSet, slots: set[int]) -> RuleSet:
    """The same version with some of its rules: examples of a hundred days need not compile every rule for each of them."""
    return RuleSet(rule_set.number, rule_set.sha256, tuple(one for one in rule_set.rules if one.slot in slots), rule_set.slots)


def _said(one: RuleEntry, values: Mapping[str, Any], today: date, kind: str) -> tuple[int, int]:
    """As it is stored: a score from 0, or −1 − score of who does not qualify; and the mask of reasons."""
    verdict = judge(one.definition, values, today, kind)
    return verdict.stored, verdict.mask
