"""What a ranker may know: numbers of a customer, of a rule for that customer, and of the place where it is shown.

CUSTOMER_FEATURES: every number, date (days until; negative: past), flag, choice (its index) and set (its size) of the
catalogue. RULE_FEATURES: what the rule is, and what it says to this customer. CONTEXT_FEATURES: where and when.
Missing is NaN, which LightGBM sends its own way. Whoever changes any of these raises FEATURE_VERSION: a model serves one version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rules.definition.tree import (
    Category,
    ChoiceCondition,
    Condition,
    DateCondition,
    Definition,
    FlagCondition,
    Group,
    KnownCondition,
    NumberCondition,
    SetCondition,
)
from rules.fields.catalogue import BY_NAME, FIELDS
from rules.fields.types import Field

FEATURE_VERSION: Final = 1
Matrix = NDArray[np.float32]
CATEGORIES: Final[tuple[Category, ...]] = ("insight", "saving", "offer", "reward", "tip", "guidance")
CHANNELS: Final = ("feed", "push", "email", "portal")
GROUPS: Final = tuple(dict.fromkeys(each.group for each in FIELDS))
CUSTOMER_FEATURES: Final = tuple(each.name for each in FIELDS)
RULE_FEATURES: Final = (
    "rule_slot", "rule_category", "rule_priority", "rule_score", "rule_conditions", "rule_cents", "rule_days_left",
    *(f"rule_asks_{group.lower().replace(' ', '_')}" for group in GROUPS),
)  # fmt: skip
CONTEXT_FEATURES: Final = ("channel", "weekday", "month", "place")
FEATURES: Final = (*CUSTOMER_FEATURES, *RULE_FEATURES, *CONTEXT_FEATURES)
# Numbers that name things. LightGBM must not take their order for a meaning.
CATEGORICAL: Final = ("customer_kind", "main_account_kind", "last_decline", "main_channel", "main_bucket", "rule_slot", "rule_category", "channel")  # fmt: skip
WORDS: Final = {
    "rule_slot": "which Snoop it is", "rule_category": "category of the Snoop", "rule_priority": "priority of the Snoop",
    "rule_score": "stored score", "rule_conditions": "number of its conditions", "rule_cents": "money that it is about",
    "rule_days_left": "days to the day that it is about", "channel": "channel", "weekday": "day of the week", "month": "month",
    "place": "place in the feed",
}  # fmt: skip
SERVED_PLACE: Final = 0  # all candidates are asked about as if they stood first: what the place did is not the rule's merit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule for which the customer qualifies. rule: its public id; slot, score (0 … 1000): as the run stored them."""

    rule: str
    slot: int
    score: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when: a channel of the definition's, and the day in RULES_TIME_ZONE."""

    channel: str
    today: date


@dataclass(frozen=True, slots=True)
class _Rule:
    definition: Definition
    cents: tuple[Field, ...]
    days: tuple[Field, ...]
    fixed: tuple[float, ...]  # category, number of conditions … and the groups of fields that it asks about


_rules: dict[str, _Rule] = {}


def customer_vector(values: Mapping[str, Any], today: date) -> Matrix:
    """float32 [CUSTOMER_FEATURES]."""
    return np.array([_number(each, values, today) for each in FIELDS], dtype=np.float32)


def rule_matrix(values: Mapping[str, Any], candidates: Sequence[Candidate], today: date) -> Matrix:
    """float32 [candidates, RULE_FEATURES]."""
    rows = [_rule_row(values, candidate, today) for candidate in candidates]
    return np.array(rows, dtype=np.float32).reshape(len(candidates), len(RULE_FEATURES))


def whole(customer: Matrix, rules: Matrix, context: Context, places: Sequence[int] | None = None) -> Matrix:
    """float32 [candidates, FEATURES]. places: where each stood, for training; without, all are asked about as if first."""
    count, first, second = len(rules), len(CUSTOMER_FEATURES), len(CUSTOMER_FEATURES) + len(RULE_FEATURES)
    made = np.empty((count, len(FEATURES)), dtype=np.float32)
    made[:, :first] = customer
    made[:, first:second] = rules
    channel = CHANNELS.index(context.channel) if context.channel in CHANNELS else np.nan
    made[:, second:-1] = (channel, context.today.weekday(), context.today.month)
    made[:, -1] = SERVED_PLACE if places is None else places
    return made


def feature_words(name: str) -> str:
    """A feature as a curator would call it."""
    if name in BY_NAME:
        return BY_NAME[name].label
    return WORDS.get(name, f"it asks about {name.removeprefix('rule_asks_').replace('_', ' ')}")


def _number(field: Field, values: Mapping[str, Any], today: date) -> float:
    value = values.get(field.name)
    if value is None:
        return 0.0 if field.missing == "zero" and not field.choices else np.nan
    match field.type:
        case "date":
            number = float((value - today).days)
        case "set":
            return float(len(value))
        case "text":
            return float(list(field.choices).index(value)) if value in field.choices else np.nan
        case _:
            number = float(value)
    return number if field.low <= number <= field.high else np.nan


def _rule_row(values: Mapping[str, Any], candidate: Candidate, today: date) -> tuple[float, ...]:
    known = _rules.get(candidate.rule)
    if known is None or known.definition is not candidate.definition:
        known = _rules[candidate.rule] = _described(candidate.definition)
    cents = [number for field in known.cents if (number := _number(field, values, today)) == number]
    days = [number for field in known.days if (number := _number(field, values, today)) >= 0]
    category, conditions, *groups = known.fixed
    return (
        candidate.slot, category, candidate.definition.priority, candidate.score, conditions,
        max(cents, default=np.nan), min(days, default=np.nan), *groups,
    )  # fmt: skip


def _described(definition: Definition) -> _Rule:
    asked = [field for name in dict.fromkeys(_names(definition.conditions)) if (field := BY_NAME.get(name))]
    groups = {field.group for field in asked}
    return _Rule(
        definition,
        cents=tuple(field for field in asked if field.type == "cents"),
        days=tuple(field for field in asked if field.type == "date"),
        fixed=(
            float(CATEGORIES.index(definition.category)), float(len(definition.conditions.conditions)),
            *(float(group in groups) for group in GROUPS),
        ),
    )  # fmt: skip


def _names(condition: Condition) -> Iterator[str]:
    match condition:
        case Group():
            for each in condition.conditions:
                yield from _names(each)
        case NumberCondition():
            yield condition.operand.field
            if condition.operand.per:
                yield condition.operand.per
        case DateCondition() | ChoiceCondition() | SetCondition() | FlagCondition() | KnownCondition():
            yield condition.field
