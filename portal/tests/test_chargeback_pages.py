"""Card disputes in the portal: listed by urgency, proved, answered, and refused to others."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from checkout.models import Dispute
from checkout.tests.conftest import evidence, open_session  # noqa: F401
from checkout.tests.dispute_samples import a_dispute
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


@pytest.fixture
def case(sold):
    return a_dispute(sold)


@pytest.fixture
def owner(acme_owner, signed_in):
    return signed_in(acme_owner)


def page(client, name, *args):
    return client.get(reverse(f"portal:{name}", args=args))


def post(client, name, case, **fields):
    return client.post(reverse(f"portal:{name}", args=[case.public_id]), fields, follow=True)


def test_an_empty_list_says_what_will_be_there(owner):
    assert "No card dispute" in page(owner, "chargebacks").content.decode()


def test_the_most_urgent_stands_first(owner, sold):
    a_dispute(sold, number="CB-LATER", days=20)
    a_dispute(sold, number="CB-SOON", days=2)

    shown = page(owner, "chargebacks").content.decode()

    assert shown.index("CB-SOON") < shown.index("CB-LATER")
    assert "Need your answer: 2" in shown
    assert "No case in this state" in owner.get(reverse("portal:chargebacks") + "?status=won").content.decode()


def test_a_thousand_cases_stay_one_page(owner, case, django_assert_max_num_queries):
    fields = ("merchant", "payment", "tender", "kind", "network", "reason_code", "amount_cents", "due_at", "opened_at")
    same = {name: getattr(case, name) for name in fields}
    Dispute.objects.bulk_create(Dispute(case_number=f"CB-{i:05d}", **same) for i in range(1000))

    with django_assert_max_num_queries(40):
        shown = page(owner, "chargebacks").content.decode()

    assert "Need your answer: 1001" in shown
    assert shown.count("/chargebacks/dp_") <= 101


def test_the_page_shows_reason_money_and_pack(owner, case):
    shown = page(owner, "chargeback", case.public_id).content.decode()

    for words in ("Not received", "00300450449108", "Complete", "Submit the answer", "a fee of"):
        assert words in shown


def test_the_pack_is_downloaded_and_the_look_is_on_record(owner, case):
    pdf = page(owner, "chargeback_pack", case.public_id, "pdf")
    data = page(owner, "chargeback_pack", case.public_id, "json")

    assert pdf.content.startswith(b"%PDF-")
    assert data.json()["case_number"] == "CB-1"
    assert AuditEntry.objects.filter(action="evidence_pack.read").count() == 2
    assert page(owner, "chargeback_pack", case.public_id, "exe").status_code == 404


def test_words_and_a_file_are_kept_and_sent(owner, case):
    post(owner, "chargeback_evidence", case, statement="It came.", file=SimpleUploadedFile("slip.png", PNG))
    file = case.files.get()
    answer = page(owner, "chargeback_file", file.public_id)

    assert (answer.content, answer["X-Content-Type-Options"], answer["Content-Disposition"]) == (
        PNG,
        "nosniff",
        'attachment; filename="slip.png"',
    )
    assert "on its way" in post(owner, "chargeback_submit", case).content.decode()
    case.refresh_from_db()
    assert case.status == "submitted"


@pytest.mark.parametrize(("name", "content"), [("a.exe", b"MZ"), ("big.png", PNG + b"0" * 1_000_001), ("e.pdf", b"")])
def test_another_file_is_refused_and_what_was_typed_stays(owner, case, name, content):
    shown = post(owner, "chargeback_evidence", case, statement="It came.", file=SimpleUploadedFile(name, content))

    assert shown.status_code == 400
    assert "It came." in shown.content.decode()
    assert not case.files.exists()


def test_accepting_ends_it(owner, case):
    post(owner, "chargeback_accept", case)

    case.refresh_from_db()
    assert case.status == "accepted"
    assert "Submit the answer" not in page(owner, "chargeback", case.public_id).content.decode()


def test_a_viewer_looks_and_changes_nothing(acme_viewer, signed_in, case):
    viewer = signed_in(acme_viewer)

    assert page(viewer, "chargeback", case.public_id).status_code == 200
    for name in ("chargeback_evidence", "chargeback_submit", "chargeback_accept"):
        assert post(viewer, name, case).status_code == 403


def test_another_merchant_finds_nothing(globex_owner, signed_in, case):
    other = signed_in(globex_owner)

    for name, args in (("chargeback", [case.public_id]), ("chargeback_pack", [case.public_id, "pdf"])):
        assert page(other, name, *args).status_code == 404
