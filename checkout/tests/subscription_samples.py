"""Subscriptions for tests: cards saved with consent, and a clock that can be put forward."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from checkout.models import SavedCard, Subscription
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.services.saved_cards import Consent, finish_saved_cards
from checkout.services.wallet import CardOffer
from checkout.subscriptions.changing import CardChoice, start_subscription
from checkout.subscriptions.renewing import run_renewals
from checkout.tests.conftest import CHIPS, line
from shoppers.services import shopper_for_email

AGREED = Consent("2026-11", "subscriptions")
BASKET = [line(cents=1500, quantity=2), line(CHIPS, 1200)]  # $30.00 eligible, $12.00 not


class Clock:
    """What `timezone.now` says, put forward by hand."""

    def __init__(self, real) -> None:
        self.real, self.ahead = real, timedelta()

    def now(self) -> datetime:
        return self.real() + self.ahead

    def forward(self, **span) -> None:
        self.ahead += timedelta(**span)

    def to(self, moment: datetime) -> None:
        """A second after a moment."""
        self.ahead += moment - self.now() + timedelta(seconds=1)


@pytest.fixture
def clock(monkeypatch):
    found = Clock(timezone.now)
    monkeypatch.setattr(timezone, "now", found.now)
    return found


@pytest.fixture
def subscriber(acme):
    return shopper_for_email(merchant=acme, email="ann@example.com")


@pytest.fixture
def save(acme, subscriber, open_session, token):
    """A card that paid once with the shopper's consent, and is saved."""

    def saved(number, consent=AGREED, shopper=None):
        who = shopper or subscriber
        session = open_session(who.merchant, [line()], shopper=who, letters_of=who)
        pay_session(session=session, cards=[CardOffer(param="cards[0]", token=token(who.merchant, number), save=consent)])
        send_due_advices()
        finish_saved_cards()
        return SavedCard.objects.latest("pk")

    return saved


@pytest.fixture
def subscribe(acme, subscriber):
    """Start a monthly subscription of $42.00; nothing of it is charged until renewals run."""

    def subscribed(*cards, lines=None, unit="month", **fields) -> Subscription:
        choices = [CardChoice(card.public_id) if isinstance(card, SavedCard) else card for card in cards]
        return start_subscription(merchant=acme, shopper=subscriber, lines=lines or BASKET, cards=choices, unit=unit, **fields)

    return subscribed


def renew(subscription, clock, number=None):
    """Put the clock to the next renewal (or attempt) and run what is due; the newest period."""
    waiting = subscription.renewals.filter(next_attempt_at__isnull=False).first()
    subscription.refresh_from_db()
    moment = waiting.next_attempt_at if waiting else subscription.next_renewal_at
    if moment and moment > clock.now():
        clock.to(moment)
    run_renewals()
    subscription.refresh_from_db()
    return subscription.renewals.order_by("-number").first()
