"""The receipt, as a page and as a PDF: what it says is what was charged."""

from __future__ import annotations

import subprocess

import pytest

from checkout.models import Receipt
from checkout.services.pay import pay_session
from checkout.tests.conftest import CHIPS, FSA, FSA_PARTIAL, IBUPROFEN, VISA, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(acme, open_session, token):
    def paid(benefit=FSA, **fields):
        session = open_session(acme, client_reference_id="W-10442", shipping_cents=599, **fields)
        pay_session(session=session, benefit_token=token(acme, benefit), card_token=token(acme, VISA))
        return Receipt.objects.select_related("payment__session").get(payment__session=session)

    return paid


def pdf_text(content):
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True).stdout.decode()


def test_the_page_names_seller_date_order_items_and_each_cards_exact_charge(client, receipt):
    row = receipt()

    html = client.get(f"/receipts/{row.public_id}/").content.decode()

    benefit, ordinary = row.payment.tenders.all()
    for text in (
        "Acme LLC",
        "118 Elm Street",
        "W-10442",
        row.number,
        "Ibuprofen 200 mg",
        IBUPROFEN,
        benefit.auth_code,
        ordinary.auth_code,
        "CARES Act",
    ):
        assert text in html
    assert f"${benefit.approved_cents / 100:.2f}" in html
    assert f"${ordinary.approved_cents / 100:.2f}" in html


@pytest.mark.parametrize("benefit", [FSA, FSA_PARTIAL])
def test_the_healthcare_amount_is_what_the_benefit_card_was_charged(client, receipt, benefit):
    row = receipt(benefit)

    shown = client.get(f"/receipts/{row.public_id}/").context["receipt"]

    charged = row.payment.tenders.get(kind="benefit").approved_cents
    assert shown["healthcare_total_cents"] == charged
    assert sum(line["benefit_cents"] for line in shown["lines"]) == charged
    assert sum(shown[f"{bucket}_cents"] for bucket in ("otc", "rx", "vision", "dental", "clinic")) == charged
    assert (
        sum(tender["amount_cents"] for tender in shown["tenders"])
        == shown["total_cents"]
        == sum(line["total_cents"] for line in shown["lines"])
    )


@pytest.mark.needs("pdftotext")
def test_the_pdf_says_the_same(client, receipt):
    row = receipt()

    answer = client.get(f"/receipts/{row.public_id}/receipt.pdf")
    text = pdf_text(answer.content)

    assert answer.headers["Content-Type"] == "application/pdf"
    for part in ("Acme LLC", row.number, "W-10442", "Ibuprofen 200 mg", "Total healthcare amount"):
        assert part in text
    for tender in row.payment.tenders.all():
        assert f"${tender.approved_cents / 100:.2f}" in text
        assert tender.last4 in text


@pytest.mark.needs("pdftotext")
def test_a_title_cannot_become_markup(client, acme, receipt):
    title = '#panic("x") $1/0$ <b>*bold*</b> ﷽ \\ 🩹'
    row = receipt(lines=[line(cents=1000), line(CHIPS, 300), line(f"Ibuprofen {title}", 500)])

    html = client.get(f"/receipts/{row.public_id}/").content.decode()
    answer = client.get(f"/receipts/{row.public_id}/receipt.pdf")

    assert "&lt;b&gt;*bold*&lt;/b&gt;" in html
    assert '#panic("x")' in pdf_text(answer.content)


@pytest.mark.needs("pdftotext")
def test_page_and_pdf_tell_the_same_facts_and_that_no_money_moved(client, receipt):
    row = receipt(FSA_PARTIAL)

    html = client.get(f"/receipts/{row.public_id}/").content.decode()
    pdf = " ".join(pdf_text(client.get(f"/receipts/{row.public_id}/receipt.pdf").content).split())

    issued = f"{row.sale_on:%B} {row.sale_on.day}, {row.sale_on.year}"
    for text in (
        "TEST MODE",
        "no money moved",
        issued,
        "Codes: E eligible",
        "Eligible, paid with another card",
        "$10.00",
        "$20.00",
    ):
        assert text in html, text
        assert text in pdf, text
    assert "benefit card" in html
    assert "On benefit" in pdf


def test_a_live_receipt_bears_no_mark_of_a_test(client, receipt, settings):
    row = receipt()
    settings.IS_SANDBOX = False

    assert "TEST MODE" not in client.get(f"/receipts/{row.public_id}/").content.decode()


@pytest.mark.parametrize(("benefit", "claimable"), [(FSA, 0), (FSA_PARTIAL, 1000), (None, 3000)])
def test_what_of_the_eligible_lines_another_card_paid_can_be_claimed(acme, client, open_session, token, benefit, claimable):
    session = open_session(acme)
    pay_session(session=session, benefit_token=token(acme, benefit) if benefit else "", card_token=token(acme, VISA))
    row = Receipt.objects.get(payment__session=session)

    shown = client.get(f"/receipts/{row.public_id}/").context["receipt"]

    assert shown["claimable_cents"] == claimable
    assert [line["claimable_cents"] for line in shown["lines"][1:]] == [0, 0]


def test_the_page_of_a_paid_order_says_that_it_was_a_test(client, receipt):
    row = receipt()

    page = client.get(f"/pay/{row.payment.session.public_id}/").content.decode()

    assert "TEST MODE" in page
    assert "No money moved." in page


def test_the_test_cards_say_what_each_does(client):
    page = client.get("/test-cards/").content.decode()

    assert "Pays everywhere; the holder keeps the proof." in page
    assert "Refused as expired (54) whatever date is typed." in page
    assert "any security code work" not in page
    assert 'href="/v1/docs/"' in page


def test_an_unknown_receipt_is_not_found(client, db):
    assert client.get("/receipts/rcp_00000000000000000000000000/").status_code == 404
