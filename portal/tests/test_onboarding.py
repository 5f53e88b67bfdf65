"""A business applies, people of risk check it, two of them decide."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils.module_loading import import_string

from merchants.limits.selectors import control_of
from merchants.models import Member, Merchant
from merchants.onboarding.checklist import BY_KIND
from merchants.onboarding.deciding import seen_of
from merchants.onboarding.models import Application, ApplicationCheck, ApplicationDocument, ApplicationPerson
from people import roles
from people.models import User
from people.tests.factors import staff_person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WHY = "All papers fit, and the shop is what it says"
BUSINESS = {
    "name": "Elm Pharmacy", "legal_name": "Elm Pharmacy LLC", "kind": "llc", "ein": "123456789", "address": "1 Elm Street\nMontpelier, VT 05602",
    "website": "https://elm.example", "mcc": "5912", "sells": "Medicines and supplies", "monthly_volume_cents": "40000",
    "largest_sale_cents": "900.50", "claims_ninety_percent": "on", "bank_name": "First Bank",
}  # fmt: skip
PERSON = {
    "full_name": "Ann Elm", "born_on": "1980-02-03", "address": "2 Elm Street", "ssn": "123-45-6789", "title": "Member", "owned_percent": "60",
    "is_control": "on",
}  # fmt: skip
LIMITS = {"per_sale_cents": "900.50", "daily_volume_cents": "4000", "monthly_volume_cents": "50000", "payout_daily_cents": "4000"}


@pytest.fixture
def link(client, received):
    """The address of a new application, from the letter."""
    assert client.post("/apply/", {"name": "Elm Pharmacy", "email": "ann@elm.example"}).status_code == 200
    return re.search(r"/apply/[\w-]+/", received[-1].body)[0]


def paper(name="paper.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def fill(client, link):
    client.post(link, BUSINESS)
    client.post(f"{link}people/", PERSON)
    for number, kind in enumerate(("formation", "ein_letter", "identity", "bank", "certification")):
        client.post(f"{link}documents/", {"paper_kind": kind, "file": paper(content=PDF + b"%" * number + b"%%EOF")})


@pytest.fixture
def submitted(client, link):
    fill(client, link)
    assert client.post(f"{link}submit/").status_code == 302
    return Application.objects.get()


@pytest.fixture
def risk(signed_in):
    return signed_in(staff_person(roles.RISK))


@pytest.fixture
def second(signed_in):
    return signed_in(staff_person(roles.RISK, name="second"))


def do(client, application, verb, **fields):
    if verb == "decide":
        fields = {"seen": seen_of(now(application)), **fields}
    return client.post(f"/staff/applications/{application.public_id}/{verb}/", fields)


def check_all(client, application):
    do(client, application, "take")
    for kind in BY_KIND:
        if application.checks.filter(kind=kind).exists():
            do(client, application, "judge", kind=kind, word="passed", reason="OFAC list of today: no hit")


def now(application):
    return Application.objects.get(pk=application.pk)


# --- Applying


def test_what_is_saved_is_there_when_one_comes_back(client, link):
    client.post(link, {"name": "Elm Pharmacy", "legal_name": "Elm Pharmacy LLC"})

    page = client.get(link).content.decode()

    assert "Elm Pharmacy LLC" in page
    assert "Not submitted yet" in page


def test_a_wrong_key_opens_nothing(client, link):
    assert client.get("/apply/something-else/").status_code == 404
    assert client.get(f"/apply/{Application.objects.get().public_id}/").status_code == 404


def test_a_second_letter_makes_the_first_link_useless_and_no_second_application(client, link, received):
    client.post("/apply/", {"name": "Elm", "email": "ANN@elm.example"})

    assert Application.objects.count() == 1
    assert client.get(link).status_code == 404
    assert client.get(re.search(r"/apply/[\w-]+/", received[-1].body)[0]).status_code == 200


def test_too_many_letters_are_refused(client, db):
    answers = [client.post("/apply/", {"name": "Elm", "email": f"a{n}@elm.example"}).status_code for n in range(7)]

    assert 429 in answers


@pytest.mark.parametrize(
    ("field", "value"), [("ein", "12"), ("mcc", "59"), ("website", "no site"), ("monthly_volume_cents", "-1"), ("kind", "club")]
)
def test_a_field_that_is_not_well_formed_is_marked_and_nothing_is_saved(client, link, field, value):
    answer = client.post(link, {**BUSINESS, field: value})

    assert answer.status_code == 400
    assert not Application.objects.get().legal_name


def test_an_application_that_lacks_something_says_what_and_stays_a_draft(client, link):
    answer = client.post(f"{link}submit/")

    assert answer.status_code == 400
    assert "one person who controls the business" in answer.content.decode()
    assert Application.objects.get().status == "draft"


def test_numbers_are_sealed_and_shown_by_their_last_four(client, link):
    client.post(f"{link}people/", PERSON)

    page = client.get(link).content.decode()

    assert "•••-••-6789" in page
    assert "123-45-6789" not in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT ssn, full_name FROM merchants_applicationperson")
        assert not {"123456789", "Ann Elm"} & set(cursor.fetchone())


@pytest.mark.parametrize(
    ("field", "value"),
    [("ssn", "000-12-3456"), ("ssn", "12"), ("born_on", "2020-01-01"), ("owned_percent", "120"), ("full_name", "")],
)
def test_a_person_that_cannot_be_is_refused(client, link, field, value):
    assert client.post(f"{link}people/", {**PERSON, field: value}).status_code == 400
    assert ApplicationPerson.objects.count() == 0


def test_small_owners_and_a_second_control_person_are_refused(client, link):
    assert client.post(f"{link}people/", {**PERSON, "owned_percent": "10", "is_control": ""}).status_code == 400
    client.post(f"{link}people/", PERSON)
    assert client.post(f"{link}people/", {**PERSON, "full_name": "Bo Elm"}).status_code == 400

    assert ApplicationPerson.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "no PDF, PNG or JPEG"), (b"%PDF-1.4 cut", "cut off"), (PDF + b"x" * 5_000_000, "larger than 5 MB"),
        (PDF.replace(b"endobj", b"/JavaScript (x) endobj"), "holds a script"), (PDF.replace(b"endobj", b"/J#61va#53cript (x) endobj"), "holds a script"),
        (b"MZ\x90" + b"\x00" * 99, "no PDF"),
    ],
    ids=["text", "cut", "large", "script", "hidden script", "program"],
)  # fmt: skip
def test_a_paper_is_judged_by_what_it_holds(client, link, content, words):
    answer = client.post(f"{link}documents/", {"paper_kind": "bank", "file": paper("bank.pdf", content)})

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert ApplicationDocument.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("bytes_", "status", "words"),
    [(2_900_000, 302, ""), (6_000_000, 400, "larger than 5 MB"), (9_000_000, 413, "At most 8 MB")],
)
def test_a_paper_as_large_as_the_page_says_comes_through_the_servers_own_door(client, link, bytes_, status, words):
    content = PDF.replace(b"endobj", b"% " + b"x" * bytes_ + b"\nendobj", 1)

    answer = asyncio.run(_sent(f"{link}documents/", content))

    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert answer.headers.get("Content-Type", "").startswith("text/html")


async def _sent(path, content):
    transport = httpx.ASGITransport(app=import_string(settings.ASGI_APPLICATION))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        page = await client.get(path.removesuffix("documents/"))
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
        form = {"paper_kind": "bank", "csrfmiddlewaretoken": token}
        return await client.post(
            path, data=form, files={"file": ("bank.pdf", content, "application/pdf")}, headers={"Origin": "http://testserver"}
        )


def test_the_same_paper_twice_is_kept_once(client, link):
    for _ in range(2):
        assert client.post(f"{link}documents/", {"paper_kind": "bank", "file": paper()}).status_code == 302

    assert ApplicationDocument.objects.count() == 1


def test_what_is_submitted_cannot_be_changed_and_may_be_withdrawn(client, link, submitted):
    assert client.post(link, {**BUSINESS, "legal_name": "Other"}).status_code == 409
    assert client.post(f"{link}people/", {**PERSON, "is_control": ""}).status_code == 409
    client.post(f"{link}withdraw/")
    client.post(f"{link}withdraw/")

    assert now(submitted).status == "withdrawn"
    assert now(submitted).legal_name == "Elm Pharmacy LLC"


def test_what_was_submitted_is_shown_whole_and_a_letter_says_that_it_came(client, link, submitted, received):
    page = client.get(link).content.decode()

    assert all(words in page for words in ("Medicines and supplies", "$40,000.00", "$900.50", "First Bank"))
    assert (received[-1].to, received[-1].subject) == (["ann@elm.example"], "We have your application to FSA Platform")
    assert "The application of Elm Pharmacy LLC is with us." in received[-1].body


# --- Checking


def test_risk_asks_back_and_the_applicant_answers(client, link, submitted, risk, received):
    do(risk, submitted, "take")
    assert do(risk, submitted, "ask", question="Please send a newer bank letter.").status_code == 302

    assert "newer bank letter" in received[-1].body
    assert "newer bank letter" in client.get(link).content.decode()
    client.post(f"{link}documents/", {"paper_kind": "bank", "file": paper("new.pdf", PDF + b"%new%%EOF")})
    client.post(f"{link}submit/", {"answer": "Here it is."})
    assert now(submitted).status == "in_review"
    assert "Here it is." in risk.get(f"/staff/applications/{submitted.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("change", "opened"),
    [
        ({"legal_name": "Oak Pharmacy LLC"}, {"bank", "ein", "existence", "screening"}), ({"mcc": "5999"}, {"mcc"}),
        ({"monthly_volume_cents": "41000"}, set()),
    ],
    ids=["name", "code", "figure"],
)  # fmt: skip
def test_what_an_applicant_changes_after_it_was_checked_is_checked_again(client, link, submitted, risk, change, opened):
    check_all(risk, submitted)
    do(risk, submitted, "ask", question="Please send a newer bank letter.")

    client.post(link, {**BUSINESS, **change})
    client.post(f"{link}submit/")

    assert set(submitted.checks.filter(status="open").values_list("kind", flat=True)) == opened
    if opened:
        assert do(risk, submitted, "propose", verdict="approve", reason=WHY, **LIMITS).status_code == 409


def test_somebody_else_in_control_is_looked_at_as_the_first_was(client, link, submitted, risk):
    check_all(risk, submitted)
    do(risk, submitted, "ask", question="Please send a newer bank letter.")

    client.post(f"{link}people/{submitted.people.get().public_id}/remove/")
    client.post(f"{link}people/", {**PERSON, "full_name": "Bo Oak"})
    client.post(f"{link}submit/")

    assert set(submitted.checks.filter(status="open").values_list("kind", flat=True)) == {"control", "owners", "screening"}


def test_a_failed_check_and_a_screening_need_words(submitted, risk):
    do(risk, submitted, "take")

    assert do(risk, submitted, "judge", kind="bank", word="failed").status_code == 400
    assert do(risk, submitted, "judge", kind="screening", word="passed").status_code == 400
    assert set(submitted.checks.values_list("status", flat=True)) == {"open"}


def test_a_check_is_waived_by_two(submitted, risk, second):
    do(risk, submitted, "take")
    do(risk, submitted, "judge", kind="address", word="waiver_asked", reason="The register of the state shows it")

    assert (
        do(risk, submitted, "judge", kind="address", word="waived", reason="The register of the state shows it").status_code
        == 403
    )
    assert submitted.checks.get(kind="address").status == "waiver_asked"
    assert (
        do(second, submitted, "judge", kind="address", word="waived", reason="The register of the state shows it").status_code
        == 302
    )
    check = ApplicationCheck.objects.get(application=submitted, kind="address")
    assert (check.status, check.by != check.second) == ("waived", True)


def test_nothing_is_approved_while_checks_are_open(submitted, risk):
    do(risk, submitted, "take")

    assert do(risk, submitted, "propose", verdict="approve", reason=WHY, **LIMITS).status_code == 409
    assert now(submitted).verdict == ""


def test_an_approval_begins_with_limits(submitted, risk):
    check_all(risk, submitted)

    assert do(risk, submitted, "propose", verdict="approve", reason=WHY, **{**LIMITS, "per_sale_cents": ""}).status_code == 400


def test_two_approve_and_the_merchant_is_live_with_its_limits_and_its_owner_invited(client, submitted, risk, second, received):
    check_all(risk, submitted)
    assert do(risk, submitted, "propose", verdict="approve", reason=WHY, **LIMITS).status_code == 302
    assert do(second, submitted, "decide").status_code == 302
    assert do(second, submitted, "decide").status_code == 409

    merchant = Merchant.objects.get(name="Elm Pharmacy")
    control = control_of(merchant)
    assert (merchant.is_active, merchant.mcc, merchant.is_ninety_percent, merchant.is_iias_certified) == (
        True,
        "5912",
        True,
        False,
    )
    assert (control.per_sale_cents, control.monthly_volume_cents) == (90_050, 5_000_000)
    invitation = next(letter for letter in received if "/team/join/" in letter.body)
    assert invitation.subject == "Approved: join Elm Pharmacy on FSA Platform"
    assert "The application of Elm Pharmacy LLC is approved." in invitation.body
    for letter in (invitation, next(one for one in received if one.subject == "You can sell on FSA Platform")):
        assert "It begins with limits: the largest sale: $900.50, sales a day: $4,000.00" in letter.body
    join = re.search(r"/team/join/[\w-]+/", invitation.body)[0]
    client.post(join, {"first_name": "Ann", "last_name": "Elm", "password": "a long and own sentence"})
    assert Member.objects.get(merchant=merchant).role == "owner"
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        "application.submitted",
        "application.checked",
        "application.proposed",
        "application.approved",
        "merchant.opened",
    } <= actions


def test_whoever_proposed_does_not_decide(submitted, risk):
    check_all(risk, submitted)
    do(risk, submitted, "propose", verdict="approve", reason=WHY, **LIMITS)

    assert do(risk, submitted, "decide").status_code == 403
    assert now(submitted).status == "in_review"
    assert not Merchant.objects.filter(name="Elm Pharmacy").exists()


def test_a_proposal_that_is_put_aside_decides_nothing(submitted, risk, second):
    do(risk, submitted, "take")
    do(risk, submitted, "propose", verdict="decline", reason="The website sells what we do not take on.")
    do(second, submitted, "aside")

    assert do(second, submitted, "decide").status_code == 409
    assert (now(submitted).status, now(submitted).verdict) == ("in_review", "")


def test_nobody_agrees_to_a_proposal_that_they_have_not_read(submitted, risk, second):
    check_all(risk, submitted)
    do(risk, submitted, "propose", verdict="decline", reason="The website sells what we do not take on.")
    read = seen_of(now(submitted))
    do(risk, submitted, "aside")
    do(risk, submitted, "propose", verdict="approve", reason=WHY, **LIMITS)

    assert do(second, submitted, "decide", seen=read).status_code == 409
    assert (now(submitted).status, Merchant.objects.filter(name="Elm Pharmacy").exists()) == ("in_review", False)


def test_a_decline_takes_two_and_says_why(submitted, risk, second, received):
    do(risk, submitted, "take")
    do(risk, submitted, "propose", verdict="decline", reason="The website sells what we do not take on.")
    do(second, submitted, "decide")

    assert now(submitted).status == "declined"
    assert "what we do not take on" in received[-1].body
    assert not Merchant.objects.filter(name="Elm Pharmacy").exists()


def test_the_applicant_of_risk_does_not_look_after_their_own(submitted, signed_in):
    own = staff_person(roles.RISK, name="ann")
    User.objects.filter(pk=own.pk).update(email_index=submitted.email_index)

    assert do(signed_in(User.objects.get(pk=own.pk)), submitted, "take").status_code == 403


@pytest.mark.parametrize("role", [roles.SUPPORT, roles.CURATOR])
def test_others_of_the_house_see_no_application(submitted, signed_in, role):
    assert signed_in(staff_person(role)).get(f"/staff/applications/{submitted.public_id}/").status_code == 403


def test_auditors_see_the_checks_and_nobodys_data(submitted, signed_in):
    page = signed_in(staff_person(roles.AUDITOR)).get(f"/staff/applications/{submitted.public_id}/").content.decode()

    assert "Names are on no sanctions list" in page
    assert "Ann Elm" not in page
    assert "6789" not in page


def test_a_whole_number_is_shown_once_for_a_reason_that_is_kept(submitted, risk):
    person = submitted.people.get()
    url = f"/staff/applications/people/{person.public_id}/reveal/"

    assert risk.post(url, {"reason": "short"}).status_code == 400
    assert "123-45-6789" in risk.post(url, {"reason": "The bank asks for it in its own check"}).content.decode()
    assert "123-45-6789" not in risk.get(f"/staff/applications/{submitted.public_id}/").content.decode()
    assert AuditEntry.objects.get(action="application_person.revealed").reason.startswith("The bank asks")


def test_a_paper_comes_back_as_it_was_sent(submitted, risk):
    document = submitted.documents.first()

    answer = risk.get(f"/staff/applications/documents/{document.public_id}/")

    assert answer.content.startswith(b"%PDF-1.4")
    assert "attachment" in answer["Content-Disposition"]


# --- A merchant that is there and not live


def test_the_owner_of_a_merchant_that_is_not_live_finds_its_application(signed_in, acme, acme_owner, globex_owner):
    acme.is_active = False
    acme.save()
    client = signed_in(acme_owner)

    assert client.get("/")["Location"] == "/apply/mine/"
    address = client.get("/apply/mine/")["Location"]
    assert "Acme LLC" in client.get(address).content.decode()
    assert signed_in(globex_owner).get(address).status_code == 404
    assert signed_in(globex_owner).get("/apply/mine/").status_code == 403
