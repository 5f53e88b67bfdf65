"""What votes come to: one makes known, two who agree vouch, and disagreement is cautious."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.reviews.kappa import cohens_kappa
from eligibility.reviews.votes import Vote, standing
from eligibility.taxonomy import taxonomy

PAIN, COLD, VITAMINS, SNACKS = (
    "pain-relievers-oral",
    "cold-cough-and-flu-medicine",
    "vitamins-and-multivitamins",
    "food-snacks-and-beverages",
)
CODES = taxonomy().by_code


def votes(*written: tuple[str, str] | tuple[str, str, int]) -> list[Vote]:
    """(voter, category[, round]) in the order in which they were written."""
    return [Vote(at, more[0] if more else 1, voter, code) for at, (voter, code, *more) in enumerate(written, start=1)]


@pytest.mark.parametrize(
    ("written", "category", "agreed_by", "is_disagreement"),
    [
        ([("ann", PAIN)], PAIN, 1, False),
        ([("ann", PAIN), ("bob", PAIN)], PAIN, 2, False),
        ([("ann", PAIN), ("bob", COLD)], COLD, 2, False),  # another name, the same consequence
        ([("ann", PAIN), ("bob", SNACKS)], SNACKS, 1, True),
        ([("ann", SNACKS), ("bob", PAIN)], SNACKS, 1, True),
        ([("ann", PAIN), ("bob", VITAMINS)], VITAMINS, 1, True),
        ([("ann", PAIN), ("bob", SNACKS), ("cat", PAIN)], PAIN, 2, False),
        ([("ann", PAIN), ("bob", SNACKS), ("cat", VITAMINS)], SNACKS, 1, True),
        ([("ann", PAIN), ("ann", PAIN)], PAIN, 1, False),  # nobody is two
        ([("", PAIN), ("", PAIN)], PAIN, 1, False),  # nor is nobody
        ([("", PAIN), ("", VITAMINS)], VITAMINS, 1, False),
        ([("ann", PAIN), ("bob", PAIN), ("cat", SNACKS, 2)], SNACKS, 1, False),  # one person lowers at once
        ([("ann", PAIN), ("bob", PAIN), ("cat", SNACKS, 2), ("dan", SNACKS, 2)], SNACKS, 2, False),
        ([("ann", SNACKS), ("bob", SNACKS), ("cat", PAIN, 2)], SNACKS, 2, False),  # one person lowers, and never raises
        ([("ann", SNACKS), ("bob", SNACKS), ("cat", VITAMINS, 2)], SNACKS, 2, False),
        ([("ann", SNACKS), ("bob", SNACKS), ("cat", PAIN, 2), ("dan", VITAMINS, 2)], SNACKS, 2, False),
        ([("ann", SNACKS), ("bob", SNACKS), ("cat", PAIN, 2), ("dan", PAIN, 2)], PAIN, 2, False),
        ([("ann", PAIN), ("bob", PAIN), ("cat", PAIN, 2)], PAIN, 2, False),
        ([("ann", PAIN), ("bob", PAIN), ("cat", SNACKS, 2), ("dan", PAIN, 3)], SNACKS, 1, False),
        ([("ann", PAIN, 2), ("bob", SNACKS, 1)], SNACKS, 1, False),
        ([("ann", SNACKS, 2), ("bob", PAIN, 1)], SNACKS, 1, False),
        ([("ann", "gone"), ("bob", "gone")], "gone", 2, False),
    ],
)
def test_what_holds(written, category, agreed_by, is_disagreement):
    holds = standing(votes(*written), CODES)

    assert holds is not None
    assert (holds.vote.category_code, holds.agreed_by, holds.is_disagreement) == (category, agreed_by, is_disagreement)


def test_what_was_taken_back_does_not_count_and_the_round_before_holds_again():
    written = [*votes(("ann", PAIN), ("bob", PAIN), ("ann", SNACKS, 2)), Vote(4, 2, "ann", SNACKS, undoes=3)]

    holds = standing(written, CODES)

    assert holds is not None
    assert (holds.vote.category_code, holds.agreed_by) == (PAIN, 2)
    assert standing([], CODES) is None
    assert standing([Vote(1, 1, "ann", PAIN), Vote(2, 1, "ann", PAIN, undoes=1)], CODES) is None


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ann", "bob", "cat", ""]), st.sampled_from([PAIN, COLD, VITAMINS, SNACKS])),
        min_size=1,
        max_size=9,
    )
)
def test_it_is_vouched_for_only_if_two_people_last_said_the_same_consequence(written):
    holds = standing(votes(*written), CODES)
    last = dict(written)
    statuses = [CODES[code].status for code in last.values()]

    assert holds is not None
    assert holds.is_agreed == (max(map(statuses.count, statuses)) >= 2)
    assert holds.agreed_by <= len(last)


def test_kappa_is_one_for_agreement_nought_for_chance_and_none_without_anything_to_tell():
    assert cohens_kappa([("a", "a"), ("b", "b")]) == 1
    assert cohens_kappa([("a", "b"), ("b", "a"), ("a", "a"), ("b", "b")]) == 0
    assert cohens_kappa([("a", "b"), ("b", "a")]) == -1
    assert cohens_kappa([("a", "a"), ("a", "a")]) is None
    assert cohens_kappa([]) is None
