"""3-D Secure: off unless the merchant wants it; frictionless, challenged, refused, unreachable; who answers for fraud."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from checkout import errors
from checkout.models import CardAuthentication, CheckoutSession, Payment, Tender
from checkout.services.pay import pay_session
from checkout.services.release import expire_session
from checkout.tests.conftest import ASKED_3DS, ATTEMPTED_3DS, FSA, UNKNOWN_3DS, UNREACHABLE_3DS, VISA
from checkout.three_d_secure.sandbox import signed_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def careful(acme):
    """Acme wants holders of ordinary cards authenticated."""
    acme.three_d_secure = "ordinary"
    acme.save()
    return acme


def confirm(api, session, cards, key):
    body = {"cards": [{"token": card} for card in cards]}
    return api.post(f"/v1/checkout/sessions/{session.public_id}/confirm", body, HTTP_IDEMPOTENCY_KEY=key)


def answer_the_bank(client, url, is_holder):
    """As the shopper does on the sandbox bank's page; → the page to which the bank sends them back."""
    address = urlsplit(url)
    assert client.get(f"{address.path}?{address.query}").status_code == 200
    [question] = parse_qs(address.query)["question"]
    back = client.post(address.path, {"question": question, "is_holder": "yes" if is_holder else "no"})
    address = urlsplit(back["Location"])
    return client.get(f"{address.path}?{address.query}")


def test_it_is_off_unless_the_merchant_wants_it(acme, open_session, token):
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, ASKED_3DS))

    assert not CardAuthentication.objects.exists()
    assert set(Tender.objects.values_list("is_liability_shifted", flat=True)) == {False}


@pytest.mark.parametrize(
    ("card", "status", "eci", "shifts"),
    [(VISA, "authenticated", "05", True), (ATTEMPTED_3DS, "attempted", "06", True), (UNREACHABLE_3DS, "unavailable", "", False)],
)
def test_without_friction_the_sale_goes_on_and_each_tender_tells_who_answers_for_fraud(
    careful, open_session, token, card, status, eci, shifts
):
    pay_session(session=open_session(careful), benefit_token=token(careful, FSA), card_token=token(careful, card))

    benefit, ordinary = Tender.objects.all()
    assert (benefit.authentication, benefit.is_liability_shifted) == (None, False)
    assert (ordinary.authentication.status, ordinary.authentication.eci, ordinary.is_liability_shifted) == (status, eci, shifts)


def test_a_holder_whom_the_bank_does_not_know_is_charged_nothing(careful, open_session, token):
    session = open_session(careful)

    with pytest.raises(errors.CardAuthenticationFailed):
        pay_session(session=session, benefit_token=token(careful, FSA), card_token=token(careful, UNKNOWN_3DS))

    session.refresh_from_db()
    assert (session.status, Tender.objects.count(), Payment.objects.count()) == ("open", 0, 0)


def test_a_challenge_waits_for_the_holder_and_the_same_cards_then_pay(careful, acme_api, client, open_session, token):
    session, cards = open_session(careful), [token(careful, FSA), token(careful, ASKED_3DS)]

    asked = confirm(acme_api, session, cards, "one").json()
    assert (asked["status"], asked["next_action"]["type"], asked["payment"]) == ("requires_action", "redirect_to_url", None)
    assert confirm(acme_api, session, cards, "two").json()["status"] == "requires_action"  # nobody has answered
    assert acme_api.get(f"/v1/checkout/sessions/{session.public_id}").json()["status"] == "requires_action"
    assert client.get(f"/pay/{session.public_id}/status/").json()["status"] == "requires_action"
    assert Tender.objects.count() == 0
    page = answer_the_bank(client, asked["next_action"]["url"], True)
    assert "Your bank knows you" in page.content.decode()
    assert acme_api.get(f"/v1/checkout/sessions/{session.public_id}").json()["status"] == "open"
    paid = confirm(acme_api, session, cards, "three").json()

    assert paid["status"] == "complete"
    assert [tender["is_liability_shifted"] for tender in paid["payment"]["tenders"]] == [False, True]


def test_a_challenge_answered_with_no_refuses_the_card_and_leaves_the_session_open_for_another(
    careful, acme_api, client, open_session, token
):
    session, cards = open_session(careful), [token(careful, ASKED_3DS)]
    asked = confirm(acme_api, session, cards, "one").json()

    answer_the_bank(client, asked["next_action"]["url"], False)
    refused = confirm(acme_api, session, cards, "two")

    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "card_authentication_failed")
    assert confirm(acme_api, session, [token(careful, VISA)], "three").json()["status"] == "complete"


def test_an_answer_that_no_bank_signed_proves_nothing(careful, acme_api, client, open_session, token):
    session, cards = open_session(careful), [token(careful, ASKED_3DS)]
    confirm(acme_api, session, cards, "one")
    row = CardAuthentication.objects.get()

    client.get(f"/pay/{session.public_id}/challenged/{row.public_id}/?answer=yes")

    row.refresh_from_db()
    assert row.status == "failed"
    assert client.get(f"/pay/{session.public_id}/challenged/tds_nothing/").status_code == 404


def test_whoever_comes_back_without_an_answer_leaves_the_challenge_waiting(careful, acme_api, client, open_session, token):
    session, cards = open_session(careful), [token(careful, ASKED_3DS)]
    url = confirm(acme_api, session, cards, "one").json()["next_action"]["url"]
    row = CardAuthentication.objects.get()
    place = f"/pay/{session.public_id}/challenged/{row.public_id}/"

    pages = [client.get(place), client.post(place), client.get(f"{place}?answer=")]

    row.refresh_from_db()
    assert (row.status, row.ended_at) == ("challenge", None)
    assert all("Your bank has not answered yet" in page.content.decode() for page in pages)
    answer_the_bank(client, url, is_holder=True)
    assert confirm(acme_api, session, cards, "two").json()["status"] == "complete"


@pytest.mark.parametrize("pan", [VISA, ASKED_3DS, UNKNOWN_3DS])
def test_outside_the_sandbox_nobody_plays_the_bank(careful, open_session, token, settings, pan):
    session, card = open_session(careful), token(careful, pan)
    settings.IS_SANDBOX = False

    pay_session(session=session, card_token=card)

    assert session.status == "complete"
    assert CardAuthentication.objects.get().status == "unavailable"
    assert Tender.objects.get().is_liability_shifted is False


def test_outside_the_sandbox_no_signature_of_its_bank_ends_a_challenge(careful, acme_api, client, open_session, token, settings):
    session, cards = open_session(careful), [token(careful, ASKED_3DS)]
    url = confirm(acme_api, session, cards, "one").json()["next_action"]["url"]
    row = CardAuthentication.objects.get()
    answer = signed_answer(reference=row.reference, is_holder=True)
    settings.IS_SANDBOX = False

    page = client.get(f"/pay/{session.public_id}/challenged/{row.public_id}/", {"answer": answer})

    row.refresh_from_db()
    assert (row.status, page.status_code) == ("challenge", 200)
    assert client.get(urlsplit(url).path, parse_qs(urlsplit(url).query)).status_code == 404


def test_a_challenge_that_nobody_answered_in_time_is_over_and_a_session_that_waits_expires(
    careful, acme_api, open_session, token
):
    session, cards = open_session(careful), [token(careful, ASKED_3DS)]
    confirm(acme_api, session, cards, "one")
    CardAuthentication.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert acme_api.get(f"/v1/checkout/sessions/{session.public_id}").json()["status"] == "open"
    assert confirm(acme_api, session, cards, "two").json()["error"]["code"] == "card_authentication_failed"
    assert expire_session(session=CheckoutSession.objects.get()) is True


def test_a_card_token_of_one_session_is_authenticated_for_that_session_alone(careful, acme_api, client, open_session, token):
    one, two = open_session(careful), open_session(careful)
    card = token(careful, ASKED_3DS)
    answer_the_bank(client, confirm(acme_api, one, [card], "one").json()["next_action"]["url"], True)

    assert confirm(acme_api, two, [card], "two").json()["status"] == "requires_action"
