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


def test_an_unknown_receipt_is_not_found(client, db):
    assert client.get("/receipts/rcp_00000000000000000000000000/").status_code == 404
