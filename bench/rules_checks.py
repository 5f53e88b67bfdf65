"""Beside the runs: reads, the slow evaluator's word on what is stored, and the same work by other means."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Final

from bench.rules import say

SAMPLE: Final = 2_000


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def times_of(work: Callable[[Any], object], over: list[Any]) -> list[float]:
    """Milliseconds of each."""
    found = []
    for one in over:
        began = time.perf_counter()
        work(one)
        found.append((time.perf_counter() - began) * 1e3)
    return found


def _some_customers(count: int, seed: int = 5) -> list[int]:
    from rules.models import CustomerFeatures

    ids = list(CustomerFeatures.objects.order_by("pk").values_list("pk", flat=True))
    return random.Random(seed).sample(ids, min(count, len(ids)))


def reads(run: Any) -> dict[str, Any]:
    """Top five and one row from the database; a rule's hundred best; one pair in the process."""
    from django.db import connection

    from rules.models import Rule
    from rules.results.by_rule import by_rule
    from rules.results.read import current_row

    customers = _some_customers(SAMPLE)
    top_sql = (
        "SELECT rule_id, score FROM rules_current_pair WHERE customer_id = %s AND qualifies ORDER BY score DESC, rule_id LIMIT 5"
    )

    def top_five(customer: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(top_sql, [customer])
            cursor.fetchall()

    rules = list(Rule.objects.order_by("slot")[:100])
    times_of(top_five, customers[:50])
    in_view, in_row = times_of(top_five, customers), times_of(lambda one: current_row(one).top(5), customers)
    listed = times_of(lambda rule: by_rule(rule, 100), rules)
    single = _single(run, customers)
    figures = {
        "top_five_view_p50_ms": percentile(in_view, 0.5), "top_five_view_p99_ms": percentile(in_view, 0.99),
        "top_five_row_p50_ms": percentile(in_row, 0.5), "top_five_row_p99_ms": percentile(in_row, 0.99),
        "by_rule_p50_ms": percentile(listed, 0.5), "by_rule_p99_ms": percentile(listed, 0.99),
        "single_pair_p50_ms": percentile(single, 0.5), "single_pair_p99_ms": percentile(single, 0.99),
    }  # fmt: skip
    for name, value in figures.items():
        say(name, f"{value:.3f}", "ms")
    return {name: round(value, 3) for name, value in figures.items()}


def _single(run: Any, customers: list[int]) -> list[float]:
    """One (customer, rule), from values to verdict, by the plan that judges batches."""
    from rules.publishing.loading import rules_of

    rules = rules_of(run.version)
    plan, ids = rules.plan(run.today), [entry.public_id for entry in rules.rule_set.rules]
    values = _values(customers)
    for public_id in ids:
        plan.only(public_id)  # compiled once in each process
    chance = random.Random(1)

    def judge(customer: int) -> None:
        one = plan.only(chance.choice(ids))
        one.evaluate(one.pack(values[customer]))

    return times_of(judge, customers * 3)


def _values(customers: list[int]) -> dict[int, Any]:
    from rules.customers.refresh import stored_values

    return dict(stored_values(customers))


def correctness(run: Any, pairs: int) -> dict[str, Any]:
    """What is stored against the slow evaluator, on the natural rows and on the inputs kept beside the results."""
    from rules.definition.tree import Definition  # noqa: F401
    from rules.engine.oracle import judge
    from rules.publishing.loading import rules_of
    from rules.results.read import current_row

    entries = rules_of(run.version).rule_set.rules
    customers = _some_customers(pairs // len(entries), seed=6)
    natural, wrong, other_inputs = _values(customers), 0, 0
    for customer in customers:
        row = current_row(customer)
        kept = row.values
        told = {name: value for name, value in natural[customer].items() if name in kept}
        other_inputs += any(kept[name] != value for name, value in told.items() if not isinstance(value, frozenset))
        for entry in entries:
            said = judge(entry.definition, kept, run.today, kept["customer_kind"])
            code = said.score if said.qualifies else -1 - said.score
            wrong += (code, said.mask) != (int(row.scores[entry.slot]), int(row.reasons[entry.slot]))
    checked = len(customers) * len(entries)
    say(
        "pairs compared with the slow evaluator",
        f"{checked:,}",
        f"   {wrong} differ; {other_inputs} customers' kept inputs differ",
    )
    return {"compared_pairs": checked, "differing_pairs": wrong, "differing_inputs": other_inputs}


def references(run: Any) -> dict[str, Any]:
    """The same pairs by other means: the naive loop, and two engines of others, asked pair by pair."""
    return {"reference_pairs_per_s": _naive(run), **_engines(run)}


def _naive(run: Any) -> int:
    """Load, judge and update_or_create, pair by pair."""
    from django.utils import timezone

    from rules.customers.refresh import stored_values
    from rules.models import FreshResult, Rule
    from rules.publishing.loading import rules_of

    rules = rules_of(run.version)
    plan, by_id = rules.plan(run.today), {rule.public_id: rule.pk for rule in Rule.objects.all()}
    customers = _some_customers(10, seed=7)
    began = time.perf_counter()
    for customer in customers:
        for entry in rules.rule_set.rules[:100]:
            values = stored_values([customer])[customer]
            one = plan.only(entry.public_id)
            code = int(one.evaluate(one.pack(values)).scores[0, 0])
            said = {"version": run.version, "evaluated_at": timezone.now(), "qualifies": code >= 0, "mask": 0}
            said["score"] = code if code >= 0 else -1 - code
            FreshResult.objects.update_or_create(customer_id=customer, rule_id=by_id[entry.public_id], defaults=said)
    rate = len(customers) * 100 / (time.perf_counter() - began)
    FreshResult.objects.all().delete()
    say(
        "naive Django loop: load, judge, update_or_create",
        f"{rate:,.0f}",
        f"pairs/s, so {run.pairs / rate / 3600:.1f} hours for all",
    )
    return round(rate)


def _engines(run: Any) -> dict[str, Any]:
    """GoRules' zen and CEL, compiled before, asked with a customer made before: only evaluating, nothing read or stored."""
    from bench.rule_references import ask_cel, ask_zen, cel_customer, zen_customer
    from rules.publishing.loading import rules_of
    from rules.results.read import current_row

    entries, customers, figures = rules_of(run.version).rule_set.rules[:100], _some_customers(50, seed=9), {}
    rows = {customer: current_row(customer) for customer in customers}
    for name, ask, made in (("zen", ask_zen, zen_customer), ("cel", ask_cel, cel_customer)):
        asked = [ask(entry.definition) for entry in entries]
        taken = {customer: made(rows[customer].values, run.today) for customer in customers}
        began = time.perf_counter()
        told = {customer: [one(taken[customer]) for one in asked] for customer in customers}
        rate = len(customers) * len(asked) / (time.perf_counter() - began)
        differ = sum(
            bool(does) != bool(rows[customer].scores[entry.slot] >= 0)
            for customer, answers in told.items() for entry, (does, _) in zip(entries, answers, strict=True)
        )  # fmt: skip
        say(f"{name}, pair by pair, evaluating alone", f"{rate:,.0f}", f"pairs/s   {differ} answers differ from ours")
        figures |= {f"{name}_pairs_per_s": round(rate), f"{name}_differing": differ}
    return figures


def refresh() -> dict[str, Any]:
    """Features computed anew for customers who changed, which is no part of a run."""
    from rules.customers.changed import mark_changed
    from rules.customers.refresh import refresh_changed

    customers = _some_customers(5_000, seed=8)
    mark_changed(customers)
    began = time.perf_counter()
    done = refresh_changed()
    seconds = time.perf_counter() - began
    say("features of changed customers computed anew", f"{done / seconds:,.0f}", "customers/s")
    return {"refreshed_customers_per_s": round(done / seconds)}
