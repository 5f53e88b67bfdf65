"""The plan of legs, by example and for any basket: sums, order, the smallest charge, never more than is eligible."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.legs import Leg, LegPlan, Payer, approved_part, plan_legs

ORDINARY = Payer()


def plan(totals, *payers, minimum=50, **more):
    return plan_legs(totals=totals, payers=payers, minimum_cents=minimum, **more)


def amounts(found):
    return [(leg.payer, leg.amount_cents) for leg in found.legs]


def test_a_benefit_card_takes_what_it_may_and_the_other_card_the_rest():
    found = plan({0: 3000, 1: 1200}, Payer({0: 3000}), ORDINARY)

    assert found == LegPlan((Leg(0, {0: 3000}), Leg(1, {1: 1200})), 0)


def test_the_second_benefit_card_is_asked_only_for_what_the_first_does_not_take():
    found = plan({0: 3000, 1: 1200}, Payer({0: 3000}, limit_cents=1000), Payer({0: 3000}), ORDINARY)

    assert [leg.parts for leg in found.legs] == [{0: 1000}, {0: 2000}, {1: 1200}]


def test_a_second_benefit_card_with_nothing_left_is_not_asked():
    assert amounts(plan({0: 3000, 1: 1200}, Payer({0: 3000}), Payer({0: 3000}), ORDINARY)) == [(0, 3000), (2, 1200)]


def test_a_limited_card_leaves_first_what_only_a_later_benefit_card_can_pay():
    hsa, dental_only = Payer({0: 2000, 1: 2000}, limit_cents=2000), Payer({1: 2000})

    assert [leg.parts for leg in plan({0: 2000, 1: 2000}, hsa, dental_only).legs] == [{0: 2000}, {1: 2000}]


def test_an_ordinary_card_in_front_leaves_benefit_cards_what_they_may_pay():
    found = plan({0: 3000, 1: 1200}, ORDINARY, Payer({0: 3000}))

    assert [leg.parts for leg in found.legs] == [{1: 1200}, {0: 3000}]


def test_an_ordinary_card_in_front_pays_up_to_its_limit_and_takes_from_the_benefit_card_last():
    found = plan({0: 3000, 1: 1200}, Payer(limit_cents=2000), Payer({0: 3000}))

    assert [leg.parts for leg in found.legs] == [{1: 1200, 0: 800}, {0: 2200}]


def test_what_no_card_carries_is_told():
    assert plan({0: 3000, 1: 1200}, Payer({0: 3000})).uncovered_cents == 1200
    assert plan({0: 3000}, Payer({0: 3000}, limit_cents=1000)).uncovered_cents == 2000


def test_a_rest_below_the_smallest_charge_is_lifted_by_the_benefit_leg():
    assert amounts(plan({0: 3000, 1: 20}, Payer({0: 3000}), ORDINARY)) == [(0, 2970), (1, 50)]


def test_a_small_second_benefit_leg_is_lifted_by_the_first():
    found = plan({0: 3000, 1: 1200}, Payer({0: 3000}, limit_cents=2980), Payer({0: 3000}), ORDINARY)

    assert amounts(found) == [(0, 2950), (1, 50), (2, 1200)]


def test_a_small_benefit_leg_that_nothing_can_lift_is_left_to_the_ordinary_card():
    assert amounts(plan({0: 30, 1: 1200}, Payer({0: 30}), ORDINARY)) == [(1, 1230)]


def test_a_leg_that_stays_too_small_is_told():
    assert plan({0: 30}, ORDINARY).too_small == Leg(0, {0: 30})
    assert plan({0: 60, 1: 30}, Payer({0: 60}), ORDINARY).too_small == Leg(1, {1: 30})


def test_after_a_partial_approval_the_rest_goes_on_to_the_next_card():
    payers = (Payer({0: 3000}), Payer({0: 3000}), ORDINARY)
    first = approved_part(totals={0: 3000, 1: 1200}, payers=payers, answered=(), asked=Leg(0, {0: 3000}), approved_cents=2000)

    found = plan({0: 3000, 1: 1200}, *payers, answered=[first], begin=1)

    assert [leg.parts for leg in found.legs] == [{0: 1000}, {1: 1200}]


def test_a_partial_approval_pays_first_what_a_later_benefit_card_cannot():
    payers = (Payer({0: 2000, 1: 2000}), Payer({1: 2000}))
    asked = Leg(0, {0: 2000, 1: 2000})

    got = approved_part(totals={0: 2000, 1: 2000}, payers=payers, answered=(), asked=asked, approved_cents=2500)

    assert got.parts == {0: 2000, 1: 500}


# --- For any basket ---

CENTS = st.integers(0, 20_000)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly


@st.composite
def baskets(draw):
    """Lines, two benefit cards at most and an ordinary one at most in any order, limits, a smallest charge, and how much each
    issuer would approve at most."""
    totals = dict(enumerate(draw(st.lists(CENTS, min_size=1, max_size=6))))
    limits = st.none() | CENTS
    benefits = [
        Payer({i: draw(st.sampled_from([0, total // 3, total])) for i, total in totals.items()}, draw(limits))
        for _ in range(draw(st.integers(0, 2)))
    ]
    ordinary = draw(st.sampled_from([[], [Payer()], [Payer(limit_cents=draw(CENTS))]]))
    payers = draw(st.permutations([*benefits, *ordinary]))
    balances = [draw(st.none() | CENTS) if payer.is_benefit else None for payer in payers]
    return totals, payers, draw(st.sampled_from([0, 1, 50, 500])), balances


def play(totals, payers, minimum, balances):
    """Ask leg after leg as a payment does; returns the legs as approved, every plan, and the last plan."""
    answered, begin, plans = [], 0, []
    while True:
        found = plan(totals, *payers, minimum=minimum, answered=answered, begin=begin)
        plans.append(found)
        if not found.legs or found.too_small:
            return answered, plans
        asked = found.legs[0]
        balance = balances[asked.payer]
        approved = asked.amount_cents if balance is None else min(balance, asked.amount_cents)
        if approved == 0:
            return answered, plans
        answered.append(approved_part(totals=totals, payers=payers, answered=answered, asked=asked, approved_cents=approved))
        begin = asked.payer + 1


@unhurried
@given(baskets())
def test_every_plan_adds_up_to_each_line_and_goes_in_the_order_given(basket):
    totals, _payers, _, _ = basket
    answered, plans = play(*basket)

    for number, found in enumerate(plans):
        paid = [*answered[:number], *found.legs]
        assert sum(leg.amount_cents for leg in paid) + found.uncovered_cents == sum(totals.values())
        for position, total in totals.items():
            assert 0 <= sum(leg.parts.get(position, 0) for leg in paid) <= total
        assert all(cents > 0 for leg in paid for cents in leg.parts.values())
        assert [leg.payer for leg in paid] == sorted({leg.payer for leg in paid})


@unhurried
@given(baskets())
def test_no_benefit_card_is_asked_for_more_than_is_eligible_and_none_for_a_cent_that_another_paid(basket):
    _, payers, _, _ = basket
    answered, plans = play(*basket)

    for number, found in enumerate(plans):
        earlier: dict[int, int] = {}
        for leg in [*answered[:number], *found.legs]:
            carry = payers[leg.payer].may_carry
            if carry is None:
                continue
            for position, cents in leg.parts.items():
                assert earlier.get(position, 0) + cents <= carry[position]
                earlier[position] = earlier.get(position, 0) + cents


@unhurried
@given(baskets())
def test_no_leg_is_below_the_smallest_charge_nor_above_the_shoppers_limit(basket):
    _, payers, minimum, _ = basket
    _, plans = play(*basket)

    for found in plans:
        for leg in found.legs:
            assert found.too_small is not None or leg.amount_cents >= minimum
            assert leg.amount_cents <= (payers[leg.payer].limit_cents or leg.amount_cents)


@unhurried
@given(baskets())
def test_an_approval_is_of_the_lines_that_were_asked_for(basket):
    totals, payers, minimum, balances = basket
    found = plan(totals, *payers, minimum=minimum)
    for asked in found.legs[:1]:
        approved = min(asked.amount_cents, balances[asked.payer] or 1)
        got = approved_part(totals=totals, payers=payers, answered=(), asked=asked, approved_cents=approved)

        assert got.amount_cents == approved
        assert all(cents <= asked.parts[position] for position, cents in got.parts.items())


@unhurried
@given(baskets())
def test_without_limits_and_minimum_a_plan_with_an_ordinary_card_covers_everything(basket):
    totals, payers, _, _ = basket
    unlimited = [Payer(payer.may_carry) for payer in payers]

    found = plan(totals, *unlimited, minimum=0)

    if any(not payer.is_benefit for payer in unlimited):
        assert found.uncovered_cents == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
def test_whatever_the_order_benefit_cards_together_pay_what_is_eligible(order):
    payers = [Payer({0: 3000}, limit_cents=1000), Payer({0: 3000}), ORDINARY]
    found = plan({0: 3000, 1: 1200}, *(payers[i] for i in order))

    on_benefit = sum(leg.amount_cents for leg in found.legs if order[leg.payer] != 2)
    assert (on_benefit, found.uncovered_cents) == (3000, 0)
