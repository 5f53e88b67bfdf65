"""Capturing a held sale: whole, in parts, by line, by amount; and letting go of the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout import integrity
from checkout.errors import CaptureInvalid, CaptureTooLarge, SessionNotAuthorised
from checkout.holds import hold_ends_at
from checkout.models import Capture, CheckoutSession, NetworkAdvice, Payment, Receipt, Tender
from checkout.parts import planned_parts
from checkout.services.capture import MOST_CAPTURES, capture_session
from checkout.services.release import expire_old_sessions, warn_of_ageing_holds
from checkout.tests.conftest import FSA_PARTIAL
from checkout.tests.held import ELIGIBLE, TOTAL, a_sale, assert_book_balances, events, send_everything, taken, tender
from ledger.selectors import merchant_balance

pytestmark = pytest.mark.django_db


def url(session: CheckoutSession, verb: str) -> str:
    return f"/v1/checkout/sessions/{session.public_id}/{verb}"


def capture(api, session, **body):
    return api.post(url(session, "capture"), body)


def test_units_take_what_the_cards_put_on_them_and_the_last_brings_the_last_cent(acme_api, acme, held, card_network):
    first = capture(acme_api, held, line_items=[{"position": 0, "quantity": 1}, {"position": 1, "quantity": 1}]).json()

    assert first["status"] == "authorised"
    assert (first["payment"]["status"], first["payment"]["amount_captured_cents"]) == ("captured", 1001 + 333)
    assert taken(held) == {("benefit", 0): 1001, ("ordinary", 1): 333}
    assert [(t["captured_cents"], t["held_cents"]) for t in first["payment"]["tenders"]] == [(1001, 2002), (333, 833)]
    assert merchant_balance(acme).total_cents == 1334

    last = capture(acme_api, held).json()

    assert (last["status"], last["payment"]["amount_captured_cents"]) == ("complete", TOTAL)
    assert taken(held) == {("benefit", 0): ELIGIBLE, ("ordinary", 1): 666, ("ordinary", 2): 500}
    assert merchant_balance(acme).total_cents == TOTAL
    send_everything()
    for kind, cents in (("benefit", ELIGIBLE), ("ordinary", TOTAL - ELIGIBLE)):
        [row] = card_network.authorisations(tender(held, kind).rrn)
        assert (row["completed_cents"], row["held_cents"]) == (cents, 0)
    assert all(not finding.broken for finding in integrity.findings())
    assert [e.type for e in events("payment.captured", "checkout.session.completed")] == [
        "payment.captured", "payment.captured", "checkout.session.completed",
    ]  # fmt: skip
    captures = acme_api.get(f"/v1/payments/{last['payment']['id']}/captures").json()["data"]
    assert captures[0]["line_items"] == [
        {"position": 0, "quantity": 1, "amount_cents": 1001}, {"position": 1, "quantity": 1, "amount_cents": 333},
    ]  # fmt: skip
    assert [(one["number"], one["amount_cents"]) for one in captures] == [(1, 1334), (2, TOTAL - 1334)]
    assert Receipt.objects.count() == 1


def test_a_final_part_lets_go_of_the_rest_by_an_incremental_reversal(acme_api, acme, held, card_network):
    answer = capture(acme_api, held, line_items=[{"position": 0, "quantity": 2}], is_final=True).json()

    assert (answer["status"], answer["payment"]["amount_captured_cents"]) == ("complete", 2002)
    benefit, other = tender(held, "benefit"), tender(held, "ordinary")
    assert (benefit.released_cents, other.released_cents, other.status) == (1001, 1166, Tender.Status.APPROVED)
    assert {(a.kind, a.subject, a.amount_cents) for a in NetworkAdvice.objects.all()} == {
        ("completion", "", 2002), ("reversal", "rest", 1001), ("reversal", "rest", 1166),
    }  # fmt: skip
    send_everything()
    for row, completed in ((benefit, 2002), (other, 0)):
        [there] = card_network.authorisations(row.rrn)
        assert (there["completed_cents"], there["held_cents"]) == (completed, 0)
    assert merchant_balance(acme).total_cents == 2002
    [told] = events("payment.rest_released")
    assert told.data["released_cents"] == 1001 + 1166
    assert all(not finding.broken for finding in integrity.findings())
    assert capture(acme_api, held, amount_cents=1).status_code == 409


def test_an_amount_is_spread_over_all_that_is_held(acme_api, held):
    assert capture(acme_api, held, amount_cents=1000).status_code == 200

    assert sum(taken(held).values()) == 1000
    assert taken(held) == {("benefit", 0): 720, ("ordinary", 1): 160, ("ordinary", 2): 120}
    assert capture(acme_api, held).json()["payment"]["amount_captured_cents"] == TOTAL


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"line_items": [{"position": 0, "quantity": 4}]}, 409, "capture_too_large"),
        ({"line_items": [{"position": 3}]}, 400, "capture_invalid"),
        ({"line_items": [{"position": 0}, {"position": 0}]}, 400, "parameter_invalid"),
        ({"line_items": []}, 400, "parameter_invalid"),
        ({"amount_cents": TOTAL + 1}, 409, "capture_too_large"),
        ({"amount_cents": 0}, 400, "parameter_invalid"),
        ({"amount_cents": -5}, 400, "parameter_invalid"),
        ({"amount_cents": 5, "line_items": [{"position": 0}]}, 400, "capture_invalid"),
        ({"amount": 5}, 400, "parameter_unknown"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_changes(acme_api, held, body, status, code):
    answer = capture(acme_api, held, **body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Capture.objects.exists()
    assert Payment.objects.get().status == "authorised"


def test_units_are_shipped_once(acme_api, held):
    capture(acme_api, held, line_items=[{"position": 0, "quantity": 2}])

    assert capture(acme_api, held, line_items=[{"position": 0, "quantity": 2}]).json()["error"]["code"] == "capture_too_large"
    assert capture(acme_api, held, line_items=[{"position": 0}]).json()["payment"]["amount_captured_cents"] == ELIGIBLE
    assert capture(acme_api, held, line_items=[{"position": 0}]).status_code == 409


def test_a_payment_is_captured_fifty_times_at_most_and_the_last_ends_it(acme_api, held, monkeypatch):
    assert MOST_CAPTURES == 50
    monkeypatch.setattr("checkout.services.capture.MOST_CAPTURES", 4)
    for _ in range(3):
        capture_session(session=held, amount_cents=1)

    refused = capture(acme_api, held, amount_cents=1)
    assert (refused.status_code, refused.json()["error"]["code"], refused.json()["error"]["param"]) == (
        400,
        "capture_invalid",
        "is_final",
    )
    assert sum(taken(held).values()) == 3

    assert capture(acme_api, held, amount_cents=1, is_final=True).json()["status"] == "complete"
    assert Capture.objects.count() == 4
    assert_book_balances()


def test_everything_that_is_left_can_always_be_taken(acme_api, held, monkeypatch):
    monkeypatch.setattr("checkout.services.capture.MOST_CAPTURES", 2)
    capture_session(session=held, amount_cents=1)

    assert capture(acme_api, held).json()["payment"]["amount_captured_cents"] == TOTAL
    assert Capture.objects.count() == 2


def test_a_repeat_under_one_key_takes_once(acme_api, held):
    for _ in range(2):
        answer = acme_api.post(
            url(held, "capture"), {"line_items": [{"position": 0, "quantity": 1}]}, headers={"Idempotency-Key": "ship-1"}
        )

    assert answer.json()["payment"]["amount_captured_cents"] == 1001
    assert Capture.objects.count() == 1


def test_void_lets_go_of_everything_and_says_so(acme_api, held, card_network):
    assert acme_api.post(url(held, "void")).json()["status"] == "cancelled"
    assert acme_api.post(url(held, "void")).json()["status"] == "cancelled"
    send_everything()

    assert Payment.objects.get().status == "voided"
    assert [e.type for e in events("payment.voided", "checkout.session.cancelled", "checkout.session.expired")] == [
        "payment.voided", "checkout.session.cancelled",
    ]  # fmt: skip
    for row in Tender.objects.all():
        assert card_network.authorisations(row.rrn)[0]["held_cents"] == 0
    assert capture(acme_api, held).status_code == 409


def test_void_after_a_part_keeps_the_part(acme_api, acme, held):
    capture(acme_api, held, line_items=[{"position": 2}])

    assert acme_api.post(url(held, "void")).json()["status"] == "complete"
    assert merchant_balance(acme).total_cents == 500
    assert sum(row.held_cents for row in Tender.objects.all()) == 0


def test_what_is_not_held_cannot_be_voided(acme_api, globex_api, acme, open_session, held):
    fresh = open_session(acme)

    assert acme_api.post(url(fresh, "void")).status_code == 409
    assert globex_api.post(url(held, "void")).status_code == 404
    assert globex_api.post(url(held, "capture"), {"amount_cents": 1}).status_code == 404


def test_a_hold_ages_with_its_network_is_warned_of_once_and_let_go(acme_api, acme, held):
    session = CheckoutSession.objects.get(pk=held.pk)
    assert session.expires_at == hold_ends_at(Tender.objects.all())
    capture(acme_api, held, line_items=[{"position": 0, "quantity": 1}])
    assert warn_of_ageing_holds() == 0
    CheckoutSession.objects.update(expires_at=timezone.now() + timedelta(hours=23))

    assert (warn_of_ageing_holds(), warn_of_ageing_holds()) == (1, 0)
    [warning] = events("payment.hold_expiring")
    assert warning.data["held_cents"] == TOTAL - 1001
    CheckoutSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert capture(acme_api, held).status_code == 409
    assert expire_old_sessions() == 1

    session.refresh_from_db()
    assert session.status == "complete"
    assert merchant_balance(acme).total_cents == 1001
    assert [e.type for e in events("payment.rest_released", "checkout.session.expired")] == ["payment.rest_released"]


def test_a_partly_approved_split_is_captured_as_it_was_approved(acme, open_session, token):
    session = a_sale(acme, open_session, token, fsa=FSA_PARTIAL, capture_method="manual")

    capture_session(session=session, units={0: 1})

    assert taken(session) == {("benefit", 0): 2000 // 3, ("ordinary", 0): 1003 // 3}
    capture_session(session=session)
    assert taken(session) == {("benefit", 0): 2000, ("ordinary", 0): 1003, ("ordinary", 1): 666, ("ordinary", 2): 500}


def test_the_database_itself_refuses_to_take_more_than_was_approved(held):
    row = tender(held, "benefit")

    for changes in ({"captured_cents": ELIGIBLE + 1}, {"captured_cents": 2000, "released_cents": 1004}, {"refunded_cents": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Tender.objects.filter(pk=row.pk).update(**changes)
    capture_session(session=held, units={0: 1})
    with pytest.raises(DatabaseError), transaction.atomic():
        Capture.objects.update(amount_cents=1)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("units"), st.integers(0, 2), st.integers(1, 3)),
        st.tuples(st.just("amount"), st.integers(1, 2500), st.just(0)),
    ),
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, is_partial=st.booleans())
def test_however_it_is_taken_no_card_pays_more_of_a_line_than_it_promised(acme, open_session, token, steps, is_partial):
    with transaction.atomic():
        session = a_sale(acme, open_session, token, capture_method="manual", **({"fsa": FSA_PARTIAL} if is_partial else {}))
        plan = planned_parts(list(session.lines.all()), list(Tender.objects.filter(payment__session=session)))
        for kind, first, second in steps:
            wish = {"units": {first: second}} if kind == "units" else {"amount_cents": first}
            try:
                capture_session(session=session, **wish)
            except (CaptureInvalid, CaptureTooLarge):
                continue
            except SessionNotAuthorised:
                break  # everything is taken
        if CheckoutSession.objects.get(pk=session.pk).status == "authorised":
            capture_session(session=session)
        tenders, lines = Tender.objects.filter(payment__session=session), list(session.lines.all())
        promised = {(t.kind, row.position): plan[t.pk, row.pk] for t in tenders for row in lines if (t.pk, row.pk) in plan}
        assert taken(session) == promised
        assert_book_balances()
        transaction.set_rollback(True)
