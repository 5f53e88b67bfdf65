"""What the checks claim of conditions is so: no customer of the independent evaluator's ever contradicts them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from rules.checks.check import check
from rules.checks.formulas import can_be_true
from rules.checks.regions import INF, Span, gaps
from rules.checks.space import CustomerSpace, formula_of
from rules.definition.parse import parse
from rules.definition.tree import Definition, Group, Score
from rules.engine.oracle import judge
from rules.fields.catalogue import FIELDS
from rules.tests import strategies as wide
from rules.tests.snoops import UNUSED

TODAY = wide.TODAY
KINDS = ("person", "shopper", "merchant")
FEW = {  # so few fields and values that conditions meet
    "hsa_balance_cents": [None, 0, 1, 5, 10, 11, 10**11],
    "spend_90d_cents": [None, 0, 1, 5, 10, -1],
    "store_decline_percent_30d": [None, 0.0, 4.999, 5.0, 50.5, 100.0, 101.0],
    "health_fsa_spend_by_on": [None, *(TODAY + timedelta(days=n) for n in (-5, -1, 0, 1, 5)), date.max],
    "main_bucket": [None, "otc", "rx", "vision", "nonsense"],
    "account_kinds": [None, frozenset(), frozenset({"hsa"}), frozenset({"hsa", "hra"})],
    "bank_linked": [None, True, False],
    "customer_kind": list(KINDS),
}  # fmt: skip
small = st.sampled_from([-1, 0, 1, 5, 10, 50])
near = st.sampled_from([-5, -1, 0, 1, 5])


@st.composite
def leaves(draw):
    name = draw(st.sampled_from(sorted(FEW)))
    field = {"field": name}
    if draw(st.integers(0, 5)) == 0:
        return {**field, "test": draw(st.sampled_from(["is_missing", "is_known"]))}
    match name:
        case "main_bucket" | "customer_kind":
            codes = ["otc", "rx", "vision", "dental", "clinic"] if name == "main_bucket" else list(KINDS)
            values = draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
            return {**field, "test": draw(st.sampled_from(["is_one_of", "is_none_of"])), "values": values}
        case "account_kinds":
            values = draw(st.lists(st.sampled_from(["hsa", "hra"]), min_size=1, unique=True))
            return {**field, "test": draw(st.sampled_from(["has_any_of", "has_all_of", "has_none_of"])), "values": values}
        case "bank_linked":
            return {**field, "test": draw(st.sampled_from(["is_true", "is_false"]))}
        case "health_fsa_spend_by_on" if draw(st.booleans()):
            days = sorted([draw(near), draw(near)])
            if draw(st.booleans()):
                return {**field, "test": "between", "low": {"from_today": days[0]}, "high": {"from_today": days[1]}}
            on = {"on": (TODAY + timedelta(days=days[0])).isoformat()}
            return {**field, "test": draw(st.sampled_from(["on_or_before", "on_or_after"])), "value": on}
        case "health_fsa_spend_by_on":
            field = {**field, "as": draw(st.sampled_from(["days_until", "days_since"]))}
        case "hsa_balance_cents" if draw(st.booleans()):
            field = {**field, "per": draw(st.sampled_from(["hsa_balance_cents", "spend_90d_cents"]))}
    test = draw(st.sampled_from(["equals", "differs", "more_than", "at_least", "less_than", "at_most", "between", "outside"]))
    if test in {"between", "outside"}:
        low, high = sorted([draw(small), draw(small)])
        return {**field, "test": test, "low": low, "high": high}
    return {**field, "test": test, "value": draw(small)}


trees = st.recursive(
    leaves(),
    lambda inner: st.builds(
        lambda match, parts: {match: parts}, st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
roots = st.lists(trees, min_size=1, max_size=3).map(lambda parts: {"all": parts})


@st.composite
def customers(draw, kind):
    """As the database has them: what customers of this kind cannot have is missing."""
    theirs = {one.name for one in FIELDS if kind in one.audiences}
    values = {name: draw(st.sampled_from(values)) for name, values in FEW.items() if name in theirs}
    return {**values, "customer_kind": kind}


def definition_of(conditions, audience=KINDS) -> Definition:
    return parse({**UNUSED, "conditions": conditions, "title": "A", "body": "B", "audience": list(audience), "score": {}})


def holds(definition, values):
    return judge(definition, values, TODAY, values["customer_kind"]).qualifies


CLAIMS = {"never": 0, "always": 0}


@seed(20261122)
@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions=roots, kind=st.sampled_from(KINDS), data=st.data())
def _no_customer_contradicts(conditions, kind, data):
    definition = definition_of(conditions)
    space = CustomerSpace(kind)
    never = can_be_true(formula_of(definition.conditions), space) is False
    always = can_be_true(formula_of(definition.conditions, holds=False), space) is False
    CLAIMS["never"] += never
    CLAIMS["always"] += always
    if never or always:
        for _ in range(10):
            assert holds(definition, data.draw(customers(kind))) == always


def test_no_customer_contradicts_what_is_claimed_of_never_and_always():
    _no_customer_contradicts()

    assert CLAIMS["never"] > 80  # the proof is of no use if it never claims anything
    assert CLAIMS["always"] > 8


def test_whatever_happens_to_be_true_is_never_called_impossible():
    """The other way round: whenever some customer qualifies, the conditions are not called impossible; and so with the opposite."""

    @seed(20261123)
    @settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
    @given(conditions=roots, data=st.data(), kind=st.sampled_from(KINDS))
    def there_is_a_customer(conditions, data, kind):
        definition = definition_of(conditions)
        is_true = holds(definition, data.draw(customers(kind)))
        assert can_be_true(formula_of(definition.conditions, holds=is_true), CustomerSpace(kind)) is not False

    there_is_a_customer()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions=wide.groups(wide.conditions, 8), values=wide.customers(), kind=st.sampled_from(KINDS))
def test_nor_of_any_field_with_any_value(conditions, values, kind):
    theirs = {one.name for one in FIELDS if kind in one.audiences}
    values = {**{name: value for name, value in values.items() if name in theirs}, "customer_kind": kind}
    definition = Definition(Group("all", (conditions,)), Score(), "A", "B", "tip", KINDS)

    is_true = judge(definition, values, wide.TODAY, kind).qualifies

    assert can_be_true(formula_of(conditions, holds=is_true), CustomerSpace(kind)) is not False


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=8, unique=True), st.floats(-100, 100), st.booleans(), st.booleans())
def test_a_number_lies_in_spans_or_in_their_gaps_and_never_in_both(ends, number, low_open, high_open):
    ends = sorted(ends[: len(ends) // 2 * 2])
    spans = [Span(low, high, low_open, high_open) for low, high in zip(ends[::2], ends[1::2], strict=True)]

    def within(span):
        above = number > span.low or (number == span.low and not span.low_open)
        return above and (number < span.high or (number == span.high and not span.high_open))

    assert any(map(within, spans)) != any(map(within, gaps(spans)))


def test_the_gap_of_nothing_is_everything():
    assert gaps([]) == (Span(-INF, INF),)
    assert gaps([Span(-INF, INF)]) == ()


def found(conditions, *, audience=("person",), title="A", body="B", **more):
    data = {
        **UNUSED,
        "score": {"base": 10},
        "conditions": conditions,
        "audience": list(audience),
        "title": title,
        "body": body,
        **more,
    }
    return [(one.level, one.path, one.message) for one in check(parse(data), today=TODAY)]


def number(field, test, **values):
    return {"field": field, "test": test, **values}


LARGE = number("hsa_balance_cents", "more_than", value=50_000)
SMALL = number("hsa_balance_cents", "less_than", value=40_000)


@pytest.mark.parametrize(
    ("conditions", "path", "words"),
    [
        ({"all": [LARGE, SMALL]}, "conditions.all[1]", "contradict each other"),
        ({"all": [LARGE, {"any": [SMALL, number("hsa_balance_cents", "is_missing")]}]}, "conditions.all[1]", "contradict"),
        ({"all": [number("purchases_30d", "between", low=-5, high=-1)]}, "conditions.all[0]", "true of nobody"),
        ({"all": [number("hsa_balance_cents", "equals", value=1), {"none": [number("hsa_balance_cents", "is_known")]}]}, "conditions.all[1]", "contradict"),
        ({"all": [number("store_products", "at_least", value=3)]}, "conditions.all[0]", "products is known of each merchant only"),
        ({"any": []}, "conditions", "No customer can ever qualify"),
        ({"all": [{"field": "account_kinds", "test": "has_all_of", "values": ["hsa"]}, {"field": "account_kinds", "test": "has_none_of", "values": ["hsa", "hra"]}]},
         "conditions.all[1]", "contradict each other"),
        ({"all": [number("hsa_balance_cents", "more_than", value=1), {"field": "hsa_balance_cents", "per": "spend_90d_cents", "test": "more_than", "value": 1},
                  number("spend_90d_cents", "at_most", value=0)]}, "conditions.all[2]", "contradict each other"),
    ],
)  # fmt: skip
def test_what_nobody_can_meet_is_an_error_that_points_at_the_cause(conditions, path, words):
    errors = [one for one in found(conditions) if one[0] == "error"]

    assert [(level, at) for level, at, _ in errors] == [("error", path)]
    assert words in errors[0][2]


def test_whole_numbers_between_two_neighbours_are_none():
    conditions = {"all": [number("purchases_30d", "more_than", value=3), number("purchases_30d", "less_than", value=4)]}

    assert found(conditions)[0][0] == "error"


def test_a_percentage_between_two_whole_numbers_is_possible():
    field = "store_decline_percent_30d"
    conditions = {"all": [number(field, "more_than", value=3), number(field, "less_than", value=4)]}

    assert found(conditions, audience=["merchant"]) == [("warning", "channels", "A merchant looks at none of these channels.")]


def test_an_audience_that_can_never_meet_it_is_a_warning():
    conditions = {"all": [LARGE]}

    assert found(conditions, audience=["person", "shopper"]) == [
        ("warning", "conditions.all[0]", "No shopper at one merchant can ever qualify, though the rule is for them: HSA balance is known of each person only.")
    ]  # fmt: skip


def test_what_everybody_meets_is_a_warning():
    assert ("warning", "conditions", "Every customer of the audience qualifies.") in found({"all": []})


def test_a_condition_that_is_always_true_decides_nothing():
    conditions = {"all": [LARGE, number("purchases_30d", "at_least", value=0)]}

    ((level, path, message),) = found(conditions)
    assert (level, path) == ("warning", "conditions.all[1]")
    assert message.endswith("is at least 0” is always true and decides nothing.")


def test_a_condition_that_another_implies_is_a_hint_and_only_one_of_two_alike_is_told():
    more = number("hsa_balance_cents", "more_than", value=20_000)

    assert [one[:2] for one in found({"all": [more, LARGE]})] == [("hint", "conditions.all[0]")]
    assert [one[:2] for one in found({"all": [LARGE, LARGE]})] == [("hint", "conditions.all[1]")]
    assert [one[:2] for one in found({"any": [more, LARGE]})] == [("hint", "conditions.any[1]")]


def test_conditions_that_say_something_each_are_not_told_of():
    assert (
        found({"all": [LARGE, {"any": [number("hsa_room_cents", "more_than", value=1000), number("bank_linked", "is_true")]}]})
        == []
    )


def test_a_placeholder_must_be_known_in_every_way_in_which_the_rule_is_true():
    either = {"any": [LARGE, number("hsa_room_cents", "more_than", value=50_000)]}

    assert found({"all": [either]}, title="{hsa_balance_cents} in your HSA") == [
        ("error", "title", "The text names HSA balance, of which nothing may be known although the rule qualifies.")
    ]
    assert found({"all": [either, number("hsa_balance_cents", "is_known")]}, title="{hsa_balance_cents} in your HSA") == []
    assert found({"all": [LARGE, number("spend_90d_cents", "more_than", value=9900)]}, title="{spend_90d_cents}") == []


def test_where_the_proof_would_take_too_long_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr("rules.checks.formulas.STEPS", 2)

    assert can_be_true(formula_of(definition_of({"all": [LARGE, SMALL]}).conditions), CustomerSpace("person")) is None
    assert found({"all": [LARGE, SMALL]}) == []
