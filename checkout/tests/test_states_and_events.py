"""Every state that a sale's objects can be in, and the event that tells of coming into it, or why none does."""

from __future__ import annotations

import pytest

from checkout.models import CheckoutSession, Payment, Refund, SavedCard
from checkout.models.subscriptions import Subscription
from checkout.payment_links.services import create_link, switch_link
from checkout.services.abandon import tell_of_abandoned
from checkout.services.capture import capture_session
from checkout.services.pay import pay_session
from checkout.services.release import expire_session, void_session
from checkout.tests.conftest import FSA, FSA_DECLINED, VISA, line
from checkout.tests.test_sale_mails import pass_an_hour
from merchants.event_types import EVENT_TYPES
from merchants.models import Event

# State -> its event; in brackets: why there is none.
STATES: dict[type, dict[str, str]] = {
    CheckoutSession: {
        "open": "(the merchant's own call opened it, or a failed attempt: payment.failed)",
        "processing": "(for seconds; each way out of it has an event)",
        "authorised": "checkout.session.authorised",
        "complete": "checkout.session.completed",
        "expired": "checkout.session.expired",
        "cancelled": "checkout.session.cancelled",
    },
    Payment: {
        "processing": "(for seconds; each way out of it has an event)",
        "authorised": "checkout.session.authorised",
        "captured": "payment.captured",
        "failed": "payment.failed",
        "voided": "payment.voided",
    },
    Refund: {
        "pending": "refund.created",
        "succeeded": "refund.succeeded",
        "partly_failed": "refund.failed",
        "failed": "refund.failed",
    },
    SavedCard: {
        "pending": "(for seconds: the network has not given its token yet)",
        "active": "payment_method.saved",
        "unusable": "payment_method.updated",
        "deleted": "payment_method.deleted",
    },
    Subscription: {
        "active": "subscription.created",
        "past_due": "subscription.renewal_failed",
        "unpaid": "subscription.unpaid",
        "paused": "subscription.paused",
        "cancelled": "subscription.cancelled",
    },
}  # fmt: skip


@pytest.mark.parametrize("model", STATES, ids=lambda model: model.__name__)
def test_every_state_has_its_event_or_a_reason(model):
    assert set(STATES[model]) == {value for value, _ in model.Status.choices}
    for state, event in STATES[model].items():
        assert event in EVENT_TYPES or event.startswith("("), state


@pytest.mark.django_db
def test_a_sales_ways_each_leave_their_events_in_order(acme, open_session, token):
    def cards():
        return {"benefit_token": token(acme, FSA), "card_token": token(acme, VISA)}

    def told(session):
        ids = [session.public_id, *session.payments.values_list("public_id", flat=True)]
        return list(Event.objects.filter(object_id__in=ids).order_by("pk").values_list("type", flat=True))

    paid, held, voided, left, failed = (
        open_session(acme, capture_method=way) for way in ("automatic", "manual", "manual", "automatic", "automatic")
    )
    pay_session(session=paid, **cards())
    capture_session(session=pay_session(session=held, **cards()))
    void_session(session=pay_session(session=voided, **cards()))
    pass_an_hour(left)
    tell_of_abandoned()
    expire_session(session=left)
    with pytest.raises(Exception, match="declined"):
        pay_session(session=failed, benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))

    assert told(paid) == ["payment.captured", "checkout.session.completed"]
    assert told(held) == ["checkout.session.authorised", "payment.captured", "checkout.session.completed"]
    assert told(voided) == ["checkout.session.authorised", "payment.voided", "checkout.session.cancelled"]
    assert told(left) == ["checkout.session.abandoned", "checkout.session.expired"]
    assert told(failed) == ["payment.failed"]


@pytest.mark.django_db
def test_a_link_tells_of_each_switch_once(acme):
    link = create_link(merchant=acme, lines=[line(cents=500)])
    for is_active in (False, False, True, True):
        switch_link(link=link, is_active=is_active)

    told = Event.objects.filter(object_id=link.public_id).order_by("pk")
    assert [(event.type, event.data["status"]) for event in told] == [
        ("payment_link.created", "active"), ("payment_link.updated", "inactive"), ("payment_link.updated", "active"),
    ]  # fmt: skip
