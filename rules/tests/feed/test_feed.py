from __future__ import annotations

from datetime import date, timedelta

import pytest
from freezegun import freeze_time

from common.api.pages import CursorInvalid
from rules.feed.cursor import encode
from rules.feed.feedback import record_feedback
from rules.feed.hold_out import is_held_out
from rules.feed.serve import feed_of
from rules.models import Rule, SnoopAssignment
from rules.tests.feed.worlds import CLAIMABLE, CLOCK, LETTER, judged, known, put_in_force, rule_of, shopper_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(acme):
    return shopper_of(acme, claimable_cents=50_000, oldest_claimable_on=date(2026, 9, 1), letter_expires_on=date(2026, 11, 24))


def slugs(customer, *, now=CLOCK, channel="feed", limit=20):
    return [snoop.slug for snoop in feed_of(customer=customer, channel=channel, now=now, limit=limit).snoops]


def did(customer, slug, kind, at, client_id=""):
    with freeze_time(at):
        record_feedback(
            customer=customer,
            rule=Rule.objects.get(slug=slug),
            kind=kind,
            channel="feed",
            client_id=client_id or f"{slug}-{kind}-{at}",
        )


def test_texts_hold_what_was_judged_and_say_why(customer):
    put_in_force(claim_it=CLAIMABLE)
    judged(customer)
    known(customer, claimable_cents=1)  # what happens later does not change what was judged

    (snoop,) = feed_of(customer=customer, channel="feed", now=CLOCK, limit=5).snoops

    assert snoop.title == "$500.00 to claim back"
    assert snoop.body == "From purchases since September 1."
    assert snoop.why == ("Money to claim back is at least $20.00.",)
    assert (snoop.score, snoop.category, snoop.position, snoop.was_seen) == (350, "saving", 0, False)
    assert snoop.action_url.endswith("/me/")
    assert snoop.action_url.startswith("http")


def test_first_priority_stands_before_a_higher_score(customer):
    put_in_force(claim_it=CLAIMABLE, letter_ends=rule_of(LETTER, priority=1))
    judged(customer)

    assert slugs(customer) == ["letter-ends", "claim-it"]


def test_a_snoop_is_shown_only_on_its_channels(customer):
    put_in_force(claim_it=CLAIMABLE, letter_ends=LETTER)
    judged(customer)

    assert slugs(customer, channel="push") == ["claim-it"]
    assert slugs(customer, channel="email") == []


def test_a_day_later_what_depends_on_the_date_is_judged_again(customer):
    put_in_force(letter_ends=LETTER, claim_it=CLAIMABLE)
    judged(customer)

    assert slugs(customer, now=CLOCK + timedelta(days=2)) == ["claim-it", "letter-ends"]  # the last day
    assert slugs(customer, now=CLOCK + timedelta(days=3)) == ["claim-it"]


def test_a_text_about_a_deadline_that_is_over_is_not_shown(customer):
    open_ended = {"all": [{"field": "letter_expires_on", "as": "days_until", "test": "at_most", "value": 30}]}
    put_in_force(letter_ends=rule_of(LETTER, conditions=open_ended))
    judged(customer)

    assert slugs(customer, now=CLOCK + timedelta(days=2)) == ["letter-ends"]
    assert slugs(customer, now=CLOCK + timedelta(days=3)) == []


def test_what_is_retired_ended_or_left_out_is_gone_at_once(customer):
    put_in_force(claim_it=CLAIMABLE, letter_ends=LETTER, third=rule_of(CLAIMABLE, title="Third"))
    judged(customer)
    assert set(slugs(customer)) == {"claim-it", "letter-ends", "third"}

    Rule.objects.filter(slug="third").update(is_retired=True)
    put_in_force(2, claim_it=rule_of(CLAIMABLE, ends_on="2026-11-21"), third=rule_of(CLAIMABLE, title="Third"))

    assert slugs(customer) == []


def test_a_family_speaks_once_and_two_of_a_category_lead(customer):
    put_in_force(**{f"saving_{n}": rule_of(CLAIMABLE, score={"base": 900 - n}) for n in range(4)}, letter_ends=LETTER)
    Rule.objects.filter(slug__in=["saving-0", "saving-1"]).update(family="claims")
    judged(customer)

    assert slugs(customer) == ["saving-0", "saving-2", "letter-ends", "saving-3"]


def test_pages_follow_one_order_whatever_happens_meanwhile(customer):
    put_in_force(**{f"rule_{n}": rule_of(CLAIMABLE, score={"base": 900 - n}) for n in range(7)})
    judged(customer)
    first = feed_of(customer=customer, channel="feed", now=CLOCK, limit=3)

    did(customer, first.snoops[0].slug, "seen", CLOCK - timedelta(days=1))
    record_assignment_of_all(customer)
    did(customer, "rule-4", "dismissed", CLOCK)
    second = feed_of(customer=customer, channel="feed", now=CLOCK, limit=3, cursor=first.next_cursor)
    third = (
        feed_of(customer=customer, channel="feed", now=CLOCK, limit=3, cursor=second.next_cursor) if second.next_cursor else None
    )

    found = [(one.slug, one.position) for page in (first, second, third) if page for one in page.snoops]
    assert found == [("rule-0", 0), ("rule-1", 1), ("rule-2", 2), ("rule-3", 3), ("rule-5", 4), ("rule-6", 5)]
    assert (third or second).next_cursor is None


def record_assignment_of_all(customer):
    feed_of(customer=customer, channel="feed", now=CLOCK, limit=50)


@pytest.mark.parametrize("cursor", ["x", "====", "czEAAAAA", "k5", "ü", "czH" + "A" * 40, encode(shown=2**24 - 1, slots=[0])])
def test_a_cursor_that_nobody_gave_out_is_refused(customer, cursor):
    put_in_force(claim_it=CLAIMABLE)
    judged(customer)

    with pytest.raises(CursorInvalid):
        feed_of(customer=customer, channel="feed", now=CLOCK, limit=3, cursor=cursor)


def test_a_cap_counts_days_on_which_it_was_seen(customer):
    put_in_force(claim_it=rule_of(CLAIMABLE, cap_per_days=7))
    judged(customer)
    slugs(customer)

    did(customer, "claim-it", "seen", CLOCK)

    assert slugs(customer, now=CLOCK + timedelta(hours=5)) == ["claim-it"]  # the same day is the same showing
    assert slugs(customer, now=CLOCK + timedelta(days=1)) == []
    assert slugs(customer, now=CLOCK + timedelta(days=6)) == []
    assert slugs(customer, now=CLOCK + timedelta(days=7)) == ["claim-it"]


def test_what_is_dismissed_stays_away_until_it_is_taken_back(customer):
    put_in_force(claim_it=CLAIMABLE)
    judged(customer)
    slugs(customer)

    did(customer, "claim-it", "dismissed", CLOCK)
    assert slugs(customer) == slugs(customer, now=CLOCK + timedelta(days=89)) == []
    assert slugs(customer, now=CLOCK + timedelta(days=91)) == ["claim-it"]

    did(customer, "claim-it", "restored", CLOCK + timedelta(minutes=1))
    assert slugs(customer, now=CLOCK + timedelta(hours=1)) == ["claim-it"]


def test_what_was_followed_rests_for_two_weeks(customer):
    put_in_force(claim_it=CLAIMABLE)
    judged(customer)
    slugs(customer)

    did(customer, "claim-it", "acted", CLOCK)

    assert slugs(customer, now=CLOCK + timedelta(days=13)) == []
    assert slugs(customer, now=CLOCK + timedelta(days=15)) == ["claim-it"]


def test_what_was_looked_at_again_and_again_falls_behind(customer):
    put_in_force(older=rule_of(CLAIMABLE, score={"base": 500}), newer=rule_of(CLAIMABLE, score={"base": 450}))
    judged(customer)
    assert slugs(customer) == ["older", "newer"]

    did(customer, "older", "seen", CLOCK - timedelta(days=1))

    assert slugs(customer) == ["newer", "older"]


def test_half_of_the_customers_are_held_out_on_every_channel_and_written_down(acme):
    put_in_force(claim_it=rule_of(CLAIMABLE, hold_out_percent=50))
    customers = [shopper_of(acme, claimable_cents=5_000) for _ in range(60)]
    judged(*customers)
    rule = Rule.objects.get()

    shown = {one.pk for one in customers if slugs(one)}
    shown_later = {one.pk for one in customers if slugs(one, channel="push", now=CLOCK + timedelta(days=40))}

    held_out = {one.pk for one in customers if is_held_out(customer=one.public_id, rule=rule.public_id, percent=50)}
    assert 10 < len(held_out) < 50
    assert shown == shown_later == {one.pk for one in customers} - held_out
    groups = dict(SnoopAssignment.objects.values_list("customer_id", "group"))
    assert groups == {one.pk: "held_out" if one.pk in held_out else "shown" for one in customers}


def test_more_percent_hold_out_the_same_and_others():
    held = {
        percent: {n for n in range(2_000) if is_held_out(customer=f"c{n}", rule="r", percent=percent)}
        for percent in (0, 5, 20, 100)
    }

    assert held[0] == set()
    assert held[100] == set(range(2_000))
    assert held[5] < held[20]
    assert 60 < len(held[5]) < 140
    assert 330 < len(held[20]) < 470


def test_only_what_a_page_came_to_is_written_down(customer):
    put_in_force(**{f"rule_{n}": rule_of(CLAIMABLE, score={"base": 900 - n}) for n in range(5)})
    judged(customer)

    slugs(customer, limit=2)
    slugs(customer, limit=2, now=CLOCK + timedelta(minutes=5))

    assert list(SnoopAssignment.objects.order_by("rule__slug").values_list("rule__slug", "at")) == [
        ("rule-0", CLOCK),
        ("rule-1", CLOCK),
    ]


def test_markup_in_a_value_stays_text(acme):
    customer = shopper_of(acme, claimable_cents=5_000)
    put_in_force(claim_it=rule_of(CLAIMABLE, title="<script>alert(1)</script> {claimable_cents}"))
    judged(customer)

    (snoop,) = feed_of(customer=customer, channel="feed", now=CLOCK, limit=5).snoops

    assert snoop.title == "<script>alert(1)</script> $50.00"
