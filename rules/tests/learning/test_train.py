"""Training finds a taste that was planted, finds none where there is none, and registers only what is surely better."""

from __future__ import annotations

import numpy as np
import pytest

from rules.learning.dataset import ACTED, groups
from rules.learning.errors import ModelUnreadable, NotBetter, TooFewData
from rules.learning.evaluation import average_precision, is_held_out, ndcg, split
from rules.learning.ranker import from_bytes
from rules.learning.train import train_relevance
from rules.models import LearnedModel
from rules.tests.learning.worlds import TODAY, feedback_of

pytestmark = pytest.mark.django_db
DAYS = 60


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.mark.slow
def test_it_finds_a_planted_taste_and_orders_better_than_the_plain_score():
    feedback_of(people=400, days=14, taste="by_channel")

    row = train_relevance(today=TODAY, days=DAYS)

    assert row.state == LearnedModel.State.CANDIDATE
    assert row.figures["ndcg_gain_low"] > 0.02
    assert row.figures["map_learned"] > row.figures["map_plain"]
    assert {"main_channel", "rule_category"} & {name for name, _ in row.figures["strongest"][:4]}
    again = train_relevance(today=TODAY, days=DAYS)
    assert again == row
    assert LearnedModel.objects.count() == 1


@pytest.mark.slow
def test_noise_is_not_registered():
    feedback_of(people=400, days=14, taste="none")

    with pytest.raises(NotBetter, match=r"NDCG@5 0\.\d+ against 0\.\d+"):
        train_relevance(today=TODAY, days=DAYS)

    assert not LearnedModel.objects.exists()


def test_too_few_acts_are_refused_with_the_numbers():
    feedback_of(people=20, days=3, taste="by_channel")

    with pytest.raises(TooFewData, match="300 are needed"):
        train_relevance(today=TODAY, days=DAYS)

    assert not LearnedModel.objects.exists()


def test_nobody_is_trained_on_and_measured_by_and_no_day_is_both():
    feedback_of(people=60, days=6, taste="by_channel")

    parts = split(groups(TODAY.replace(month=1), TODAY))

    assert parts.train
    assert parts.test
    assert not {one.customer for one in parts.train} & {one.customer for one in parts.test}
    assert max(one.on for one in parts.train) < min(one.on for one in parts.test)
    assert all(is_held_out(one.customer) for one in parts.test)


def test_what_nobody_may_have_seen_is_left_out():
    feedback_of(people=40, days=2, taste="by_channel")

    found = groups(TODAY.replace(month=1), TODAY)

    assert all(len(one.labels) >= 2 for one in found)
    assert any(len(one.labels) < 8 for one in found)
    assert any((one.labels == ACTED).any() for one in found)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([2, 1, 1], 1.0), ([0, 0, 0], 0.0), ([1, 2], (1 + 3 / np.log2(3)) / (3 + 1 / np.log2(3)))],
)
def test_ndcg_is_what_its_definition_says(labels, expected):
    assert ndcg(labels) == pytest.approx(expected)


def test_average_precision_is_what_its_definition_says():
    assert average_precision([ACTED, 1, ACTED]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([1, 1]) == 0


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": "other"}', b"\xff\x00"])
def test_a_file_that_is_no_ranker_is_refused(content):
    with pytest.raises(ModelUnreadable):
        from_bytes(content)
