"""Rules to begin with: each teaches one thing that rules can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Pattern:
    key: str
    name: str
    teaches: str
    draft: dict[str, Any]


EMPTY: Final[dict[str, Any]] = {
    "conditions": {"all": []}, "score": {"base": 100, "terms": []}, "title": "", "body": "", "category": "", "audience": [], "channels": ["feed"],
    "cap_per_days": 14, "priority": 3,
}  # fmt: skip

PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern("blank", "An empty rule", "Begin from nothing.", EMPTY),
    Pattern(
        "deadline", "Money before a deadline", "A balance, the days until a date, and a score that grows with both.",
        {
            "conditions": {"all": [
                {"field": "health_fsa_at_risk_cents", "test": "at_least", "value": 2_500},
                {"field": "health_fsa_spend_by_on", "as": "days_until", "test": "between", "low": 0, "high": 45},
            ]},
            "score": {"base": 300, "terms": [
                {"field": "health_fsa_at_risk_cents", "low": 2_500, "high": 50_000, "points": 300},
                {"field": "health_fsa_spend_by_on", "as": "days_until", "low": 45, "high": 5, "points": 300},
            ]},
            "title": "{health_fsa_at_risk_cents} may be lost on {health_fsa_spend_by_on}",
            "body": "Money in your health FSA that does not carry over is gone after that day. Spend it on eligible products in time.",
            "category": "insight", "audience": ["person"], "channels": ["feed"], "cap_per_days": 7, "priority": 1, "hold_out_percent": 5,
        },
    ),
    Pattern(
        "refill", "A refill that is due", "A date in the near future, a group of alternatives, and a value put into the text.",
        {
            "conditions": {"all": [
                {"field": "next_refill_on", "test": "between", "low": {"from_today": -3}, "high": {"from_today": 10}},
                {"any": [
                    {"field": "repeat_items", "test": "at_least", "value": 2},
                    {"field": "otc_spend_365d_cents", "test": "at_least", "value": 10_000},
                ]},
            ]},
            "score": {"base": 200, "terms": [{"field": "repeat_items", "low": 1, "high": 6, "points": 150}]},
            "title": "Time for your refill", "body": "What you buy again and again is due on {next_refill_on}.",
            "category": "tip", "audience": ["person", "shopper"], "channels": ["feed"], "cap_per_days": 21, "priority": 3,
        },
    ),
    Pattern(
        "share", "A share of sales", "One number divided by another, for merchants.",
        {
            "conditions": {"all": [
                {"field": "store_sales_30d_cents", "test": "at_least", "value": 100_000},
                {"field": "store_left_on_table_30d_cents", "per": "store_sales_30d_cents", "test": "at_least", "value": 0.1},
            ]},
            "score": {"base": 200, "terms": [{"field": "store_left_on_table_30d_cents", "low": 10_000, "high": 500_000, "points": 400}]},
            "title": "{store_left_on_table_30d_cents} of eligible sales went to ordinary cards",
            "body": "Show shoppers at checkout that they can pay eligible products with their benefit card.",
            "category": "guidance", "audience": ["merchant"], "channels": ["portal"], "cap_per_days": 30, "priority": 3,
        },
    ),
)  # fmt: skip


def pattern_named(key: str) -> Pattern | None:
    return next((one for one in PATTERNS if one.key == key), None)
