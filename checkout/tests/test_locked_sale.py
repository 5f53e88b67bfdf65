"""A sale that runs while the bank locks the merchant's key ends whole: paid, or released to the last cent."""

from __future__ import annotations

import pytest
from django.utils import timezone

from checkout.models import CardToken, CheckoutSession, NetworkAdvice, Payment, Tender
from checkout.services import asking, pay
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, FSA_SILENT, VISA
from checkout.tests.test_pay import held_cents
from ledger.models import Entry
from vault import keyring, merchant_keys
from vault.errors import MerchantKeyRevoked

pytestmark = pytest.mark.django_db


@pytest.fixture
def cards(acme, token):
    return {"benefit_token": token(acme, FSA), "card_token": token(acme, VISA)}


BETWEEN_CARDS, BEFORE_THE_END, BEFORE_THE_START = (asking, "refuse_if_locked"), (pay, "refuse_if_locked"), (pay, "begin_attempt")


def lock_before(monkeypatch, acme, step):
    """The bank locks the key just before this step of a payment."""
    module, name = step
    real = getattr(module, name)

    def locked_first(*args, **kwargs):
        merchant_keys.lock_key(merchant_id=acme.pk)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, locked_first)


@pytest.mark.parametrize("step", [BETWEEN_CARDS, BEFORE_THE_END])
def test_locked_between_the_two_cards_nothing_stays_charged(acme, open_session, cards, card_network, monkeypatch, step):
    session = open_session(acme)
    held = held_cents(card_network)
    lock_before(monkeypatch, acme, step)

    with pytest.raises(MerchantKeyRevoked):
        pay_session(session=session, **cards)
    send_due_advices()

    session.refresh_from_db()
    [payment] = Payment.objects.all()
    assert (session.status, payment.status, payment.failure_code) == ("open", "failed", "merchant_key_revoked")
    assert set(Tender.objects.values_list("status", flat=True)) == {"reversed"}
    assert not NetworkAdvice.objects.filter(acknowledged_at=None).exists()
    assert held_cents(card_network) == held
    assert not Entry.objects.exists()


def test_locked_before_the_first_question_nothing_is_asked(acme, open_session, cards, card_network):
    session = open_session(acme)
    asked = card_network.totals()
    merchant_keys.lock_key(merchant_id=acme.pk)

    with pytest.raises(MerchantKeyRevoked):
        pay_session(session=session, **cards)

    assert card_network.totals() == asked
    assert CheckoutSession.objects.get().status == "open"
    assert not Payment.objects.exists()
    assert CardToken.objects.filter(used_at=None).count() == 2


def test_an_email_that_cannot_be_sealed_leaves_the_session_open(acme, open_session, cards, monkeypatch):
    session = open_session(acme)
    lock_before(monkeypatch, acme, BEFORE_THE_START)

    with pytest.raises(MerchantKeyRevoked):
        pay_session(session=session, email="ann@example.com", **cards)

    assert CheckoutSession.objects.get().status == "open"
    assert not Payment.objects.exists()
    assert CardToken.objects.filter(used_at=None).count() == 2


def test_after_the_lock_is_gone_the_same_session_is_paid(acme, open_session, cards, token, monkeypatch):
    session = open_session(acme)
    with monkeypatch.context() as patched:
        lock_before(patched, acme, BETWEEN_CARDS)
        with pytest.raises(MerchantKeyRevoked):
            pay_session(session=session, **cards)
    merchant_keys.unlock_key(merchant_id=acme.pk)

    session.refresh_from_db()
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    session.refresh_from_db()
    assert session.status == "complete"


def test_a_reversal_without_the_networks_reference_goes_out_while_the_key_is_locked(acme, open_session, token):
    """Its card number cannot be opened, and the hold on the shopper's card must not wait for the bank."""
    session = open_session(acme)
    with pytest.raises(Exception, match="did not answer"):
        pay_session(session=session, benefit_token=token(acme, FSA_SILENT), card_token=token(acme, VISA))
    merchant_keys.lock_key(merchant_id=acme.pk)
    advice = NetworkAdvice.objects.get()
    assert advice.tender.network_reference == ""
    NetworkAdvice.objects.update(next_attempt_at=timezone.now())

    assert send_due_advices() == 1

    advice.refresh_from_db()
    assert (advice.response_code, advice.is_refused) == ("00", False)


def test_a_silent_keeper_of_keys_lets_such_a_reversal_wait_and_sends_it_later(acme, open_session, token, custodian_server):
    with pytest.raises(Exception, match="did not answer"):
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA_SILENT), card_token=token(acme, VISA))
    keyring.forget_all()
    custodian_server.is_down = True
    assert send_due_advices() == 0
    assert NetworkAdvice.objects.get().acknowledged_at is None

    custodian_server.is_down = False
    keyring.forget_all()
    NetworkAdvice.objects.update(next_attempt_at=timezone.now())

    assert send_due_advices() == 1
