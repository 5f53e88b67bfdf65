"""One Idempotency-Key, one answer: also when the process dies between any two steps of a payment."""

from __future__ import annotations

import pytest
from django.utils import timezone

from checkout.models import Payment, Tender
from checkout.services import asking, pay
from checkout.services.advices import send_due_advices
from checkout.tests.conftest import FSA_PARTIAL, HSA, VISA, VISA_DECLINED
from checkout.tests.test_pay import assert_nothing_is_held, held_cents
from common.models import IdempotencyKey
from ledger.selectors import merchant_balance

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As a process ends: nothing catches it, nothing after it runs."""


def cards_of(acme, token, *numbers):
    return {"cards": [{"token": token(acme, number)} for number in numbers]}


def confirm(api, session, body, key="one"):
    return api.post(f"/v1/checkout/sessions/{session.public_id}/confirm", body, HTTP_IDEMPOTENCY_KEY=key)


def dies(monkeypatch, step):
    """The process dies before the n-th question, after the n-th answer, or before or after the sale is written down."""
    place, number = step
    asked = []
    acquirer = asking.acquirer

    class Dying:
        def authorise(self, request):
            asked.append(request)
            if place == "before" and len(asked) == number:
                raise Killed
            answer = acquirer().authorise(request)
            if place == "after" and len(asked) == number:
                raise Killed
            return answer

    monkeypatch.setattr(asking, "acquirer", Dying)
    finish = pay._finish

    def dying_finish(attempt):
        if place == "unwritten":
            raise Killed
        finish(attempt)
        if place == "unheard":
            raise Killed

    monkeypatch.setattr(pay, "_finish", dying_finish)


def revive(monkeypatch, settings):
    """Another process, after the sale's deadline and the lease of its key."""
    monkeypatch.undo()
    settings.SALE_DEADLINE_S = -1
    IdempotencyKey.objects.update(leased_until=timezone.now())


STEPS = [(place, number) for number in (1, 2, 3) for place in ("before", "after")] + [("unwritten", 0)]


@pytest.mark.parametrize("step", STEPS)
def test_a_payment_that_died_is_answered_as_interrupted_ever_after_and_nothing_stays_held(
    acme, acme_api, open_session, token, card_network, monkeypatch, settings, step
):
    session, body = open_session(acme), cards_of(acme, token, FSA_PARTIAL, HSA, VISA)
    dies(monkeypatch, step)
    with pytest.raises(Killed):
        confirm(acme_api, session, body)

    revive(monkeypatch, settings)
    answers = [confirm(acme_api, session, body) for _ in range(2)]
    send_due_advices()

    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [(402, "interrupted")] * 2
    assert_nothing_is_held(session, card_network)
    fresh = confirm(acme_api, session, cards_of(acme, token, FSA_PARTIAL, HSA, VISA), key="two")
    assert fresh.json()["status"] == "complete"
    assert merchant_balance(acme).total_cents == 4200


def test_a_payment_whose_answer_was_never_heard_is_answered_as_paid(
    acme, acme_api, open_session, token, card_network, monkeypatch, settings
):
    session, body = open_session(acme), cards_of(acme, token, FSA_PARTIAL, HSA, VISA)
    dies(monkeypatch, ("unheard", 0))
    with pytest.raises(Killed):
        confirm(acme_api, session, body)

    revive(monkeypatch, settings)
    again = confirm(acme_api, session, body)
    send_due_advices()

    assert (again.status_code, again.json()["status"]) == (200, "complete")
    assert Payment.objects.count() == 1
    assert Tender.objects.filter(status="captured").count() == 3
    assert merchant_balance(acme).total_cents == 4200
    assert held_cents(card_network) == 0


def test_a_refusal_that_was_never_heard_is_said_again(acme, acme_api, open_session, token, monkeypatch, settings):
    session, body = open_session(acme), cards_of(acme, token, FSA_PARTIAL, HSA, VISA_DECLINED)
    first = confirm(acme_api, session, body).json()["error"]
    IdempotencyKey.objects.update(status_code=None, body="", leased_until=timezone.now())  # as if it had died before keeping it

    again = confirm(acme_api, session, body).json()["error"]

    assert {**again, "request_id": ""} == {**first, "request_id": ""}
    assert Payment.objects.count() == 1


def test_a_repeat_beside_the_call_is_told_to_wait(acme, acme_api, open_session, token, monkeypatch, settings):
    session, body = open_session(acme), cards_of(acme, token, FSA_PARTIAL, HSA, VISA)
    dies(monkeypatch, ("before", 2))
    with pytest.raises(Killed):
        confirm(acme_api, session, body)
    monkeypatch.undo()
    IdempotencyKey.objects.update(leased_until=timezone.now())

    answer = confirm(acme_api, session, body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "session_processing")


def test_the_same_key_for_another_session_is_another_call(acme, acme_api, open_session, token):
    one, two = open_session(acme), open_session(acme)
    confirm(acme_api, one, cards_of(acme, token, VISA))

    answer = confirm(acme_api, two, cards_of(acme, token, VISA))

    assert answer.json()["error"]["code"] == "idempotency_key_reused"
