"""Limits, holds and notes of a merchant, and what they do to sales."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from checkout.models import Payment
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, VISA, evidence, open_session  # noqa: F401  (fixtures)
from conftest import api_for
from merchants.errors import MerchantLimitReached, SalesHeld
from merchants.limits.models import Control, ControlChange
from merchants.limits.selectors import control_of, payout_limits
from merchants.models import Member
from merchants.notes.models import MerchantNote
from people import roles
from people.tests.factors import staff_person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
WHY = "The chargeback rate has doubled within a week"
LIMITS = {"per_sale_cents": "500", "daily_volume_cents": "2000", "monthly_volume_cents": "9000.50", "payout_daily_cents": "1000"}


@pytest.fixture
def risk(signed_in):
    return signed_in(staff_person(roles.RISK))


@pytest.fixture
def second(signed_in):
    return signed_in(staff_person(roles.RISK, name="second"))


def post(client, merchant, door, **fields):
    return client.post(f"/staff/merchants/{merchant.public_id}/{door}/", fields)


def decide(client, word="agree"):
    change = ControlChange.objects.latest("pk")
    return client.post(f"/staff/merchants/changes/{change.public_id}/", {"word": word})


# --- Limits


def test_first_limits_hold_at_once(risk, acme):
    assert post(risk, acme, "limits", reason=WHY, **LIMITS).status_code == 302

    assert control_of(acme).monthly_volume_cents == 900_050
    assert payout_limits(acme).daily_cents == 100_000
    assert AuditEntry.objects.filter(action="control_change.made", merchant_id=acme.pk).exists()


def test_a_limit_that_rises_waits_for_a_second_person(risk, second, acme):
    post(risk, acme, "limits", reason=WHY, **LIMITS)
    post(risk, acme, "limits", reason=WHY, **{**LIMITS, "per_sale_cents": "600"})

    assert control_of(acme).per_sale_cents == 50_000
    assert decide(risk).status_code == 403
    assert control_of(acme).per_sale_cents == 50_000
    assert decide(second).status_code == 302
    assert control_of(acme).per_sale_cents == 60_000
    assert decide(second).status_code == 409


def test_taking_a_limit_away_is_raising_it(risk, acme):
    post(risk, acme, "limits", reason=WHY, **LIMITS)
    post(risk, acme, "limits", reason=WHY, **{**LIMITS, "per_sale_cents": ""})

    assert control_of(acme).per_sale_cents == 50_000
    assert ControlChange.objects.latest("pk").status == "waiting"


def test_one_wish_waits_at_a_time_and_its_asker_may_take_it_back(risk, acme):
    post(risk, acme, "limits", reason=WHY, **LIMITS)
    post(risk, acme, "limits", reason=WHY, **{**LIMITS, "per_sale_cents": "600"})

    assert post(risk, acme, "limits", reason=WHY, **{**LIMITS, "per_sale_cents": "700"}).status_code == 409
    assert decide(risk, "refuse").status_code == 302
    assert control_of(acme).per_sale_cents == 50_000


@pytest.mark.parametrize(
    "fields", [{"reason": "short"}, {"per_sale_cents": "0"}, {"per_sale_cents": "-5"}, {"per_sale_cents": "x"}]
)
def test_limits_that_cannot_be_are_refused(risk, acme, fields):
    assert post(risk, acme, "limits", **{"reason": WHY, **LIMITS, **fields}).status_code == 400
    assert control_of(acme) is None or control_of(acme).per_sale_cents is None


def test_somebody_of_the_merchant_neither_asks_nor_decides(signed_in, risk, acme):
    insider = staff_person(roles.RISK, name="insider")
    Member.objects.create(merchant=acme, user=insider, role="viewer")
    post(risk, acme, "limits", reason=WHY, **LIMITS)
    post(risk, acme, "limits", reason=WHY, **{**LIMITS, "per_sale_cents": "600"})

    assert post(signed_in(insider), acme, "hold", reason=WHY, what="sales").status_code == 403
    assert decide(signed_in(insider)).status_code == 403
    assert control_of(acme).per_sale_cents == 50_000


def test_support_sees_the_file_and_changes_no_limit(signed_in, acme):
    support = signed_in(staff_person())

    assert support.get(f"/staff/merchants/{acme.public_id}/").status_code == 200
    assert post(support, acme, "limits", reason=WHY, **LIMITS).status_code == 403


def test_what_was_wanted_is_never_changed_or_deleted(risk, acme):
    post(risk, acme, "limits", reason=WHY, **LIMITS)

    with pytest.raises(DatabaseError), transaction.atomic():
        ControlChange.objects.update(reason="other words")
    with pytest.raises(DatabaseError), transaction.atomic():
        ControlChange.objects.all().delete()


# --- Holds


@pytest.mark.parametrize("what", ["sales", "payouts"])
def test_a_hold_begins_at_once_and_ends_by_two(risk, second, acme, what):
    post(risk, acme, "hold", reason=WHY, what=what)

    assert control_of(acme).is_held(what)
    assert payout_limits(acme).is_held is (what == "payouts")
    post(risk, acme, "release", reason="All disputes are answered and won", what=what)
    assert control_of(acme).is_held(what)
    assert decide(risk).status_code == 403
    decide(second)
    assert not control_of(acme).is_held(what)


def test_a_hold_with_an_end_lets_go_by_itself(acme):
    now = timezone.now()
    Control.objects.create(
        merchant=acme,
        payouts_held_at=now - timedelta(days=2),
        payouts_held_until=now - timedelta(days=1),
        payouts_hold_reason=WHY,
    )

    assert not payout_limits(acme).is_held


@pytest.mark.parametrize("until", ["2001-01-01", "tomorrow"])
def test_a_hold_does_not_end_in_the_past(risk, acme, until):
    assert post(risk, acme, "hold", reason=WHY, what="sales", until=until).status_code == 400
    assert control_of(acme) is None or not control_of(acme).is_held("sales")


def test_nothing_is_let_go_that_is_not_held(risk, acme):
    assert post(risk, acme, "release", reason=WHY, what="sales").status_code == 409


def test_the_merchant_does_not_read_why_risk_holds_it(signed_in, risk, acme, acme_owner):
    """Nobody who is looked into may be warned of it by our own log."""
    post(risk, acme, "hold", reason=WHY, what="payouts")

    page = signed_in(acme_owner).get("/access-log/?who=all").content.decode()

    assert WHY not in page
    assert "control change" not in page


# --- Sales


def limited(acme, **fields):
    return Control.objects.create(merchant=acme, **fields)


def pay(session, token):
    return pay_session(
        session=session,
        benefit_token=token(session.merchant, FSA),
        card_token=token(session.merchant, VISA),
        email="ann@example.com",
    )


def test_a_merchant_within_its_limits_sells(acme, open_session, token):  # noqa: F811
    session = open_session(acme)
    limited(acme, per_sale_cents=session.amount_total_cents, daily_volume_cents=session.amount_total_cents)

    assert pay(session, token).status == "complete"


@pytest.mark.parametrize("name", ["per_sale", "daily_volume", "monthly_volume"])
def test_a_sale_above_a_limit_is_refused_and_nothing_is_charged(acme, open_session, token, name):  # noqa: F811
    session = open_session(acme)
    limited(acme, **{f"{name}_cents": session.amount_total_cents - 1})

    with pytest.raises(MerchantLimitReached) as refused:
        pay(session, token)

    assert refused.value.details["limit"] == name
    session.refresh_from_db()
    assert (session.status, Payment.objects.count()) == ("open", 0)


def test_what_was_sold_today_counts_towards_the_day(acme, open_session, token):  # noqa: F811
    first, second = open_session(acme), open_session(acme)
    limited(acme, daily_volume_cents=first.amount_total_cents * 2 - 1)
    pay(first, token)

    with pytest.raises(MerchantLimitReached):
        pay(second, token)


def test_the_api_says_which_limit(acme, open_session, token):  # noqa: F811
    session = open_session(acme)
    limited(acme, per_sale_cents=1)

    answer = api_for(acme).post(
        f"/v1/checkout/sessions/{session.public_id}/confirm",
        {"benefit_card_token": token(acme, FSA), "card_token": token(acme, VISA)}, HTTP_IDEMPOTENCY_KEY="a-key-of-mine",
    )  # fmt: skip

    assert answer.status_code == 409
    assert (answer.json()["error"]["code"], answer.json()["error"]["limit"]) == ("merchant_limit_reached", "per_sale")


def test_held_sales_are_refused_and_others_go_on(risk, acme, globex, open_session, token):  # noqa: F811
    post(risk, acme, "hold", reason=WHY, what="sales")

    with pytest.raises(SalesHeld):
        pay(open_session(acme), token)
    assert pay(open_session(globex), token).status == "complete"


# --- Notes


def test_a_note_is_kept_for_ever_and_the_merchant_never_sees_it(signed_in, acme, acme_owner):
    support = signed_in(staff_person())
    post(support, acme, "notes", body="Calls every Monday.", pin="yes")

    assert MerchantNote.objects.get().is_pinned
    assert "Calls every Monday" in support.get(f"/staff/merchants/{acme.public_id}/").content.decode()
    assert "note" not in signed_in(acme_owner).get("/access-log/?who=all").content.decode().partition("<main")[2]
    with pytest.raises(DatabaseError), transaction.atomic():
        MerchantNote.objects.update(body="other")


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001, "Card 4242424242424242 was read out."])
def test_a_note_that_says_nothing_is_refused(signed_in, acme, body):
    assert post(signed_in(staff_person()), acme, "notes", body=body).status_code == 400
    assert MerchantNote.objects.count() == 0


def test_a_pin_comes_and_goes_and_auditors_move_none(signed_in, acme):
    support = signed_in(staff_person())
    post(support, acme, "notes", body="Calls every Monday.")
    url = f"/staff/merchants/notes/{MerchantNote.objects.get().public_id}/pin/"

    support.post(url, {"pin": "yes"})
    assert MerchantNote.objects.get().is_pinned
    assert signed_in(staff_person(roles.AUDITOR)).post(url, {"pin": "no"}).status_code == 403
    assert MerchantNote.objects.get().is_pinned
