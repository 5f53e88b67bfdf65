"""Giving money back: to which card, how much, once, and never more than was taken."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout import integrity
from checkout.errors import CaptureInvalid, CaptureTooLarge, SessionNotAuthorised
from checkout.models import CardToken, NetworkAdvice, Payment, Refund, RefundLeg, RefundPart, Tender, TenderLine
from checkout.network.types import AdviceResult
from checkout.refunds.allocation import Asked
from checkout.refunds.errors import RefundInvalid, RefundTooLarge
from checkout.refunds.services import create_refund
from checkout.refunds.settling import settle_answered_refunds
from checkout.refunds.telling import write_refund_letters
from checkout.services.advices import send_due_advices
from checkout.services.capture import capture_session
from checkout.tests.conftest import FSA_PARTIAL
from checkout.tests.dispute_samples import a_dispute
from checkout.tests.held import ELIGIBLE, TOTAL, a_sale, assert_book_balances, events, send_everything, tender
from checkout.tests.test_faults import in_threads
from ledger.models import Account, Leg
from ledger.selectors import merchant_balance
from people.letters import send_waiting

pytestmark = pytest.mark.django_db


def preview(api, payment, **body):
    return api.post("/v1/refunds/preview", {"payment": payment.public_id, **body})


def refund(api, payment, **body):
    return api.post("/v1/refunds", {"payment": payment.public_id, **body})


def legs(answer):
    return [
        (leg["kind"], leg["amount_cents"], [(i["position"], i["amount_cents"]) for i in leg["line_items"]])
        for leg in answer["legs"]
    ]


def settled():
    send_everything()
    settle_answered_refunds()


def test_the_preview_says_to_the_cent_what_goes_where_and_why_and_changes_nothing(acme_api, sold):
    answer = preview(acme_api, sold, line_items=[{"position": 0, "quantity": 1}, {"position": 1}]).json()

    assert legs(answer) == [("benefit", 1001, [(0, 1001)]), ("ordinary", 666, [(1, 666)])]
    assert (answer["amount_cents"], answer["refundable_cents"]) == (1667, TOTAL)
    assert answer["legs"][0]["card"] == "Visa FSA card …0005"
    assert answer["legs"][0]["line_items"][0]["why"] == (
        "Visa FSA card …0005 paid $30.03 of “Ibuprofen 200 mg”: a benefit card gets its part back first."
    )
    assert not Refund.objects.exists()
    by_session = acme_api.post(f"/v1/checkout/sessions/{sold.session.public_id}/refund_preview", {"amount_cents": 1}).json()
    assert by_session["amount_cents"] == 1


def test_a_refund_does_what_its_preview_said_and_is_booked_and_told(acme_api, acme, sold, card_network):
    body = {"line_items": [{"position": 0, "quantity": 1}, {"position": 1}]}
    said = preview(acme_api, sold, **body).json()

    made = refund(acme_api, sold, **body, reason="returned", note="Box was open").json()

    assert legs(made) == legs(said)
    assert (made["status"], made["reason"]) == ("pending", "returned")
    assert merchant_balance(acme).total_cents == TOTAL - 1667
    settled()
    after = acme_api.get(f"/v1/refunds/{made['id']}").json()
    assert (after["status"], [leg["status"] for leg in after["legs"]]) == ("succeeded", ["succeeded", "succeeded"])
    for kind, cents in (("benefit", 1001), ("ordinary", 666)):
        assert card_network.authorisations(tender(sold.session, kind).rrn)[0]["refunded_cents"] == cents
    assert [e.type for e in events("refund.created", "refund.succeeded")] == ["refund.created", "refund.succeeded"]
    assert events("refund.created")[0].data["legs"][0]["amount_cents"] == 1001
    assert [row["id"] for row in acme_api.get(f"/v1/refunds?payment={sold.public_id}").json()["data"]] == [made["id"]]
    assert all(not finding.broken for finding in integrity.findings())
    assert acme_api.get(f"/v1/payments/{sold.public_id}").json()["amount_refunded_cents"] == 1667


def test_the_units_of_a_line_bring_back_exactly_what_it_cost(acme_api, open_session, acme, token):
    payment = Payment.objects.get(session=a_sale(acme, open_session, token, fsa=FSA_PARTIAL))

    first = preview(acme_api, payment, line_items=[{"position": 0, "quantity": 1}]).json()
    for _ in range(2):
        assert refund(acme_api, payment, line_items=[{"position": 0, "quantity": 1}]).status_code == 201
    last = refund(acme_api, payment, line_items=[{"position": 0, "quantity": 1}]).json()

    assert legs(first) == [("benefit", 1001, [(0, 1001)])]  # of the $20.00 that it was good for
    assert legs(last) == [("ordinary", 1001, [(0, 1001)])]
    spent = refund(acme_api, payment, line_items=[{"position": 0, "quantity": 1}])
    assert (spent.status_code, spent.json()["error"]["code"]) == (409, "refund_too_large")
    assert Tender.objects.get(kind="benefit").refunded_cents == 2000


def test_an_amount_is_spread_over_the_lines_and_goes_to_the_benefit_card_first(acme_api, sold):
    answer = refund(acme_api, sold, amount_cents=1000).json()

    assert legs(answer) == [("benefit", 720, [(0, 720)]), ("ordinary", 280, [(1, 160), (2, 120)])]


def test_a_whole_refund_gives_back_all_that_is_left(acme_api, acme, sold):
    refund(acme_api, sold, amount_cents=1000)

    assert refund(acme_api, sold).json()["amount_cents"] == TOTAL - 1000
    again = refund(acme_api, sold)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "refund_too_large")
    assert merchant_balance(acme).total_cents == 0
    assert_book_balances()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount_cents": TOTAL + 1}, 409, "refund_too_large"),
        ({"amount_cents": 0}, 400, "parameter_invalid"),
        ({"line_items": [{"position": 0, "amount_cents": ELIGIBLE + 1}]}, 409, "refund_too_large"),
        ({"line_items": [{"position": 0, "quantity": 4}]}, 409, "refund_too_large"),
        ({"line_items": [{"position": 0, "quantity": 1, "amount_cents": 5}]}, 400, "refund_invalid"),
        ({"line_items": [{"position": 9}]}, 400, "refund_invalid"),
        ({"line_items": [{"position": 0}, {"position": 0}]}, 400, "refund_invalid"),
        ({"line_items": [{"position": 0, "amount_cents": 0}]}, 400, "refund_invalid"),
        ({"line_items": [{"position": 0}], "amount_cents": 5}, 400, "refund_invalid"),
        ({"reason": "mood"}, 400, "parameter_invalid"),
        ({"card_token": "tok_1"}, 400, "parameter_unknown"),
    ],
)
def test_what_cannot_be_given_back_is_refused_and_nothing_changes(acme_api, acme, sold, body, status, code):
    answer = refund(acme_api, sold, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Refund.objects.exists()
    assert merchant_balance(acme).total_cents == TOTAL


def test_only_what_was_captured_can_be_given_back(acme_api, held):
    payment = Payment.objects.get()
    assert refund(acme_api, payment).json()["error"]["code"] == "payment_not_refundable"
    assert acme_api.post(f"/v1/checkout/sessions/{held.public_id}/refund_preview", {}).status_code == 409
    capture_session(session=held, units={0: 2})

    assert refund(acme_api, payment, line_items=[{"position": 0, "quantity": 3}]).json()["error"]["code"] == "refund_too_large"
    assert refund(acme_api, payment, line_items=[{"position": 1}]).json()["error"]["code"] == "refund_invalid"
    assert refund(acme_api, payment).json()["amount_cents"] == 2002


def test_another_merchants_payment_and_refund_are_not_there(globex_api, acme_api, sold):
    made = refund(acme_api, sold, amount_cents=5).json()

    assert refund(globex_api, sold).status_code == 404
    assert preview(globex_api, sold).status_code == 404
    assert globex_api.get(f"/v1/refunds/{made['id']}").status_code == 404
    assert globex_api.get("/v1/refunds").json()["data"] == []


def test_a_repeat_under_one_key_gives_back_once(acme_api, sold):
    body = {"payment": sold.public_id, "amount_cents": 500}
    answers = [acme_api.post("/v1/refunds", body, headers={"Idempotency-Key": "back-1"}).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert Refund.objects.count() == 1


def test_a_refund_waits_until_the_network_has_heard_of_the_capture(acme, open_session, token, card_network):
    payment = Payment.objects.get(session=a_sale(acme, open_session, token))
    create_refund(payment=payment)
    NetworkAdvice.objects.filter(kind="completion").update(next_attempt_at=timezone.now() + timezone.timedelta(hours=1))

    assert send_due_advices() == 0
    NetworkAdvice.objects.update(next_attempt_at=timezone.now())
    settled()

    assert Refund.objects.get().status == "succeeded"


def test_a_card_whose_number_is_long_gone_still_gets_its_money(sold):
    CardToken.objects.update(card_number=None)

    create_refund(payment=sold)
    settled()

    assert Refund.objects.get().status == "succeeded"


def refuse(monkeypatch, kind):
    """The network refuses refunds to cards of this kind for good."""
    from checkout.services import advices

    real = advices.acquirer()

    class Refusing:
        def send_many(self, requests):
            pans = {t.rrn for t in Tender.objects.filter(kind=kind)}
            return [
                AdviceResult(False, "57") if r.kind == "refund" and r.original.rrn in pans else real.send_many([r])[0]
                for r in requests
            ]

    monkeypatch.setattr(advices, "acquirer", Refusing)


def test_what_the_network_will_not_give_back_is_the_merchants_again(acme_api, acme, sold, monkeypatch):
    refuse(monkeypatch, "ordinary")
    made = refund(acme_api, sold).json()

    settled()

    after = acme_api.get(f"/v1/refunds/{made['id']}").json()
    assert (after["status"], after["failed_cents"]) == ("partly_failed", TOTAL - ELIGIBLE)
    assert [(leg["status"], leg["response_code"]) for leg in after["legs"]] == [("succeeded", "00"), ("failed", "57")]
    assert merchant_balance(acme).total_cents == TOTAL - ELIGIBLE
    assert [e.type for e in events("refund.failed", "refund.succeeded")] == ["refund.failed"]
    assert all(not finding.broken for finding in integrity.findings())
    monkeypatch.undo()
    assert refund(acme_api, sold).json()["amount_cents"] == TOTAL - ELIGIBLE
    settled()
    assert merchant_balance(acme).total_cents == 0


def test_a_sender_that_dies_after_the_answer_leaves_a_refund_that_is_settled_later(sold):
    create_refund(payment=sold)
    send_everything()  # and dies before it settles
    assert Refund.objects.get().status == "pending"

    assert settle_answered_refunds() == 2
    assert settle_answered_refunds() == 0

    assert Refund.objects.get().status == "succeeded"
    assert len(events("refund.succeeded")) == 1


def test_a_refund_that_dies_while_it_is_written_leaves_nothing(sold, acme, monkeypatch):
    def dies(**_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("checkout.refunds.services.post_refund", dies)
    with pytest.raises(RuntimeError), transaction.atomic():
        create_refund(payment=sold)

    assert (Refund.objects.count(), NetworkAdvice.objects.filter(kind="refund").count()) == (0, 0)
    assert merchant_balance(acme).total_cents == TOTAL


def test_the_shopper_hears_once_when_the_network_has_taken_it(sold, mailoutbox, acme):
    create_refund(payment=sold, amount_cents=1000)
    assert write_refund_letters() == 0
    settled()

    assert (write_refund_letters(), write_refund_letters()) == (1, 0)
    send_waiting()
    [mail] = mailoutbox
    assert mail.to == ["pat@example.com"]
    assert mail.subject == "Acme refunds you $10.00"
    assert "$7.20 to your Visa FSA card ending 0005" in mail.body
    assert f"/receipts/{sold.receipt.public_id}/" in mail.body


def test_the_database_itself_refuses_a_cent_too_much(sold):
    made = create_refund(payment=sold, asked=[Asked(0)])
    leg, part = made.legs.get(), RefundPart.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Tender.objects.filter(pk=leg.tender_id).update(refunded_cents=ELIGIBLE + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refunded_cents=TOTAL + 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        RefundPart.objects.filter(pk=part.pk).update(amount_cents=1)
    other = RefundLeg.objects.create(
        refund=Refund.objects.create(payment=sold, merchant=sold.merchant, amount_cents=1), tender=leg.tender, amount_cents=1,
        advice=NetworkAdvice.objects.create(
            tender=leg.tender, kind="refund", subject="x", amount_cents=1, stan="1", rrn="1", next_attempt_at=timezone.now()
        ),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="would get back"), transaction.atomic():
        RefundPart.objects.create(leg=other, line=part.line, amount_cents=1)


@pytest.mark.django_db(transaction=True)
def test_two_refunds_at_once_never_give_back_more_than_was_taken(acme, sold):
    def give_back(number):
        return create_refund(payment=Payment.objects.get(pk=sold.pk), amount_cents=1500).public_id

    outcomes = in_threads(6, give_back)

    assert sum(isinstance(outcome, str) for outcome in outcomes) == 2
    assert {type(outcome) for outcome in outcomes if not isinstance(outcome, str)} == {RefundTooLarge}
    assert merchant_balance(acme).total_cents == TOTAL - 3000
    settled()
    assert set(Refund.objects.values_list("status", flat=True)) == {"succeeded"}
    assert all(not finding.broken for finding in integrity.findings())


@pytest.mark.django_db(transaction=True)
def test_settling_beside_itself_settles_once(acme, sold):
    create_refund(payment=sold)
    send_everything()

    assert sum(in_threads(4, lambda number: settle_answered_refunds())) == 2
    assert len(events("refund.succeeded")) == 1


WISHES = st.lists(
    st.one_of(
        st.tuples(st.just("units"), st.integers(0, 2), st.integers(1, 3)),
        st.tuples(st.just("line"), st.integers(0, 2), st.integers(1, 1500)),
        st.tuples(st.just("amount"), st.integers(1, 2500), st.just(0)),
        st.tuples(st.just("capture"), st.integers(0, 2), st.integers(1, 2)),
        st.tuples(st.just("refused"), st.sampled_from(["benefit", "ordinary"]), st.just(0)),
    ),
    max_size=9,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=WISHES, is_partial=st.booleans())
def test_whatever_is_asked_captured_less_given_back_is_never_negative(acme, open_session, token, wishes, is_partial):
    with transaction.atomic():
        session = a_sale(acme, open_session, token, capture_method="manual", **({"fsa": FSA_PARTIAL} if is_partial else {}))
        capture_session(session=session, units={0: 1})
        payment = Payment.objects.get(session=session)
        for kind, first, second in wishes:
            with suppress(RefundTooLarge, RefundInvalid):
                _do(session, payment, kind, first, second)
            _assert_within(payment)
        assert_book_balances()
        receivable = sum(Leg.objects.filter(account__merchant=None).values_list("amount_cents", flat=True))
        payment.refresh_from_db()
        assert receivable == payment.captured_cents - payment.refunded_cents == merchant_balance(acme).total_cents
        assert not [f for f in integrity.findings() if f.broken]
        transaction.set_rollback(True)


def _do(session, payment, kind, first, second):
    match kind:
        case "units":
            create_refund(payment=payment, asked=[Asked(first, quantity=second)])
        case "line":
            create_refund(payment=payment, asked=[Asked(first, amount_cents=second)])
        case "amount":
            create_refund(payment=payment, amount_cents=first)
        case "capture":
            with suppress(CaptureInvalid, CaptureTooLarge, SessionNotAuthorised):
                capture_session(session=session, units={first: second})
        case "refused":
            waiting = NetworkAdvice.objects.filter(kind="refund", acknowledged_at=None, tender__kind=first).first()
            if waiting:
                NetworkAdvice.objects.filter(pk=waiting.pk).update(
                    acknowledged_at=timezone.now(), is_refused=True, response_code="57"
                )
                settle_answered_refunds()


def _assert_within(payment):
    left: dict[tuple[int, int], int] = {}
    for part in TenderLine.objects.filter(tender__payment=payment):
        left[part.tender_id, part.line_id] = left.get((part.tender_id, part.line_id), 0) + part.amount_cents
    for part in RefundPart.objects.filter(leg__refund__payment=payment).exclude(leg__status="failed").select_related("leg"):
        left[part.leg.tender_id, part.line_id] -= part.amount_cents
    assert all(cents >= 0 for cents in left.values())


def test_the_accounts_of_the_network_fall_by_what_each_card_gets_back(sold):
    create_refund(payment=sold, asked=[Asked(0, quantity=1), Asked(2)])

    sums = {
        kind: sum(Leg.objects.filter(account__kind=kind).values_list("amount_cents", flat=True))
        for kind in (Account.Kind.NETWORK_BENEFIT, Account.Kind.NETWORK_ORDINARY)
    }
    assert sums == {Account.Kind.NETWORK_BENEFIT: ELIGIBLE - 1001, Account.Kind.NETWORK_ORDINARY: TOTAL - ELIGIBLE - 500}


def test_legs_and_captures_name_the_tender_that_the_payment_names(acme_api, sold):
    paid = acme_api.get(f"/v1/payments/{sold.public_id}").json()
    ids = {tender["kind"]: tender["id"] for tender in paid["tenders"]}

    for answer in (preview(acme_api, sold), refund(acme_api, sold)):
        assert {leg["kind"]: leg["tender"] for leg in answer.json()["legs"]} == ids
    [capture] = acme_api.get(f"/v1/payments/{sold.public_id}/captures").json()["data"]
    assert {tender["kind"]: tender["id"] for tender in capture["tenders"]} == ids
    assert all(name.startswith("td_") for name in ids.values())


def test_a_payment_tells_what_banks_took_back_and_that_a_part_was_captured(acme_api, sold, held):
    a_dispute(sold)
    capture_session(session=held, amount_cents=1000)

    disputed = acme_api.get(f"/v1/payments/{sold.public_id}").json()
    partly = acme_api.get(f"/v1/checkout/sessions/{held.public_id}").json()["payment"]

    assert (disputed["amount_disputed_cents"], disputed["is_partly_captured"]) == (ELIGIBLE, False)
    assert [tender["disputed_cents"] for tender in disputed["tenders"]] == [ELIGIBLE, 0]
    assert (partly["amount_captured_cents"], partly["is_partly_captured"]) == (1000, True)
