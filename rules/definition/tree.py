"""A rule as data: a tree of conditions, a score, two texts. Immutable; JSON is its written form (`rules.definition.parse`).

Meaning, the same for every evaluator (docs/adr says why):

* A field that is missing, or lies outside what is plausible, has no value, unless its field's policy says that missing is zero.
* A test without a value is false; `is_missing` alone is then true. A ratio whose divisor is 0 has no value.
* `all` of no conditions is true, `any` of none is false, `none` of none is true.
* Scores are IEEE doubles, added from left to right: base, then points × clip((value − low) / (high − low), 0, 1) for each term, and
  nothing for a term without a value; then rounded down and clipped to 0 … MAX_SCORE. So any two evaluators agree to the last bit.
* A customer of another audience, or a day outside the rule's period, never qualifies and scores 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from rules.fields.types import Audience

MAX_SCORE: Final = 1_000
MAX_TOP_CONDITIONS: Final = 14  # a bit each in the 16 of a reason mask; two bits are the audience and the period

Category = Literal["insight", "saving", "offer", "reward", "tip", "guidance"]
Channel = Literal["feed", "push", "email", "portal"]
Match = Literal["all", "any", "none"]
Transform = Literal["value", "days_until", "days_since"]
NumberTest = Literal["equals", "differs", "more_than", "at_least", "less_than", "at_most", "between", "outside"]
DateTest = Literal["on_or_before", "on_or_after", "between"]  # with days from today, or with a date of the calendar
ChoiceTest = Literal["is_one_of", "is_none_of"]
SetTest = Literal["has_any_of", "has_all_of", "has_none_of"]
FlagTest = Literal["is_true", "is_false"]
KnownTest = Literal["is_missing", "is_known"]


@dataclass(frozen=True, slots=True)
class Operand:
    """A number that a condition or a score looks at: a field of a number type; of a date, the days until or since; or field ÷ per."""

    field: str
    transform: Transform = "value"
    per: str = ""  # another field of a number type: the operand is field / per, which has no value where that is 0


@dataclass(frozen=True, slots=True)
class NumberCondition:
    """low and high in the operand's unit; one-sided tests use the one, `equals` and `differs` use low. Both ends are included."""

    operand: Operand
    test: NumberTest
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day: so many days from today (negative: ago), or one of the calendar."""

    from_today: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class DateCondition:
    """`on_or_before` uses high, `on_or_after` low, `between` both, both included."""

    field: str
    test: DateTest
    low: Day | None = None
    high: Day | None = None


@dataclass(frozen=True, slots=True)
class ChoiceCondition:
    field: str
    test: ChoiceTest
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetCondition:
    field: str
    test: SetTest
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlagCondition:
    field: str
    test: FlagTest


@dataclass(frozen=True, slots=True)
class KnownCondition:
    """Of any type of field. A field whose policy is zero is always known."""

    field: str
    test: KnownTest


@dataclass(frozen=True, slots=True)
class Group:
    match: Match
    conditions: tuple[Condition, ...]


Leaf = NumberCondition | DateCondition | ChoiceCondition | SetCondition | FlagCondition | KnownCondition
Condition = Leaf | Group


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """0 points where the operand is at `low` or beyond, `points` at `high` or beyond, linear between; low may exceed high."""

    operand: Operand
    low: float
    high: float
    points: float


@dataclass(frozen=True, slots=True)
class Score:
    base: float = 0
    terms: tuple[ScoreTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What a rule says. Its name, state and history are rows (`rules.models.definitions`).

    title, body: with {field_name} where a value goes, formatted by the field's type (`rules.definition.texts`).
    action_url: where following it leads, a path of the platform's or https. cap_per_days: shown at most once in so many days;
    0: no cap. priority: 1 (first) to 5. starts_on, ends_on: both included. hold_out_percent: of qualifying customers, chosen by a
    stable hash, who are not shown it, so that its effect can be measured. uses_learned_relevance: the ranker's word counts too.
    """

    conditions: Group
    score: Score
    title: str
    body: str
    category: Category
    audience: tuple[Audience, ...]
    channels: tuple[Channel, ...] = ("feed",)
    action_label: str = ""
    action_url: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    cap_per_days: int = 0
    priority: int = 3
    hold_out_percent: int = 0
    uses_learned_relevance: bool = False
