"""Customers as the simulator takes them: what is stored of each, and what they qualify for by the rules in force."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np

from rules.customers.refresh import stored_values
from rules.engine.live import live
from rules.learning.simulate import Visitor
from rules.learning.vectors import Candidate


def visitors_of(customer_ids: Collection[int], today: date) -> list[Visitor]:
    """Those of whom something is stored. Raises RulesNotPublished."""
    rules, known = live(), stored_values(customer_ids)
    if not known:
        return []
    plan = rules.plan(today)
    outcome = plan.evaluate(plan.pack_many(known.values()))
    by_slot = rules.rule_set.by_slot
    return [
        Visitor(
            customer_id, values,
            [
                Candidate(by_slot[slot].public_id, slot, int(scores[slot]), by_slot[slot].definition)
                for slot in map(int, np.flatnonzero(scores >= 0)) if slot in by_slot
            ],
        )
        for (customer_id, values), scores in zip(known.items(), outcome.scores, strict=True)
    ]  # fmt: skip
