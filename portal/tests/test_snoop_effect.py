"""What showing a Snoop changed: counted from real sales, with an interval, or told to be too little."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checkout.models import Payment
from portal.tests.admin_samples import make_sale
from rules.customers.ensure import customer_for_shopper
from rules.feed.measuring.effect import Arm, Effect, compared, difference_of, effect_of, wilson
from rules.models import Rule, SnoopAssignment

pytestmark = pytest.mark.django_db


def bought_after(merchant, rule, *, group, days, shown_days_ago=20):
    """A shopper whose feed came to the rule, and who bought so many days later."""
    now = timezone.now()
    sale = make_sale(merchant)
    Payment.objects.filter(session=sale).update(captured_at=now - timedelta(days=shown_days_ago - days))
    customer = customer_for_shopper(sale.shopper)
    return SnoopAssignment.objects.create(
        customer=customer, rule=rule, group=group, channel="feed", version_number=1, at=now - timedelta(days=shown_days_ago)
    )


def test_only_purchases_within_the_window_and_after_the_showing_count(acme):
    rule = Rule.objects.create(slug="r", name="R", draft={})
    bought_after(acme, rule, group="shown", days=3)

    assert effect_of(rule, timezone.now()).shown == Arm(1, 1)


@pytest.mark.parametrize(("days", "shown_days_ago", "arm"), [(-1, 20, Arm(1, 0)), (15, 20, Arm(1, 0)), (3, 10, Arm(0, 0))])
def test_earlier_and_later_purchases_and_unfinished_windows_do_not(acme, days, shown_days_ago, arm):
    rule = Rule.objects.create(slug="r", name="R", draft={})
    bought_after(acme, rule, group="held_out", days=days, shown_days_ago=shown_days_ago)

    assert effect_of(rule, timezone.now()).held_out == arm


def test_the_interval_is_newcombes():
    """Newcombe 1998, two proportions, table II, example (a), method 10: 56 of 70 against 48 of 80."""
    assert difference_of(Arm(70, 56), Arm(80, 48)) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_a_share_has_wilsons_interval():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, one proportion, table I


@pytest.mark.parametrize(
    ("shown", "held_out", "verdict"),
    [
        (Arm(99, 50), Arm(1_000, 500), "too small"), (Arm(1_000, 500), Arm(1_000, 4), "too small"), (Arm(1_000, 500), Arm(1_000, 998), "too small"),
        (Arm(1_000, 300), Arm(1_000, 290), "unclear"), (Arm(1_000, 200), Arm(1_000, 300), "harms"), (Arm(), Arm(), "too small"),
    ],
)  # fmt: skip
def test_what_is_said_of_it(shown, held_out, verdict):
    effect = compared(shown, held_out)

    assert effect.verdict == verdict
    assert (effect.difference is None) == (verdict == "too small")
    assert isinstance(effect, Effect)
