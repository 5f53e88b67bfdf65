"""A process that dies between any two steps of taking, letting go or giving back: all of it is true, or none."""

from __future__ import annotations

import pytest
from django.db import transaction

from checkout import integrity
from checkout.models import Capture, CheckoutSession, NetworkAdvice, Payment, Refund, RefundLeg, Tender
from checkout.refunds.services import create_refund
from checkout.refunds.settling import settle_answered_refunds
from checkout.services.advices import send_due_advices
from checkout.services.capture import capture_session
from checkout.services.release import void_session
from checkout.tests.held import TOTAL, send_everything
from checkout.tests.test_faults import in_threads
from ledger.selectors import merchant_balance
from merchants.models import Event

pytestmark = pytest.mark.django_db


class PowerCut(BaseException):
    """Nothing catches it, as nothing catches a killed process."""


def dies(*_, **__):
    raise PowerCut


def state():
    return (
        list(CheckoutSession.objects.values()), list(Payment.objects.values()), list(Tender.objects.order_by("pk").values()),
        Capture.objects.count(), Refund.objects.count(), NetworkAdvice.objects.count(), Event.objects.count(),
    )  # fmt: skip


def cut(job):
    with pytest.raises(PowerCut), transaction.atomic():
        job()


STEPS_OF_CAPTURE = [
    "planned_parts",
    "_take",
    "_book",
    "queue_advices",
    "_post",
    "_issue_receipt",
    "record_about",
    "record_events",
    "close_captured",
]


@pytest.mark.parametrize("step", STEPS_OF_CAPTURE)
def test_a_capture_that_dies_has_taken_nothing_and_can_be_repeated(acme, held, monkeypatch, step):
    before = state()
    with monkeypatch.context() as patched:
        patched.setattr(f"checkout.services.capture.{step}", dies)
        cut(lambda: capture_session(session=held))
    assert state() == before
    assert merchant_balance(acme).total_cents == 0

    capture_session(session=held)

    send_everything()
    assert merchant_balance(acme).total_cents == TOTAL
    assert all(not finding.broken for finding in integrity.findings())


STEPS_OF_REFUND = [
    "lock_session",
    "preview_refund",
    "_write_legs",
    "queue_advices",
    "post_refund",
    "record_about",
    "record_events",
]


@pytest.mark.parametrize("step", STEPS_OF_REFUND)
def test_a_refund_that_dies_has_given_nothing_and_can_be_repeated(acme, sold, monkeypatch, step):
    before = state()
    with monkeypatch.context() as patched:
        patched.setattr(f"checkout.refunds.services.{step}", dies)
        cut(lambda: create_refund(payment=sold))
    assert state() == before

    create_refund(payment=sold)

    send_everything()
    settle_answered_refunds()
    assert Refund.objects.get().status == "succeeded"
    assert all(not finding.broken for finding in integrity.findings())


@pytest.mark.parametrize("step", ["release_tenders", "record_about", "record_events"])
def test_a_void_that_dies_still_holds_and_can_be_repeated(held, monkeypatch, step):
    before = state()
    with monkeypatch.context() as patched:
        patched.setattr(f"checkout.services.release.{step}", dies)
        cut(lambda: void_session(session=held))
    assert state() == before

    assert void_session(session=held)
    assert sum(row.held_cents for row in Tender.objects.all()) == 0


@pytest.mark.parametrize("step", ["record_about", "record_events", "lock_session"])
def test_a_settlement_that_dies_is_made_by_the_next_sweep(sold, monkeypatch, step):
    create_refund(payment=sold)
    send_everything()
    with monkeypatch.context() as patched:
        patched.setattr(f"checkout.refunds.settling.{step}", dies)
        cut(settle_answered_refunds)
    assert set(RefundLeg.objects.values_list("status", flat=True)) == {"pending"}

    assert settle_answered_refunds() == 2
    assert Event.objects.filter(type="refund.succeeded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_capture_and_a_void_at_once_leave_one_of_them(acme, held):
    jobs = [
        lambda: capture_session(session=CheckoutSession.objects.get(pk=held.pk)),
        lambda: void_session(session=CheckoutSession.objects.get(pk=held.pk)),
    ]

    in_threads(2, lambda number: jobs[number]())

    status = CheckoutSession.objects.get(pk=held.pk).status
    assert (status, merchant_balance(acme).total_cents) in {("complete", TOTAL), ("cancelled", 0)}
    send_everything()
    assert sum(row.held_cents for row in Tender.objects.all()) == 0
    assert all(not finding.broken for finding in integrity.findings())


@pytest.mark.django_db(transaction=True)
def test_parts_taken_beside_each_other_never_take_a_unit_twice(acme, held):
    def take(number):
        return capture_session(session=CheckoutSession.objects.get(pk=held.pk), units={0: 1}).status

    outcomes = in_threads(5, take)

    assert sum(isinstance(outcome, str) for outcome in outcomes) == 3
    assert merchant_balance(acme).total_cents == 3003
    send_due_advices()
    send_everything()
    assert not NetworkAdvice.objects.filter(is_refused=True).exists()
    assert all(not finding.broken for finding in integrity.findings())
