"""Letters by their pages: what a clinician sees and signs, what a shopper reads and answers."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from eligibility.letters import services
from eligibility.letters.documents import packed
from eligibility.models import Letter, LetterSignature
from eligibility.tests.letter_samples import CONTENT, MASSAGE, a_clinician, a_shopper, in_review, issued, requested
from people.models import WaitingLetter
from people.tests.factors import add_app, code_of, staff_person
from shoppers.accounts import ShopperAccount, account_index
from shoppers.sign_in import begin_session
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def doctor(db):
    return a_clinician()


@pytest.fixture
def app(doctor):
    """The doctor's authenticator app: its secret."""
    return add_app(doctor)


@pytest.fixture
def desk(doctor, app, signed_in):
    """The doctor's browser."""
    return signed_in(doctor)


def url(name, letter, *more):
    return reverse(f"staff:{name}", args=[letter.public_id, *more])


def digest_on(page):
    return re.search(r'name="text_sha256" value="([0-9a-f]{64})"', page.content.decode())[1]


def sign(desk, letter, app, **changed):
    posted = {"code": code_of(app), "text_sha256": digest_on(desk.get(url("letter", letter)))}
    return desk.post(url("letter_sign", letter), {**posted, **changed})


def test_the_queue_tells_what_and_how_long_and_nothing_of_anybody(acme, desk):
    letter = requested(acme, condition="Wretched lumbago")

    page = desk.get(reverse("staff:letters")).content.decode()

    assert "Massage guns and massagers" in page
    assert letter.public_id in page
    assert [word for word in ("Wetherington", "lumbago", "pip@example.com") if word in page] == []


def test_the_queue_has_as_many_pages_as_it_needs_oldest_first(acme, desk, monkeypatch):
    monkeypatch.setattr("portal.views.letters.QUEUE_ROWS", 2)
    ids = [requested(acme, shopper=a_shopper(acme, f"pip{number}@example.com")).public_id for number in range(3)]

    def shown(query=""):
        page = desk.get(reverse("staff:letters") + query).content.decode()
        return [name for name in ids if name in page], "?page=1" in page, "?page=2" in page

    assert shown() == (ids[:2], False, True)
    assert shown("?page=2") == (ids[2:], True, False)
    assert shown("?page=99") == (ids[2:], True, False)
    assert shown("?page=x") == (ids[:2], False, True)


def test_a_letter_opens_for_whoever_took_it_up_and_that_is_written_down(acme, desk, doctor, signed_in):
    letter = requested(acme, condition="Wretched lumbago")
    assert desk.get(url("letter", letter)).status_code == 404

    assert desk.post(url("letter_claim", letter))["Location"] == url("letter", letter)
    page = desk.get(url("letter", letter)).content.decode()

    assert "Wetherington" in page
    assert "Wretched lumbago" in page
    other = a_clinician("dr_kim", npi="1245319599")
    add_app(other)
    assert signed_in(other).get(url("letter", letter)).status_code == 404
    read = AuditEntry.objects.filter(action="letter.read", subject_id=letter.public_id, actor_id=doctor.public_id)
    assert {"patient_name", "condition"} <= {field for entry in read for field in entry.fields}


def test_a_clinician_sees_nothing_of_payments(desk):
    addresses = [
        "/admin/checkout/payment/",
        "/admin/checkout/checkoutsession/",
        "/admin/shoppers/shopper/",
        "/admin/ledger/entry/",
    ]

    assert [desk.get(address).status_code for address in addresses] == [403] * 4


@pytest.mark.parametrize("role", ["support", "curator", "risk", "auditor"])
def test_other_staff_see_no_letters(acme, signed_in, role):
    letter = requested(acme)
    browser = signed_in(staff_person(role))

    assert browser.get(reverse("staff:letters")).status_code == 403
    assert browser.post(url("letter_claim", letter)).status_code == 403


def draft(**changed):
    return {**CONTENT, "categories": [MASSAGE], "items": "", **changed}


def test_a_letter_is_written_checked_and_signed_with_a_second_factor(acme, desk, app, doctor):
    letter = requested(acme)
    desk.post(url("letter_claim", letter))
    page = desk.get(url("letter", letter)).content.decode()
    assert "Sign the letter" not in page
    assert "Give the condition’s ICD-10-CM code" in page.replace("&#x27;", "’")

    desk.post(url("letter", letter), draft(icd10="m5450", items="Theragun Mini Massage Gun | 300450449108"))
    answer = sign(desk, letter, app)

    letter.refresh_from_db()
    signature = LetterSignature.objects.get()
    assert (answer.status_code, letter.status, letter.icd10) == (302, "issued", "M54.50")
    assert letter.items[0]["gtin14"] == "00300450449108"
    assert (signature.signer, signature.factor) == (doctor, "totp")
    shown = desk.get(url("letter", letter)).content.decode()
    assert signature.text_sha256 in shown
    for which in ("signed", "ink"):
        pdf = desk.get(url("letter_document", letter, which))
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert desk.get(url("letter_document", letter, "uploaded")).status_code == 404


@pytest.mark.parametrize("changed", [{"code": ""}, {"code": "000000"}, {"text_sha256": "0" * 64}, {"text_sha256": ""}])
def test_without_the_factor_or_with_other_words_nothing_is_signed(acme, desk, app, doctor, changed):
    letter = in_review(acme, doctor)

    answer = sign(desk, letter, app, **changed)

    letter.refresh_from_db()
    assert answer.status_code in {400, 403}
    assert "Not signed" in answer.content.decode()
    assert (letter.status, LetterSignature.objects.count(), WaitingLetter.objects.count()) == ("under_review", 0, 0)


def test_a_code_signs_once(acme, desk, app, doctor):
    code, letters = code_of(app), [in_review(acme, doctor), in_review(acme, doctor)]

    answers = [sign(desk, letter, app, code=code).status_code for letter in letters]

    assert answers == [302, 403]
    assert Letter.objects.filter(status="issued").count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"months": "13"}, "1 to 12 months"),
        ({"months": ""}, "1 to 12 months"),
        ({"months": "00199999"}, "1 to 12 months"),
        ({"months": "²"}, "1 to 12 months"),
        ({"categories": ["pain-relievers-oral"]}, "eligible without a letter"),
        ({"categories": ["food-snacks-and-beverages"]}, "no medical care"),
    ],
)
def test_a_draft_that_cannot_be_is_shown_as_typed_and_not_kept(acme, desk, doctor, changed, words):
    letter = in_review(acme, doctor)

    answer = desk.post(url("letter", letter), draft(rationale="Newly typed words", **changed))

    letter.refresh_from_db()
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert "Newly typed words" in answer.content.decode()
    assert (letter.rationale, letter.months) == (CONTENT["rationale"], 12)


def test_nobody_can_type_the_day_of_their_own_signature(acme, desk, app, doctor):
    letter = in_review(acme, doctor)

    desk.post(url("letter", letter), draft(issued_on="2020-01-01", provider_signed_on="2020-01-01", expires_on="2099-01-01"))
    sign(desk, letter, app)

    letter.refresh_from_db()
    assert letter.issued_on == LetterSignature.objects.get().signed_at.astimezone(ZoneInfo("America/New_York")).date()


def test_an_uploaded_letter_is_read_and_vouched_for(acme, desk, app, doctor):
    letter = in_review(acme, doctor, document=packed(PDF))
    assert desk.get(url("letter_document", letter, "uploaded")).content == PDF
    signed_on = letter.requested_at.astimezone(ZoneInfo("America/New_York")).date().isoformat()
    provider = {"name": "Jo Roe", "credential": "DO", "npi": "1245319599", "state": "NY", "licence": "", "signed_on": signed_on}

    desk.post(url("letter", letter), draft(**{f"provider_{name}": value for name, value in provider.items()}))
    sign(desk, letter, app)

    letter.refresh_from_db()
    assert (letter.status, letter.provider["name"], letter.issued_on.isoformat()) == ("issued", "Jo Roe", signed_on)
    assert LetterSignature.objects.get().kind == "verified"


@pytest.mark.parametrize("signed_on", ["9999-06-01", "0001-01-01", "2026-02-30", "soon"])
def test_a_day_of_signature_that_cannot_be_is_shown_as_typed_and_not_kept(acme, desk, doctor, signed_on):
    letter = in_review(acme, doctor, document=packed(PDF))

    answer = desk.post(url("letter", letter), draft(provider_signed_on=signed_on))

    letter.refresh_from_db()
    assert (answer.status_code, letter.provider) == (400, {})
    assert signed_on in answer.content.decode()
    assert desk.get(url("letter", letter)).status_code == 200


@pytest.mark.parametrize(
    ("verb", "status"),
    [("ask", "needs_information"), ("decline", "declined"), ("give_back", "requested"), ("nonsense", "under_review")],
)
def test_what_else_a_clinician_may_do(acme, desk, doctor, verb, status):
    letter = in_review(acme, doctor)

    desk.post(url("letter_decide", letter), {"verb": verb, "words": "Since when?"})

    letter.refresh_from_db()
    assert letter.status == status


def test_an_issued_letter_is_amended_and_revoked(acme, desk, doctor):
    letter = issued(acme, doctor)

    amended = desk.post(url("letter_decide", letter), {"verb": "amend"})["Location"]
    assert "Will replace" in desk.get(amended).content.decode()
    assert desk.post(url("letter_decide", letter), {"verb": "revoke", "words": ""}).status_code == 400
    desk.post(url("letter_decide", letter), {"verb": "revoke", "words": "Wrong patient"})

    letter.refresh_from_db()
    assert (letter.status, letter.reason) == ("revoked", "Wrong patient")


@pytest.fixture
def pip():
    """A shopper, signed in with the letter's address."""
    account = ShopperAccount.objects.create(email="pip@example.com", email_index=account_index("pip@example.com"))
    client = Client()
    client.cookies["fsa_shopper"] = begin_session(account=account, device="a browser", network=None)
    return client


def test_the_link_in_the_mail_leads_to_the_letter(acme, doctor, pip):
    letter = issued(acme, doctor)
    path = re.search(r"/me/sign-in/\?letter=\w+", str(WaitingLetter.objects.get().content))[0]

    assert pip.get(path)["Location"] == reverse("me:letters")
    assert letter.public_id in pip.get(reverse("me:letters")).content.decode()
    page = pip.get(reverse("me:letter", args=[letter.public_id])).content.decode()
    assert "Chronic low back pain (M54.50)" in page
    pdf = pip.get(reverse("me:letter_pdf", args=[letter.public_id, "signed"]))
    assert pdf.content[:5] == b"%PDF-"


def test_somebody_else_with_the_link_sees_nothing(acme, doctor, pip):
    letter = issued(acme, doctor, shopper=a_shopper(acme, "other@example.com"))

    pip.get(f"/me/sign-in/?letter={letter.public_id}")

    assert letter.public_id not in pip.get(reverse("me:letters")).content.decode()
    assert pip.get(reverse("me:letter", args=[letter.public_id])).status_code == 404
    assert pip.get(reverse("me:letter_pdf", args=[letter.public_id, "signed"])).status_code == 404
    assert pip.post(reverse("me:letter_answer", args=[letter.public_id]), {"answer": "x"}).status_code == 404


def test_a_shopper_answers_the_clinicians_question(acme, doctor, pip):
    letter = services.ask_shopper(letter=in_review(acme, doctor), by=doctor, question="Since when?")
    pip.get(f"/me/sign-in/?letter={letter.public_id}")
    address = reverse("me:letter_answer", args=[letter.public_id])
    assert "Since when?" in pip.get(reverse("me:letter", args=[letter.public_id])).content.decode()

    assert pip.post(address, {"answer": " "}).status_code == 400
    pip.post(address, {"answer": "Since May"})
    again = pip.post(address, {"answer": "Since June"})

    letter.refresh_from_db()
    assert (letter.status, letter.answers, again.status_code) == ("under_review", {"Since when?": "Since May"}, 409)
