"""Customers who came after the current run."""

from __future__ import annotations

from datetime import date

import pytest

from rules.feed.serve import feed_of
from rules.models import FreshResult
from rules.tests.feed.worlds import CLAIMABLE, CLOCK, LETTER, judged, known, put_in_force, shopper_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(acme):
    return shopper_of(acme, claimable_cents=50_000, oldest_claimable_on=date(2026, 9, 1), letter_expires_on=None)


def titles(customer):
    return [snoop.title for snoop in feed_of(customer=customer, channel="feed", now=CLOCK, limit=5).snoops]


def test_a_newcomer_is_judged_by_what_is_known_now(newcomer):
    put_in_force(claim_it=CLAIMABLE, letter_ends=LETTER)

    assert titles(newcomer) == ["$500.00 to claim back"]
    assert not FreshResult.objects.exists()


def test_once_a_run_has_judged_them_its_result_stands(newcomer):
    put_in_force(claim_it=CLAIMABLE)
    judged(newcomer)
    known(newcomer, claimable_cents=1)

    assert titles(newcomer) == ["$500.00 to claim back"]


def test_before_anything_is_published_the_feed_is_empty(newcomer):
    assert titles(newcomer) == []
