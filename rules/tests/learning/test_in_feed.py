"""A live ranker in a real feed: it moves neighbours of one priority, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from rules.engine import live as rules_live
from rules.feed.serve import feed_of
from rules.learning import live
from rules.learning.live import Watcher
from rules.models import LearnedPointer, LearningShowing
from rules.publishing import loading
from rules.results import read
from rules.tests.feed.worlds import CLAIMABLE, CLOCK, LETTER, judged, put_in_force, rule_of, shopper_of
from rules.tests.learning.rankers import registered

pytestmark = pytest.mark.django_db
CLAIM_SCORE, LETTER_SCORE = 560, 450  # the ranker below likes what scores low, within 200 points


@pytest.fixture(autouse=True)
def _a_process_that_just_started(monkeypatch):
    def forget():
        rules_live.forget()
        loading._kept.clear()
        read.slots_of.cache_clear()
        read.layout_of.cache_clear()

    monkeypatch.setattr(live, "_watcher", Watcher())
    forget()
    yield
    forget()


@pytest.fixture
def customer(acme):
    return shopper_of(acme, claimable_cents=50_000, oldest_claimable_on=date(2026, 9, 1), letter_expires_on=date(2026, 11, 24))


def in_force(*, learns: bool = True, claim_priority: int = 3) -> None:
    claim = {**CLAIMABLE, "score": {"base": CLAIM_SCORE}, "priority": claim_priority, "uses_learned_relevance": learns}
    put_in_force(claim_it=claim, letter_ends=rule_of(LETTER, score={"base": LETTER_SCORE}, uses_learned_relevance=learns))


def slugs(customer) -> list[str]:
    return [snoop.slug for snoop in feed_of(customer=customer, channel="feed", now=CLOCK, limit=5).snoops]


def make_it_live() -> None:
    LearnedPointer.objects.update_or_create(key="relevance", defaults={"live": registered(likes=-1), "number": 1})


def test_without_a_ranker_the_higher_score_comes_first_and_the_showing_is_kept(customer):
    in_force()
    judged(customer)

    assert slugs(customer) == ["claim-it", "letter-ends"]

    kept = LearningShowing.objects.get(customer=customer)
    assert (kept.scores, kept.live, kept.on) == ([CLAIM_SCORE, LETTER_SCORE], None, date(2026, 11, 22))


def test_a_live_ranker_moves_neighbours_of_one_priority(customer):
    in_force()
    judged(customer)
    make_it_live()

    assert slugs(customer) == ["letter-ends", "claim-it"]

    assert LearningShowing.objects.get(customer=customer).live is not None


@pytest.mark.parametrize("how", [{"learns": False}, {"claim_priority": 1}, {"claim_priority": 2}])
def test_rules_that_do_not_use_it_and_higher_priorities_stay(customer, how):
    in_force(**how)
    judged(customer)
    make_it_live()

    assert slugs(customer) == ["claim-it", "letter-ends"]


def test_it_shows_nothing_that_does_not_qualify(acme):
    in_force()
    nobody = shopper_of(acme, claimable_cents=1_999, letter_expires_on=date(2027, 11, 24))
    judged(nobody)
    make_it_live()

    assert slugs(nobody) == []
