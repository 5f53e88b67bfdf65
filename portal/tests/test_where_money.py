"""“Where is my money?”: any sale is found by what people say on the phone, and told step by step."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from checkout.models import ClearingCase, ClearingFile, ClearingLine, NetworkAdvice, Payment
from checkout.refunds.services import create_refund
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, VISA, evidence, open_session  # noqa: F401  (fixtures)
from checkout.tests.dispute_samples import a_dispute
from people import roles
from people.tests.factors import staff_person
from treasury.services.payouts import request_payout
from treasury.tests.samples import an_account, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(acme, open_session, token):  # noqa: F811
    session = open_session(acme)
    session.client_reference_id = "A-1001"
    session.save()
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA), email="ann@example.com")
    return Payment.objects.get()


@pytest.fixture
def support(signed_in):
    return signed_in(staff_person())


def ask(client, **query):
    answer = client.get("/staff/money/", query)
    return re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())


NAMES = {
    "sale": lambda p: p.session.public_id, "payment": lambda p: p.public_id, "order": lambda p: "A-1001",
    "receipt": lambda p: p.receipt.number, "retrieval": lambda p: p.tenders.first().rrn,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_sale_is_found_by_any_of_its_numbers(support, payment, name):
    assert "From the card to the bank" in ask(support, q=NAMES[name](payment))


def test_a_payouts_id_finds_the_sales_that_it_carried_and_no_later_one(support, payment, acme, open_session, token):  # noqa: F811
    settled(acme)
    an_account(acme)
    payout = request_payout(merchant=acme)
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    settled(acme, sequence=2)

    page = ask(support, q=payout.public_id)

    assert "From the card to the bank" in page
    assert "A-1001" in page
    assert "No payment found" in ask(support, q="po_nothing")


def test_a_sale_is_found_by_card_amount_and_day(support, payment):
    tender = payment.tenders.first()
    day = tender.created_at.date().isoformat()

    assert "From the card to the bank" in ask(support, last4=tender.last4, amount=f"{tender.approved_cents / 100:.2f}", day=day)
    assert "No payment found" in ask(support, last4="0000", amount="1.00", day=day)


@pytest.mark.parametrize("query", [{"last4": "12"}, {"last4": "1234", "amount": "x", "day": "2026-01-01"}, {"day": "never"}])
def test_what_cannot_be_searched_for_is_said_beside_the_field(support, query):
    assert support.get("/staff/money/", query).status_code == 400


def test_the_story_goes_from_the_card_to_the_balance_and_says_what_is_awaited(support, payment):
    page = ask(support, q=payment.public_id).partition("From the card to the bank")[2]

    order = ["order was opened", "FSA", "Captured", "Booked to the merchant’s balance", "Not cleared yet: charge", "Not paid out"]
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)
    assert "Expected in the network’s file by" in page
    assert payment.tenders.first().rrn in page


def test_clearing_and_its_differences_are_told(support, payment):
    advice = NetworkAdvice.objects.filter(tender__payment=payment, kind="completion").first()
    file = ClearingFile.objects.create(
        name="c1", business_on=timezone.now().date(), sha256="0", line_count=1, completion_cents=1, refund_cents=0
    )
    line = ClearingLine.objects.create(
        file=file, position=1, kind="completion", rrn=advice.rrn, stan=advice.stan, network_reference="NR-1", acceptor="ACME",
        terminal="00000001", amount_cents=advice.amount_cents - 5, cleared_at=timezone.now(), advice=advice,
    )  # fmt: skip
    ClearingCase.objects.create(kind="amount", file=file, line=line, advice=advice, merchant=payment.merchant, rrn=advice.rrn)

    page = ask(support, q=advice.rrn)

    assert "Stands in the network’s file c1" in page
    assert "A difference to the network’s file: another amount" in page


def test_refunds_and_disputes_are_told(support, payment):
    refund = create_refund(payment=payment, amount_cents=100)
    dispute = a_dispute(payment)

    page = ask(support, q=refund.public_id)

    assert "The merchant gave money back" in page
    assert "The card’s bank disputes the charge" in page
    assert dispute.case_number in ask(support, q=dispute.case_number)


def test_attempts_of_one_order_are_listed(support, acme, payment):
    Payment.objects.create(session=payment.session, merchant=acme, amount_cents=100, status="failed")

    assert "2 payments fit" in ask(support, q="A-1001")


def test_finance_asks_and_is_shown_no_way_to_pages_that_refuse_it(signed_in, payment):
    client = signed_in(staff_person(roles.FINANCE))

    page = client.get("/staff/money/", {"q": payment.public_id}).content.decode()

    assert payment.merchant.name in page
    assert "/staff/money/" in client.get("/admin/").content.decode()
    assert [url for url in ("/staff/merchants/", "/staff/applications/") if url in page] == []


def test_support_is_shown_no_way_to_the_applications(signed_in, support):
    assert support.get("/staff/applications/").status_code == 403
    assert "/staff/applications/" not in support.get("/staff/money/").content.decode()
    assert "/staff/applications/" not in support.get("/staff/merchants/").content.decode()
    assert "/staff/applications/" in signed_in(staff_person(roles.RISK, name="risk")).get("/staff/money/").content.decode()


def test_only_the_house_asks(signed_in, acme_owner, client):
    assert signed_in(acme_owner).get("/staff/money/").status_code == 403
    assert signed_in(staff_person(roles.CURATOR)).get("/staff/money/").status_code == 403
    assert client.get("/staff/money/").status_code == 302
