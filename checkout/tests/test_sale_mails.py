"""What shoppers are written about a sale: the receipt once, the reminder only if they asked for it, and nothing that others may not read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from checkout.mails.services import ask_for_reminder, write_sale_mails
from checkout.models import CheckoutSession, SaleMail
from checkout.pages.page_tokens import HEADER, page_token
from checkout.services.abandon import tell_of_abandoned
from checkout.services.capture import capture_session
from checkout.services.pay import pay_session
from checkout.services.release import expire_old_sessions
from checkout.tests.conftest import FSA, VISA
from merchants.branding.services import set_brand
from merchants.models import Event
from people.letters import send_waiting
from people.models import WaitingLetter

pytestmark = pytest.mark.django_db
ANN = "ann@shoppers.example"


@pytest.fixture
def paid(acme, open_session, token):
    def made(email=ANN, **fields):
        session = open_session(acme, client_reference_id="W-10442", **fields)
        return pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA), email=email)

    return made


@pytest.fixture
def left(acme, open_session):
    """An open sale of a store that offers reminders."""
    set_brand(merchant=acme, colour="#7a1f5c", mails_reminders=True)
    return open_session(acme)


def pass_an_hour(session):
    CheckoutSession.objects.filter(pk=session.pk).update(created_at=timezone.now() - timedelta(minutes=61))


def test_the_receipt_is_mailed_once_with_sums_and_cards_and_no_item(acme, paid):
    set_brand(merchant=acme, colour="#7a1f5c")
    session = paid()

    assert [write_sale_mails(), write_sale_mails(), send_waiting(), send_waiting()] == [1, 0, 1, 0]

    (letter,) = mail.outbox
    assert letter.to == [ANN]
    assert letter.subject == "Your receipt from Acme: $42.00"
    html = letter.alternatives[0][0]
    receipt_url = f"/receipts/{session.payments.get().receipt.public_id}/"
    for text in (letter.body, html):
        for words in (
            "FSA card · Visa ending 0005",
            "$30.00",
            "Credit card · Visa ending 0007",
            "$12.00",
            "W-10442",
            receipt_url,
        ):
            assert words in text
        for line in session.lines.all():
            assert line.title not in text
        for number in (FSA, VISA, "cvc"):
            assert number not in text
    assert "background:#7a1f5c" in html
    assert "prefers-color-scheme: dark" in html
    assert SaleMail.objects.get().outcome == "posted"


def test_a_guest_without_an_address_gets_no_mail(paid):
    paid(email="")

    assert write_sale_mails() == 0
    assert not SaleMail.objects.exists()


def test_a_store_that_writes_its_own_receipts_switches_ours_off(acme, paid):
    set_brand(merchant=acme, colour="", mails_receipts=False)
    paid()

    assert write_sale_mails() == 0
    assert SaleMail.objects.get().outcome == "unwanted"
    assert not WaitingLetter.objects.exists()


def test_a_held_sale_is_mailed_its_receipt_when_it_is_captured(acme, paid):

    session = paid(capture_method="manual")
    assert write_sale_mails() == 0

    capture_session(session=session)

    assert write_sale_mails() == 1


def test_a_name_of_a_store_cannot_break_out_of_the_mail(acme, paid):
    acme.name = "A&B <b>Store</b>\r\nBcc: all@example.com"[:80]
    acme.save()
    paid()
    write_sale_mails()
    send_waiting()

    (letter,) = mail.outbox
    assert "\n" not in letter.subject
    assert "<b>Store</b>" not in letter.alternatives[0][0]
    assert "A&B" in letter.body
    assert letter.bcc == []


def test_an_abandoned_sale_is_told_once_and_reminds_who_asked(left):
    ask_for_reminder(session=left, email=ANN, wants=True)
    assert [tell_of_abandoned(), write_sale_mails()] == [0, 0]
    pass_an_hour(left)

    assert [tell_of_abandoned(), tell_of_abandoned(), write_sale_mails(), write_sale_mails(), send_waiting()] == [1, 0, 1, 0, 1]

    event = Event.objects.get(type="checkout.session.abandoned")
    assert event.object_id == left.public_id
    assert event.data["is_shopper_reminded"] is True
    assert ANN not in json.dumps(event.data)
    (letter,) = mail.outbox
    assert letter.to == [ANN]
    for text in (letter.body, letter.alternatives[0][0]):
        assert f"/pay/{left.public_id}/" in text
        assert "asked for it" in text
    assert SaleMail.objects.get().address is None  # not kept longer than it is needed


def test_a_stranger_whose_address_is_typed_into_many_sales_gets_one_mail(acme, open_session, left):
    sales = [left, *(open_session(acme) for _ in range(3))]
    for number, session in enumerate(sales):
        ask_for_reminder(session=session, email=ANN.upper() if number % 2 else ANN, wants=True)
        pass_an_hour(session)

    assert [tell_of_abandoned(), write_sale_mails(), send_waiting()] == [4, 1, 1]
    assert sorted(SaleMail.objects.values_list("outcome", flat=True)) == ["posted", "too_many", "too_many", "too_many"]


def test_the_page_changes_the_address_a_few_times_only(left, client):
    def ask():
        return client.post(
            f"/pay/{left.public_id}/remind/", {"wants": True, "email": ANN}, content_type="application/json",
            headers={HEADER: page_token(left.public_id)},
        ).status_code  # fmt: skip

    answers = [ask() for _ in range(14)]

    assert answers[:10] == [200] * 10
    assert 400 in answers


def test_nobody_is_reminded_who_did_not_ask(left, paid):
    pass_an_hour(left)

    assert [tell_of_abandoned(), write_sale_mails()] == [1, 0]
    assert Event.objects.get(type="checkout.session.abandoned").data["is_shopper_reminded"] is False
    assert not WaitingLetter.objects.exists()


def test_who_pays_or_takes_it_back_or_whose_time_is_over_is_not_reminded(acme, open_session, token, left):
    ask_for_reminder(session=left, email=ANN, wants=True)
    ask_for_reminder(session=left, email="", wants=False)
    payer, late = open_session(acme), open_session(acme)
    for session in (payer, late):
        ask_for_reminder(session=session, email=ANN, wants=True)
    for session in (left, payer, late):
        pass_an_hour(session)
    tell_of_abandoned()
    pay_session(session=payer, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    CheckoutSession.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert expire_old_sessions() == 1

    assert write_sale_mails() == 0
    assert set(SaleMail.objects.values_list("outcome", flat=True)) == {"not_due"}
    assert not WaitingLetter.objects.exists()


def test_a_till_sale_is_never_abandoned(acme, open_session):
    session = open_session(acme)
    CheckoutSession.objects.filter(pk=session.pk).update(channel="pos")
    pass_an_hour(session)

    assert tell_of_abandoned() == 0


def test_the_page_asks_for_a_reminder_with_its_token_and_only_where_the_store_offers_it(acme, open_session):
    session = open_session(acme)
    url, headers = f"/pay/{session.public_id}/remind/", {"X-CSRFToken": page_token(session.public_id)}
    ask = lambda body, **more: Client().post(url, json.dumps(body), content_type="application/json", **more)  # noqa: E731

    assert ask({"wants": True, "email": ANN}).status_code == 403
    assert ask({"wants": True, "email": ANN}, headers=headers).json()["error"]["code"] == "reminder_refused"
    set_brand(merchant=acme, colour="", mails_reminders=True)
    assert ask({"wants": True, "email": "ann@"}, headers=headers).status_code == 400
    assert ask({"wants": True, "email": ANN}, headers=headers).json() == {"wants": True}
    assert SaleMail.objects.get().address == ANN
    assert 'id="remind"' in Client().get(f"/pay/{session.public_id}/").content.decode()
