"""What happens to a letter, by its services: review, signature, amendment, end. Clocks, locks, refusals."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from conftest import make_merchant
from eligibility.errors import ReviewerNotImpartial
from eligibility.letters import errors, services
from eligibility.letters.content import content_of, digest
from eligibility.letters.documents import packed, unpacked
from eligibility.letters.pdf import render
from eligibility.letters.signing import is_as_signed, issue_letter
from eligibility.models import Letter, LetterEvent, LetterSignature
from eligibility.tasks import expire_due_letters
from eligibility.tests.letter_samples import MASSAGE, RATIONALE, VITAMINS, a_clinician, in_review, issued, item, requested
from merchants.models import Event, Member
from people.models import WaitingLetter
from vault.audit.models import AuditEntry
from vault.merchant_keys import lock_key, unlock_key

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def doctor(db):
    return a_clinician()


@pytest.fixture
def colleague(db):
    return a_clinician("dr_kim", npi="1245319599", name="Min Kim", credential="NP", licences=["TN"])


def verbs(letter):
    return list(LetterEvent.objects.filter(letter=letter).values_list("verb", flat=True))


def events(letter):
    return list(Event.objects.filter(object_id=letter.public_id).values_list("type", flat=True))


def test_a_clinician_of_the_merchants_team_does_not_take_its_letters(acme, globex, doctor):
    Member.objects.create(merchant=acme, user=doctor, role="viewer")
    letter = requested(acme)

    with pytest.raises(ReviewerNotImpartial):
        services.claim_letter(letter=letter, by=doctor)
    letter.refresh_from_db()
    assert (letter.status, letter.reviewer) == ("requested", None)
    assert services.claim_letter(letter=requested(globex), by=doctor).reviewer == doctor


def test_a_letter_goes_from_the_request_to_the_signature(acme, doctor):
    letter = issued(acme, doctor)

    signature = LetterSignature.objects.get(letter=letter)
    assert verbs(letter) == ["request", "claim", "issue"]
    assert events(letter) == ["letter.issued"]
    assert (letter.status, letter.provider["npi"], letter.provider["state"]) == ("issued", "1234567893", "NY")
    assert (signature.signer, signature.kind, signature.factor) == (doctor, "signed", "totp")
    assert signature.text_sha256 == digest(signature.text)
    assert signature.pdf_sha256 == digest(unpacked(letter.pdf))
    assert "Philippa Wetherington" in signature.text
    assert is_as_signed(letter)
    assert WaitingLetter.objects.count() == 1


def test_the_mail_says_nothing_of_anybodys_health(acme, doctor):
    issued(acme, doctor)

    content = str(WaitingLetter.objects.get().content)

    assert "pip@example.com" in content
    assert "Acme" in content
    assert [word for word in ("low back", "pain", "assage", "Wetherington", "M54", "spasm") if word in content] == []


def test_signing_twice_signs_once(acme, doctor):
    letter = in_review(acme, doctor)

    first, again = (issue_letter(letter=letter, by=doctor, factor="totp") for _ in range(2))

    assert (first.pk, first.pdf) == (again.pk, again.pdf)
    assert (LetterSignature.objects.count(), events(letter)) == (1, ["letter.issued"])


@pytest.mark.parametrize(
    ("now", "state", "issued_on", "expires_on"),
    [
        (datetime(2026, 11, 23, 3, 0, tzinfo=UTC), "NY", date(2026, 11, 22), date(2027, 11, 21)),
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), "HI", date(2026, 11, 22), date(2027, 11, 21)),
        (datetime(2028, 2, 29, 17, 0, tzinfo=UTC), "NY", date(2028, 2, 29), date(2029, 2, 28)),
        (datetime(2028, 3, 1, 4, 59, tzinfo=UTC), "NY", date(2028, 2, 29), date(2029, 2, 28)),
        (datetime(2028, 3, 1, 5, 0, tzinfo=UTC), "NY", date(2028, 3, 1), date(2029, 2, 28)),
        (datetime(2027, 1, 1, 4, 0, tzinfo=UTC), "CA", date(2026, 12, 31), date(2027, 12, 30)),
    ],
)
def test_a_letter_begins_on_the_day_of_its_signature_where_the_provider_is_licensed(acme, now, state, issued_on, expires_on):
    letter = issued(acme, a_clinician("dr_far", licences=[state]), now=now)

    assert (letter.issued_on, letter.expires_on) == (issued_on, expires_on)


def test_of_several_licences_the_one_for_the_patient_is_named(acme):
    letter = issued(acme, a_clinician("dr_two", licences=["NJ", "NY"], licence_number="NJ-1"))

    assert (letter.provider["state"], letter.provider["licence"]) == ("NY", "")


def test_what_an_administrator_would_deny_is_not_signed_and_nothing_changes(acme, doctor):
    letter = in_review(acme, doctor, rationale="Good for general health.")

    with pytest.raises(errors.LetterIncomplete) as refused:
        issue_letter(letter=letter, by=doctor, factor="totp")

    letter.refresh_from_db()
    assert refused.value.details["missing"] == ["rationale_short", "rationale_condition", "rationale_item"]
    assert (letter.status, letter.issued_on, LetterSignature.objects.count(), events(letter)) == ("under_review", None, 0, [])


def test_without_a_confirmed_licence_nothing_is_signed(acme, doctor):
    letter = in_review(acme, doctor)
    type(doctor.clinician).objects.update(is_active=False)

    with pytest.raises(errors.ClinicianUnknown):
        issue_letter(letter=letter, by=doctor, factor="totp")

    letter.refresh_from_db()
    assert letter.status == "under_review"


def test_one_of_two_clinicians_gets_a_letter_and_the_other_may_do_nothing_with_it(acme, doctor, colleague):
    letter = services.claim_letter(letter=requested(acme), by=doctor)

    with pytest.raises(errors.LetterStateWrong):
        services.claim_letter(letter=letter, by=colleague)
    for act in (
        lambda: services.decline_letter(letter=letter, by=colleague, reason="no"),
        lambda: services.ask_shopper(letter=letter, by=colleague, question="why?"),
        lambda: services.give_back(letter=letter, by=colleague),
        lambda: services.save_draft(letter=letter, by=colleague, items=[], categories=[MASSAGE], rationale="x"),
        lambda: issue_letter(letter=letter, by=colleague, factor="totp"),
        lambda: services.revoke_letter(letter=letter, by=colleague, reason="no"),
        lambda: services.amend_letter(letter=letter, by=colleague),
    ):
        with pytest.raises(errors.LetterNotYours):
            act()

    letter.refresh_from_db()
    assert (letter.status, letter.reviewer, verbs(letter)) == ("under_review", doctor, ["request", "claim"])


def test_claiming_again_and_giving_back_twice_change_nothing_more(acme, doctor, colleague):
    letter = requested(acme)
    for _ in range(2):
        letter = services.claim_letter(letter=letter, by=doctor)
    letter = services.give_back(letter=letter, by=doctor)

    assert (letter.status, letter.reviewer) == ("requested", None)
    assert services.claim_letter(letter=letter, by=colleague).reviewer == colleague
    assert verbs(letter) == ["request", "claim", "give_back", "claim"]


def test_a_draft_is_kept_and_what_no_letter_covers_is_refused(acme, doctor):
    letter = services.claim_letter(letter=requested(acme), by=doctor)

    saved = services.save_draft(letter=letter, by=doctor, items=[], categories=[VITAMINS], rationale=RATIONALE, months=6)
    with pytest.raises(errors.LetterScopeInvalid):
        services.save_draft(letter=letter, by=doctor, items=[], categories=["pain-relievers-oral"], months=3)

    letter.refresh_from_db()
    assert (saved.categories, letter.categories, letter.months, letter.rationale) == ([VITAMINS], [VITAMINS], 6, RATIONALE)


def test_a_question_goes_to_the_shopper_and_its_answer_back(acme, doctor):
    letter = services.claim_letter(letter=requested(acme), by=doctor)

    letter = services.ask_shopper(letter=letter, by=doctor, question=" Since when? ")
    assert (letter.status, letter.question, WaitingLetter.objects.count()) == ("needs_information", "Since when?", 1)
    with pytest.raises(errors.LetterIncomplete):
        services.answer_question(letter=letter, answer="  ")
    letter = services.answer_question(letter=letter, answer="Since May")

    assert (letter.status, letter.question, letter.answers) == ("under_review", "", {"Since when?": "Since May"})
    with pytest.raises(errors.LetterStateWrong):
        services.answer_question(letter=letter, answer="Since June")


def test_declining_needs_a_reason_and_is_final(acme, doctor):
    letter = services.claim_letter(letter=requested(acme), by=doctor)

    with pytest.raises(errors.LetterIncomplete):
        services.decline_letter(letter=letter, by=doctor, reason=" ")
    for _ in range(2):
        letter = services.decline_letter(letter=letter, by=doctor, reason="Not for this condition")
    with pytest.raises(errors.LetterStateWrong):
        issue_letter(letter=letter, by=doctor, factor="totp")

    assert (letter.status, letter.reason, events(letter)) == ("declined", "Not for this condition", ["letter.declined"])


def test_revoking_needs_a_reason_and_happens_once(acme, doctor):
    letter = issued(acme, doctor)

    with pytest.raises(errors.LetterIncomplete):
        services.revoke_letter(letter=letter, by=doctor, reason="")
    for _ in range(2):
        letter = services.revoke_letter(letter=letter, by=doctor, reason="Signed for the wrong patient")

    assert (letter.status, events(letter)) == ("revoked", ["letter.issued", "letter.revoked"])


def test_an_amendment_replaces_the_letter_when_it_is_signed(acme, doctor):
    old = issued(acme, doctor)
    new, again = (services.amend_letter(letter=old, by=doctor) for _ in range(2))
    assert (new.pk, new.rationale, new.status) == (again.pk, RATIONALE, "under_review")
    old.refresh_from_db()
    assert old.status == "issued"

    new = issue_letter(letter=new, by=doctor, factor="totp")

    old.refresh_from_db()
    assert (old.status, new.status, new.supersedes) == ("superseded", "issued", old)
    assert f"Replaces: {old.public_id}" in new.signature.text


def test_an_amendment_that_was_declined_is_begun_afresh_and_of_two_at_once_there_is_one(acme, doctor):
    old = issued(acme, doctor)
    given_up = services.amend_letter(letter=old, by=doctor)
    services.decline_letter(letter=given_up, by=doctor, reason="The shopper wants the letter as it was.")

    new = services.amend_letter(letter=old, by=doctor)

    assert (new.pk != given_up.pk, new.status) == (True, "under_review")
    with pytest.raises(IntegrityError, match="letter_amended_once"), transaction.atomic():
        Letter.objects.filter(pk=given_up.pk).update(status="under_review")


def test_an_uploaded_letter_counts_from_its_own_day_once_a_clinician_has_read_it(acme, doctor):
    outside = {"name": "Jo Roe", "credential": "DO", "npi": "1245319599", "state": "NJ", "licence": "", "signed_on": "2026-10-01"}
    letter = in_review(acme, doctor, document=packed(PDF), patient_state="NJ")
    letter.provider = outside
    letter.save()

    letter = issue_letter(letter=letter, by=doctor, factor="totp", now=datetime(2026, 11, 22, 12, tzinfo=UTC))

    assert (letter.issued_on, letter.expires_on) == (date(2026, 10, 1), date(2027, 9, 30))
    assert (letter.provider["name"], letter.signature.kind) == ("Jo Roe", "verified")
    assert unpacked(letter.pdf) == PDF
    assert letter.signature.pdf_sha256 == digest(PDF)


@pytest.mark.parametrize("signed_on", ["", "2026-11-24", "2025-11-22"])
def test_an_uploaded_letter_without_a_day_of_the_future_or_that_is_over_is_not_signed(acme, doctor, signed_on):
    letter = in_review(acme, doctor, document=packed(PDF))
    letter.provider = {"name": "Jo Roe", "credential": "DO", "npi": "1245319599", "state": "NY", "signed_on": signed_on}
    letter.save()

    with pytest.raises(errors.LetterIncomplete):
        issue_letter(letter=letter, by=doctor, factor="totp", now=datetime(2026, 11, 22, 12, tzinfo=UTC))

    letter.refresh_from_db()
    assert letter.status == "under_review"


def test_the_pdf_can_be_read_and_is_the_same_each_time(acme, doctor, tmp_path):
    letter = issued(acme, doctor, now=datetime(2026, 11, 22, 12, tzinfo=UTC))
    words = text_of(unpacked(letter.pdf), tmp_path)
    signed = letter.signature.signed_at

    again = [render(content_of(letter), signed_at=signed, signer="Ada Lee", zone="America/New_York") for _ in range(2)]

    for part in (
        "Philippa Wetherington, NY", "ICD-10-CM M54.50", "Massage guns and massagers", "reduces muscle spasm", "Ada Lee, MD", "NPI 1234567893",
        "New York, no. NY-301442", "from November 22, 2026 to November 21, 2027", "Signed electronically by Ada Lee",
        "November 22, 2026 at 07:00 (America/New_York)", letter.public_id, letter.signature.text_sha256,
    ):  # fmt: skip
        assert part in words
    assert again == [unpacked(letter.pdf)] * 2
    assert b"/StructTreeRoot" in again[0]


def test_the_variant_for_ink_has_a_line_and_no_electronic_signature(acme, doctor, tmp_path):
    letter = issued(acme, doctor)

    words = text_of(render(content_of(letter), signed_at=None, signer="Ada Lee", zone="America/New_York"), tmp_path)

    assert "Signature of Ada Lee, MD" in words
    assert "Date" in words
    assert "Signed electronically" not in words


def test_no_rationale_becomes_markup(acme, doctor, tmp_path):
    odd = RATIONALE + ' #sys.exit() *bold* $x$ <a> \\ "quoted" @ref // gone'

    words = text_of(unpacked(issued(acme, doctor, rationale=odd).pdf), tmp_path)

    assert '#sys.exit() *bold* $x$ <a> \\ "quoted" @ref // gone' in words


def text_of(data, folder):
    path = folder / "letter.pdf"
    path.write_bytes(data)
    found = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(found.split())


def test_letters_expire_once_after_their_last_day_in_the_stores_zone(acme, doctor, monkeypatch):
    far = make_merchant("Pacific", time_zone="Pacific/Honolulu")
    signed = datetime(2026, 1, 10, 17, tzinfo=UTC)
    here, there, newer = issued(acme, doctor, now=signed), issued(far, doctor, now=signed), issued(acme, doctor, months=12)
    assert here.expires_on == there.expires_on == date(2027, 1, 9)

    def at(*moment):
        monkeypatch.setattr("eligibility.letters.services.timezone.now", lambda: datetime(*moment, tzinfo=UTC))
        done = expire_due_letters()
        for letter in (here, there, newer):
            letter.refresh_from_db()
        return done, here.status, there.status, newer.status

    assert at(2027, 1, 10, 4, 59) == (0, "issued", "issued", "issued")
    assert at(2027, 1, 10, 5, 0) == (1, "expired", "issued", "issued")
    assert at(2027, 1, 10, 9, 59) == (0, "expired", "issued", "issued")
    assert at(2027, 1, 10, 10, 0) == (1, "expired", "expired", "issued")
    assert at(2027, 1, 10, 10, 0) == (0, "expired", "expired", "issued")
    assert events(here) == ["letter.issued", "letter.expired"]


def test_a_merchant_whose_key_is_locked_holds_nobody_elses_expiry_up(acme, globex, doctor, caplog):
    long_ago = timezone.now() - timedelta(days=400)
    stuck, other = issued(acme, doctor, now=long_ago), issued(globex, doctor, now=long_ago)
    lock_key(merchant_id=acme.pk)

    assert expire_due_letters() == 1

    other.refresh_from_db(fields=["status"])
    stuck.refresh_from_db(fields=["status"])
    assert (other.status, stuck.status) == ("expired", "issued")
    assert f"letter {stuck.public_id} does not expire yet: merchant_key_revoked" in caplog.text
    unlock_key(merchant_id=acme.pk)
    assert expire_due_letters() == 1
    assert events(stuck) == ["letter.issued", "letter.expired"]


def test_the_database_keeps_what_was_signed_even_against_raw_writes(acme, doctor):
    letter = issued(acme, doctor)
    changes = [
        {"categories": [VITAMINS]}, {"items": [{"title": "x"}]}, {"expires_on": letter.expires_on + timedelta(days=30)},
        {"issued_on": letter.issued_on - timedelta(days=1)}, {"months": 3}, {"status": "requested"}, {"source": "upload"},
    ]  # fmt: skip

    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**change)
    for rows in (Letter.objects.filter(pk=letter.pk), LetterSignature.objects.all(), LetterEvent.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete(rows.db)
    with pytest.raises(DatabaseError), transaction.atomic():
        LetterSignature.objects.update(text_sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        LetterEvent.objects.update(verb="request")


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "issued"},
        {"status": "under_review"},
        {"months": 13},
        {"months": 0},
        {"issued_on": date(2026, 11, 22), "expires_on": date(2027, 11, 21)},
    ],
)
def test_the_database_refuses_a_letter_that_cannot_be(acme, wrong):
    letter = requested(acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(**wrong)


@pytest.mark.parametrize("expires_on", [date(2027, 11, 23), date(2026, 11, 21)])
def test_the_database_refuses_more_than_a_year_and_an_end_before_the_beginning(acme, doctor, expires_on):
    letter = in_review(acme, doctor)

    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(status="issued", issued_on=date(2026, 11, 22), expires_on=expires_on)


def test_items_of_a_letter_are_kept_by_what_makes_them_the_same(acme, doctor):
    letter = services.claim_letter(letter=requested(acme), by=doctor)

    letter = services.save_draft(
        letter=letter, by=doctor, items=[item("Theragun Mini Massage Gun", "300450449108")], categories=[]
    )

    assert letter.items == [
        {"title": "Theragun Mini Massage Gun", "brand": "", "gtin14": "00300450449108", "key": "00300450449108"}
    ]


def test_each_deed_is_in_the_trail_with_whose_letter_it_is_and_no_words(acme, doctor):
    letter = issued(acme, doctor)
    services.revoke_letter(letter=letter, by=doctor, reason="Signed for the wrong patient")

    entries = AuditEntry.objects.filter(subject_id=letter.public_id).exclude(action="letter.read")

    assert [entry.action for entry in entries.order_by("at", "pk")] == [
        "letter.requested",
        "letter.claimed",
        "letter.issued",
        "letter.revoked",
    ]
    assert {entry.person_id for entry in entries} == {letter.shopper.public_id}
    assert not any("wrong patient" in str(entry.details) + str(entry.fields) for entry in entries)
