"""What a feed asks of learned relevance: nothing without a ranker, and what was shown is kept once a day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from rules.learning.bounds import LARGEST_SHIFT, served_score
from rules.learning.port import Context, relevance, remember, would_be_places
from rules.learning.tasks import forget
from rules.learning.tidy import LEARNING_KEPT
from rules.learning.vectors import CUSTOMER_FEATURES, FEATURES, RULE_FEATURES, customer_vector, rule_matrix, whole
from rules.models import LearningShowing
from rules.tests.learning.worlds import TODAY, made_candidate, made_person

pytestmark = pytest.mark.django_db
FEED = Context("feed", TODAY)


def test_without_a_ranker_there_is_no_word_on_anything():
    assert relevance({"hsa_balance_cents": 5}, [made_candidate(1), made_candidate(2)], FEED) == {}


def test_what_was_shown_is_kept_as_a_ranker_would_have_known_it():
    person, shown, values = (
        made_person(),
        [made_candidate(4, score=700), made_candidate(9, score=300)],
        {"hsa_balance_cents": 12_00},
    )

    remember(person.pk, values, shown, FEED)

    row = LearningShowing.objects.get(customer=person)
    assert (row.slots, row.scores, row.priorities, row.learns) == ([4, 9], [700, 300], [3, 3], [True, True])
    kept = np.frombuffer(row.rule_matrix, "<f4").reshape(2, len(RULE_FEATURES))
    np.testing.assert_array_equal(kept, rule_matrix(values, shown, TODAY))
    np.testing.assert_array_equal(np.frombuffer(row.customer_vector, "<f4"), customer_vector(values, TODAY))
    assert row.shadow_places is None


def test_the_first_showing_of_a_day_stands():
    person = made_person()
    remember(person.pk, {}, [made_candidate(1), made_candidate(2)], FEED)

    remember(person.pk, {}, [made_candidate(2), made_candidate(1)], FEED)

    assert LearningShowing.objects.get(customer=person).slots == [1, 2]


def test_one_snoop_alone_is_not_kept():
    remember(made_person().pk, {}, [made_candidate(1)], FEED)

    assert not LearningShowing.objects.exists()


def test_missing_and_implausible_values_are_not_numbers():
    known = customer_vector({"hsa_balance_cents": 500, "store_decline_percent_30d": 900.0}, TODAY)

    assert known[CUSTOMER_FEATURES.index("hsa_balance_cents")] == 500
    assert np.isnan(known[CUSTOMER_FEATURES.index("store_decline_percent_30d")])
    assert np.isnan(known[CUSTOMER_FEATURES.index("lpfsa_balance_cents")])
    assert known[CUSTOMER_FEATURES.index("purchases_30d")] == 0  # missing counts as zero there


def test_serving_asks_about_all_as_if_they_stood_first():
    rows = rule_matrix({}, [made_candidate(1), made_candidate(2)], TODAY)

    served = whole(customer_vector({}, TODAY), rows, FEED)
    trained = whole(customer_vector({}, TODAY), rows, FEED, places=[0, 1])

    assert list(served[:, FEATURES.index("place")]) == [0, 0]
    assert list(trained[:, FEATURES.index("place")]) == [0, 1]


@pytest.mark.parametrize("word", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_word_moves_a_score_within_its_bounds(word):
    assert abs(served_score(score=600, priority=3, relevance=word) - 600) <= LARGEST_SHIFT
    assert served_score(score=600, priority=1, relevance=word) == 600
    assert served_score(score=600, priority=3, relevance=None) == 600


def test_a_deadline_stays_first_whatever_the_ranker_says():
    assert would_be_places([10, 900, 800], [1, 3, 3], [True] * 3, [0.0, 0.0, 1.0]) == [0, 2, 1]


def test_a_rule_that_does_not_use_the_ranker_is_not_moved_by_it():
    assert would_be_places([500, 510], [3, 3], [False, False], [1.0, 0.0]) == [1, 0]


def test_old_showings_are_let_go_and_the_others_stay():
    old, new = made_person(), made_person()
    for person in (old, new):
        remember(person.pk, {}, [made_candidate(1), made_candidate(2)], FEED)
    LearningShowing.objects.filter(customer=old).update(at=timezone.now() - LEARNING_KEPT - timedelta(hours=1))

    assert forget() == 1

    assert [showing.customer for showing in LearningShowing.objects.all()] == [new]
