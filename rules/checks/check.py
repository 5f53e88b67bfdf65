"""All checks of one definition."""

from __future__ import annotations

from datetime import date

from rules.checks.findings import Finding, in_order
from rules.checks.limits import check_cost, check_score, check_showing, check_texts
from rules.checks.truth import check_fields, check_placeholders, check_truth
from rules.checks.units import check_units
from rules.customers.today import rules_today
from rules.definition.tree import Definition


def check(definition: Definition, *, today: date | None = None) -> list[Finding]:
    """What is wrong or odd about a definition that `parse` could read: errors first, then warnings, then hints.

    today: for periods that are over; the day of RULES_TIME_ZONE if not given. Nothing is said of the definition that is not so:
    where a proof would take too long, it says nothing.
    """
    day = today or rules_today()
    return in_order(
        [
            *check_fields(definition), *check_truth(definition), *check_placeholders(definition), *check_texts(definition),
            *check_showing(definition, day), *check_units(definition), *check_score(definition), *check_cost(definition),
        ]
    )  # fmt: skip
