"""Who looks on: a reader beside every fault, and the slow evaluator afterwards."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection

from common.scopes import across_merchants
from rules.engine.oracle import judge
from rules.models import Customer, CustomerFeatures, RuleRun
from rules.publishing.loading import rules_of
from rules.results.read import current_row

Values = dict[str, Any]
NOT_FEATURES = ("customer_id", "as_of_on", "computed_at")
WHOLE = """
SELECT run_id, count(*) FROM rules_result WHERE run_id = (SELECT run_id::int FROM rules_currentrun WHERE key = 'rules') GROUP BY run_id
"""


class Reader:
    """Reads current results all the while. seen: (customer, run) -> everything that was ever read of them."""

    def __init__(self, customers: list[int]) -> None:
        self.customers = customers
        self.seen: dict[tuple[int, int], set[tuple[bytes, bytes]]] = defaultdict(set)
        self.counts: dict[int, set[int]] = defaultdict(set)
        self.looks = 0

    @contextmanager
    def looking(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(60)

    def _look(self, over: threading.Event) -> None:
        place = 0
        while not over.wait(0.005):
            try:
                self._once(self.customers[place % len(self.customers)], has_count=place % 50 == 0)
            except DatabaseError:  # it restarts; what was read before stands
                connection.close()
            place += 1
        connection.close()

    def _once(self, customer: int, *, has_count: bool) -> None:
        row = current_row(customer)
        run = row.run.pk if row.run else 0
        self.seen[customer, run].add((row.scores.tobytes(), row.reasons.tobytes()))
        self.looks += 1
        if has_count:
            with connection.cursor() as cursor:
                cursor.execute(WHOLE)
                for found, count in cursor.fetchall():
                    self.counts[found].add(count)


def features_of(customers: list[int]) -> dict[int, Values]:
    """What is known of them now, as the slow evaluator takes it."""
    rows = CustomerFeatures.objects.filter(customer__in=customers).values()
    return {
        row["customer_id"]: {
            name: _natural(value) for name, value in row.items() if value is not None and name not in NOT_FEATURES
        }
        for row in rows
    }


def _natural(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def compare(run: RuleRun, *candidates: dict[int, Values]) -> dict[str, int]:
    """Hold the current results of the sampled customers to the slow evaluator, pair by pair.

    candidates: what was known of them at moments of the run; each customer's results must all be of one of these. Returns counts of
    pairs and of those that differ.
    """
    entries = rules_of(run.version).rule_set.rules
    with across_merchants("tests look at everything"):
        kinds = dict(Customer.objects.filter(pk__in=candidates[0]).values_list("pk", "kind"))
    pairs = wrong = 0
    for customer, kind in kinds.items():
        row = current_row(customer)
        assert row.run is not None
        found = {entry.slot: (int(row.scores[entry.slot]), int(row.reasons[entry.slot])) for entry in entries}
        differ = min(
            _differences(found, _verdicts(entries, values[customer], run, kind)) for values in _distinct(customer, candidates)
        )
        pairs += len(entries)
        wrong += differ if row.run.pk == run.pk else len(entries)
    return {"pairs": pairs, "wrong": wrong}


def _distinct(customer: int, candidates: tuple[dict[int, Values], ...]) -> list[dict[int, Values]]:
    """Those in which something else was known of the customer."""
    first, *others = candidates
    return [first, *(other for other in others if other[customer] != first[customer])]


def _differences(found: dict[int, tuple[int, int]], said: dict[int, tuple[int, int]]) -> int:
    return sum(found[slot] != said[slot] for slot in found)


def _verdicts(entries: Any, values: Values, run: RuleRun, kind: str) -> dict[int, tuple[int, int]]:
    verdicts = {entry.slot: judge(entry.definition, values, run.today, kind) for entry in entries}
    return {slot: (verdict.stored, verdict.mask) for slot, verdict in verdicts.items()}


def torn(reader: Reader, runs: set[int], n: int) -> list[str]:
    """What the reader saw that is neither the one run nor the other, whole; empty if all is well."""
    said = [
        f"customer {customer} had {len(rows)} different results in run {run}"
        for (customer, run), rows in reader.seen.items()
        if len(rows) > 1
    ]
    said += [f"a run was seen that nobody expected: {run}" for _, run in reader.seen if run not in runs]
    said += [
        f"run {run} was seen with {count} of {n} customers"
        for run, counts in reader.counts.items()
        for count in counts
        if count != n
    ]
    return said
