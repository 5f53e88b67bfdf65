from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import allocate, cents_typed, dollars

WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=40)


@given(total=st.integers(min_value=-(10**11), max_value=10**11), weights=WEIGHTS)
def test_shares_sum_to_the_total_and_none_is_a_cent_away_from_its_proportion(total, weights):
    shares = allocate(total, weights)

    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        assert all(abs(share * whole - total * weight) < whole for share, weight in zip(shares, weights, strict=True))


@given(total=st.integers(min_value=0, max_value=10**9), weights=WEIGHTS)
def test_no_share_exceeds_a_weight_that_the_total_does_not_exceed(total, weights):
    if total > sum(weights):
        total = sum(weights)

    shares = allocate(total, weights)

    if any(weights):
        assert all(share <= weight for share, weight in zip(shares, weights, strict=True))


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 2], [0, 1]),
        (10, [0, 0, 5], [0, 0, 10]),
        (5, [0, 0], [3, 2]),
        (0, [], []),
    ],
)
def test_left_over_cents_go_to_the_largest_remainders(total, weights, shares):
    assert allocate(total, weights) == shares


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="negative"):
        allocate(10, [1, -1])


def test_an_amount_with_nobody_to_carry_it_is_refused():
    with pytest.raises(ValueError, match="no share"):
        allocate(10, [])


@pytest.mark.parametrize(("cents", "text"), [(0, "$0.00"), (5, "$0.05"), (123456789, "$1,234,567.89"), (-5, "-$0.05")])
def test_cents_are_written_as_dollars(cents, text):
    assert dollars(cents) == text


@pytest.mark.parametrize(
    ("text", "cents"),
    [("12", 1200), ("$12.5", 1250), ("$ 1,250", 125000), ("1,234,567.89", 123456789), ("0.05", 5), ("0", 0),
     ("12,50", None), ("1,2,3", None), ("-5", None), ("1.234", None), ("", None), ("ten", None), ("1" * 10, None)],
)  # fmt: skip
def test_dollars_that_people_type_are_read_and_what_is_no_amount_is_not(text, cents):
    assert cents_typed(text) == cents
