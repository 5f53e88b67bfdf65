"""An approval that comes after its sale gave up: recorded and given back; anything else leaves a row."""

from __future__ import annotations

import pytest

from checkout import errors
from checkout.models import CheckoutSession, LateAnswer, NetworkAdvice, Tender
from checkout.network.late import LateAnswer as Heard
from checkout.network.late import late_answers
from checkout.services.advices import send_due_advices
from checkout.services.late_answers import record_late_answer
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, FSA_SLOW, VISA
from checkout.tests.network_samples import eventually
from checkout.tests.test_pay import assert_nothing_is_held
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def heard_of(tender, **changes):
    said = {
        "message_type": "0110", "stan": tender.stan, "rrn": tender.rrn, "acceptor": tender.acceptor["card_acceptor_id"],
        "terminal": tender.acceptor["terminal_id"], "response_code": "00", "approved_cents": tender.requested_cents, "auth_code": "123456",
        "network_reference": "REF1", "late_by_ms": 1200,
    }  # fmt: skip
    return Heard(**{**said, **changes})


@pytest.mark.django_db(transaction=True)
def test_a_late_approval_is_given_back_after_its_first_reversal_was_acknowledged(
    acme, open_session, token, card_network, settings
):
    settings.ACQUIRER_TIMEOUT_S = 0.1
    late_answers.record = record_late_answer
    session = open_session(acme)

    with pytest.raises(errors.NetworkSilent):
        pay_session(session=session, benefit_token=token(acme, FSA_SLOW), card_token=token(acme, VISA))
    assert send_due_advices() == 1
    assert eventually(lambda: LateAnswer.objects.count() == 1)
    late_answers.wait()

    late = LateAnswer.objects.get()
    assert (late.outcome, late.tender, late.approved_cents) == ("reversed", Tender.objects.get(), 3000)
    assert late.late_by_ms >= 0
    [reversal] = NetworkAdvice.objects.all()
    assert (reversal.kind, reversal.acknowledged_at, reversal.attempts) == ("reversal", None, 1)
    assert send_due_advices() == 1  # once more, marked as a repeat
    assert_nothing_is_held(session, card_network)
    assert CheckoutSession.objects.get().status == "open"


def test_a_late_approval_of_a_sale_that_goes_on_without_it_is_known(acme, open_session, token):
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    tender = Tender.objects.first()

    record_late_answer(heard_of(tender))

    assert LateAnswer.objects.get().outcome == "known"
    assert not NetworkAdvice.objects.filter(kind="reversal").exists()


def test_a_question_still_pending_will_be_reversed_by_whoever_ends_it(acme, open_session, token):
    pay_session(session=open_session(acme), card_token=token(acme, VISA))
    tender = Tender.objects.get()
    Tender.objects.update(status="pending")

    record_late_answer(heard_of(tender))

    assert LateAnswer.objects.get().outcome == "reversed"


@pytest.mark.parametrize(
    ("changes", "outcome", "is_ours"),
    [
        ({"response_code": "05", "approved_cents": 0}, "declined", True),
        ({"rrn": "999999999999"}, "unknown", False),
        ({"acceptor": "GLOBEX"}, "unknown", False),  # another merchant's number may be the same
        ({"message_type": "0230", "approved_cents": 0}, "advice", False),
    ],
)
def test_what_holds_nothing_leaves_a_row_and_nothing_else(acme, open_session, token, changes, outcome, is_ours):
    pay_session(session=open_session(acme), card_token=token(acme, VISA))
    tender, advices = Tender.objects.get(), NetworkAdvice.objects.count()

    record_late_answer(heard_of(tender, **changes))

    late = LateAnswer.objects.get()
    assert (late.outcome, late.tender_id is not None) == (outcome, is_ours)
    assert NetworkAdvice.objects.count() == advices
    assert AuditEntry.objects.filter(action="payment.answered_late").exists() is is_ours
