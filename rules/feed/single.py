"""One rule for one customer, by the evaluator of the runs."""

from __future__ import annotations

from datetime import date

from rules.engine.live import Rules
from rules.fields.values import Values
from rules.results.codes import qualifies, score_of


def judge_one(rules: Rules, rule: str, values: Values, today: date) -> tuple[bool, int, int]:
    """(qualifies, score 0 to 1000, reason mask). rule: public id. values hold `customer_kind`, as every audience asks for it.

    The plan of one rule and day is compiled once in each process. Raises KeyError where the version has no such rule.
    """
    plan = rules.plan(today).only(rule)
    outcome = plan.evaluate(plan.pack(values))
    code = int(outcome.scores[0, 0])
    return qualifies(code), score_of(code), int(outcome.reasons[0, 0])
