"""Definitions and customers of every kind, also broken ones, for tests that try many."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import groupby

from hypothesis import HealthCheck
from hypothesis import strategies as st

from rules.definition.conditions import DATE_TESTS, HIGH_SIDED, NUMBER_TESTS, TWO_SIDED
from rules.definition.tree import (
    ChoiceCondition,
    DateCondition,
    Day,
    Definition,
    FlagCondition,
    Group,
    KnownCondition,
    NumberCondition,
    Operand,
    Score,
    ScoreTerm,
    SetCondition,
)
from rules.fields.catalogue import FIELDS, KINDS

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
TODAY = date(2026, 11, 22)
BY_KIND = groupby(sorted(FIELDS, key=lambda each: (each.type, each.missing)), key=lambda each: (each.type, each.missing))
FEW = [each for _, alike in BY_KIND for each in list(alike)[:3]]  # so that rules meet, and customers are quickly made
BY_TYPE = {type: [each for each in FEW if each.type == type] for type in sorted({each.type for each in FEW})}
NUMBERS = [*BY_TYPE["integer"], *BY_TYPE["cents"], *BY_TYPE["number"]]
ELEMENTS = ["contacts", "pain relief", "o'clock", "naïve “x”", "a\\b", "100% off", "mer_1"]

whole_numbers = st.one_of(st.sampled_from([0, 1, -1, 50, 100, 5000, 10**6, 10**12]), st.integers(-(10**9), 10**9))
any_numbers = st.one_of(whole_numbers, st.floats(-1e15, 1e15, allow_nan=False), st.sampled_from([0.5, 0.1, 1 / 3, 1e-12])).map(
    lambda number: float(number) + 0.0
)
days = st.one_of(
    st.integers(-400, 400).map(lambda n: Day(from_today=n)), st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(lambda d: Day(on=d))
)


@st.composite
def operands(draw, *, ratio=True):
    how = draw(
        st.sampled_from(["value", "days_until", "days_since", "ratio"] if ratio else ["value", "days_until", "days_since"])
    )
    if how == "value":
        return Operand(draw(st.sampled_from(NUMBERS)).name)
    if how == "ratio":
        return Operand(draw(st.sampled_from(NUMBERS)).name, per=draw(st.sampled_from(NUMBERS)).name)
    return Operand(draw(st.sampled_from(BY_TYPE["date"])).name, how)


def _sides(draw, test, values):
    if test in TWO_SIDED:
        return draw(values), draw(values)
    value = draw(values)
    return (None, value) if test in HIGH_SIDED else (value, None)


@st.composite
def number_conditions(draw):
    operand = draw(operands())
    test = draw(st.sampled_from(NUMBER_TESTS))
    field = next(each for each in FIELDS if each.name == operand.field)
    values = any_numbers if operand.per or field.type == "number" else whole_numbers.map(float)
    low, high = _sides(draw, test, values)
    if test in TWO_SIDED and low > high:
        low, high = high, low
    return NumberCondition(operand, test, low, high)


@st.composite
def date_conditions(draw):
    test = draw(st.sampled_from(DATE_TESTS))
    low, high = _sides(draw, test, days)
    if test == "between":
        if low.on and high.on and low.on > high.on:
            low, high = high, low
        if low.on is None and high.on is None and low.from_today > high.from_today:
            low, high = high, low
    return DateCondition(draw(st.sampled_from(BY_TYPE["date"])).name, test, low, high)


@st.composite
def choice_conditions(draw):
    field = draw(st.sampled_from(BY_TYPE["text"]))
    values = draw(st.lists(st.sampled_from(sorted(field.choices)), min_size=1, unique=True))
    return ChoiceCondition(field.name, draw(st.sampled_from(["is_one_of", "is_none_of"])), tuple(values))


@st.composite
def set_conditions(draw):
    field = draw(st.sampled_from(BY_TYPE["set"]))
    values = draw(st.lists(st.sampled_from(sorted(field.choices) or ELEMENTS), min_size=1, max_size=4, unique=True))
    return SetCondition(field.name, draw(st.sampled_from(["has_any_of", "has_all_of", "has_none_of"])), tuple(values))


flag_conditions = st.builds(
    FlagCondition, st.sampled_from([each.name for each in BY_TYPE["flag"]]), st.sampled_from(["is_true", "is_false"])
)
known_conditions = st.builds(
    KnownCondition, st.sampled_from([each.name for each in FEW]), st.sampled_from(["is_missing", "is_known"])
)
leaf_conditions = st.one_of(
    number_conditions(), date_conditions(), choice_conditions(), set_conditions(), flag_conditions, known_conditions
)


def groups(conditions, most):
    return st.builds(
        Group, st.sampled_from(["all", "any", "none"]), st.lists(conditions, max_size=most).map(lambda each: tuple(each))
    )


conditions = st.recursive(leaf_conditions, lambda inner: groups(inner, 4), max_leaves=12)


@st.composite
def terms(draw):
    low, high = draw(any_numbers), draw(any_numbers)
    if low == high:
        high = low + 1.0
    return ScoreTerm(
        draw(operands()), low, high, draw(st.one_of(st.integers(-1000, 1000), st.floats(-1000, 1000)).map(float)) + 0.0
    )


scores = st.builds(
    Score,
    st.one_of(st.floats(-1000, 1000), st.sampled_from([-90.0, -0.5, 0.0, 0.5, 999.5, 1000.0])).map(lambda base: base + 0.0),
    st.lists(terms(), max_size=4).map(lambda each: tuple(each)),
)
periods = st.one_of(st.none(), st.dates(date(2026, 11, 15), date(2026, 11, 30)))


@st.composite
def definitions(draw):
    starts_on, ends_on = draw(periods), draw(periods)
    if starts_on and ends_on and starts_on > ends_on:
        starts_on, ends_on = ends_on, starts_on
    audience = draw(st.lists(st.sampled_from(["person", "shopper", "merchant"]), min_size=1, unique=True))
    return Definition(
        conditions=draw(groups(conditions, 14)),
        score=draw(scores),
        title="Use {health_fsa_balance_cents}",
        body="By {health_fsa_spend_by_on}: {account_kinds}, {main_bucket}.",
        category="saving",
        audience=tuple(each for each in ("person", "shopper", "merchant") if each in audience),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _values_of(field):
    """Values as they should be, and as broken data has them."""
    whole = st.one_of(
        st.sampled_from([0, 1, 50, 100, 5000, 2**31 - 1, 10**10, 10**10 + 1, -1]), st.integers(-(2**31) + 1, 2**31 - 1)
    )
    if field.type == "integer":
        return whole.filter(lambda number: number < 2**31)
    if field.type == "cents":
        return st.one_of(whole, st.integers(-(2**63) + 1025, 2**63 - 1))
    if field.type == "number":
        return st.one_of(st.floats(0, 100), st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 5e-324, -0.0]))
    if field.type == "date":
        near = st.integers(-450, 450).map(lambda n: TODAY + timedelta(days=n))
        return st.one_of(near, st.dates(), st.sampled_from([date.min, date.max, TODAY + timedelta(days=36_525)]))
    if field.type == "flag":
        return st.booleans()
    if field.type == "text":
        return st.sampled_from([*sorted(field.choices), "nonsense"])
    return st.frozensets(st.sampled_from(sorted(field.choices) or ELEMENTS), max_size=5)


@st.composite
def customers(draw):
    """Some fields are missing, most that rules of these strategies ask for are not."""
    seen = {field.name: _values_of(field) for field in FEW if field.name != "customer_kind"}
    left_out = draw(st.sets(st.sampled_from(sorted(seen)), max_size=8))
    values = {name: draw(made) for name, made in seen.items() if name not in left_out}
    return {**values, "customer_kind": draw(st.sampled_from([*KINDS, "person", None]))}
