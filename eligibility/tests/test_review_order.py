"""What comes first, and what is decided together."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.reviews.grouping import group_key
from eligibility.reviews.priority import priority, recent


@pytest.mark.parametrize(
    ("reason", "value_cents", "confidence", "age_days", "expected"),
    [
        ("unknown", 0, 0.5, 0, 0.5),
        ("unknown", 9900, 0.5, 0, 50.0),
        ("unknown", 9900, 0.5, 3, 200.0),
        ("model_only", 9900, 0.999, 0, 2.0),  # a sure mistake on much money still comes up
        ("model_only", 9900, 1.7, 0, 2.0),
        ("unknown", 9900, None, 0, 100.0),
        ("disagreement", 9900, 0.99, 0, 100.0),
        ("second_vote", -5, 0.75, -1, 0.25),
        ("disputed", 0, 0.99, 0, 1e12 + 1),
    ],
)
def test_priority_is_value_times_uncertainty_times_age(reason, value_cents, confidence, age_days, expected):
    found = priority(reason=reason, value_cents=value_cents, confidence=confidence, age_days=age_days)

    assert found == pytest.approx(expected)


def test_a_dispute_comes_before_any_money():
    rich = priority(reason="unknown", value_cents=10**11, confidence=None, age_days=300)

    assert priority(reason="disputed", value_cents=0, confidence=0.99, age_days=0) > rich


def test_only_the_last_thirty_days_are_money_at_stake():
    daily = {"2026-10-23": 1, "2026-10-24": 20, "2026-11-22": 300}

    assert recent(daily, date(2026, 11, 22)) == {"2026-10-24": 20, "2026-11-22": 300}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Calm-Aid Herbal Drops 2 oz", ""), ("Calm-Aid Herbal Drops, 4 fl oz", "")),
        (("Northfield Knee Brace Size L 1 ct", "Northfield"), ("Southdale Knee Brace", "Southdale")),
        (("Ibuprofen Tablets 200mg 100 Count", ""), ("IBUPROFEN tablets 200 mg, 24 ct", "")),
        (("Gauze Pads, 4 in x 4 in, box of 25", ""), ("Gauze pads 2 in x 2 in, 100 pack", "")),
    ],
)
def test_brand_size_count_and_strength_make_no_other_item(one, other):
    assert group_key(*one) == group_key(*other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Calm-Aid Herbal Drops 2 oz", "Calm-Aid Herbal Gummies 2 oz"), ("Sunscreen lotion 30 spf", "Tanning lotion 30 spf")],
)
def test_other_words_make_another_item(one, other):
    assert group_key(one) != group_key(other)


def test_too_few_words_make_no_group():
    assert group_key("Cream 2 oz") == group_key("Qzv 7") == group_key("") == ""
