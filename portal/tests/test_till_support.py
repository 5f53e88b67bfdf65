"""What support writes about tills, as the merchant reads and answers it; the weekly reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from common.scopes import across_merchants
from merchants.models import Merchant
from notices.models import Notice
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.care import cases, weekly
from pos_monitor.models import SupportCase, WeeklyReport
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


@pytest.fixture
def sue() -> User:
    person = User.objects.create_user("sue", is_staff=True)
    give_role(user=person, role=SUPPORT)
    return person


@pytest.fixture
def case(acme: Merchant, sue: User) -> SupportCase:
    """A case of a till, with a note among us and a mail to the merchant."""
    with across_merchants("support works for everybody"):
        made = cases.open_case(
            merchant=acme, subject="Router of Oak Street", by=sue, terminals=[a_terminal(acme, label="Till 7").pk]
        )
        cases.add_entry(case=made, kind="note", body="They are difficult", by=sue)
        cases.add_entry(case=made, kind="mail", body="Please plug it in", by=sue)
    return made


def test_a_merchant_reads_what_was_written_to_them_and_no_note(acme_viewer: User, signed_in: SignedIn, case: SupportCase) -> None:
    client = signed_in(acme_viewer)

    listed = client.get(reverse("portal:till_support")).content.decode()
    page = client.get(reverse("portal:till_case", args=[case.public_id])).content.decode()

    assert "Router of Oak Street" in listed
    assert "Waits for you" in listed
    assert all(words in page for words in ("Please plug it in", "Till 7"))
    assert "They are difficult" not in page
    assert "Send the answer" not in page


def test_an_answer_opens_the_case_again_and_tells_who_has_it(
    acme_owner: User, signed_in: SignedIn, case: SupportCase, sue: User
) -> None:
    page = reverse("portal:till_case", args=[case.public_id])

    answer = signed_in(acme_owner).post(page + "reply/", {"body": "It is plugged in"}, follow=True)

    case.refresh_from_db()
    assert answer.redirect_chain == [(page, 302)]
    assert "It is plugged in" in answer.content.decode()
    assert case.state == SupportCase.State.OPEN
    assert list(Notice.objects.filter(user=sue).values_list("topic", "context__case")) == [("fleet.case", case.public_id)]


def test_an_empty_answer_and_a_viewers_change_nothing(
    acme_owner: User, acme_viewer: User, signed_in: SignedIn, case: SupportCase
) -> None:
    page = reverse("portal:till_case_reply", args=[case.public_id])

    empty, looking = signed_in(acme_owner).post(page, {"body": " "}), signed_in(acme_viewer).post(page, {"body": "Hello"})

    assert (empty.status_code, looking.status_code) == (400, 403)
    assert case.entries.count() == 2


def test_a_case_in_which_nothing_was_written_to_them_is_not_there(
    acme: Merchant, acme_owner: User, signed_in: SignedIn, sue: User
) -> None:
    with across_merchants("support works for everybody"):
        ours = cases.open_case(merchant=acme, subject="Look into this", by=sue)
    client = signed_in(acme_owner)

    assert client.get(reverse("portal:till_case", args=[ours.public_id])).status_code == 404
    assert client.get(reverse("portal:till_support")).context["cases"] == []


def test_each_week_is_a_pdf_of_the_merchant_alone(
    acme: Merchant, globex: Merchant, acme_viewer: User, signed_in: SignedIn
) -> None:
    with across_merchants("a sample of each"):
        mine, theirs = (
            WeeklyReport.objects.create(merchant=one, week_on=date(2026, 11, 16), figures=weekly.reckon(one, date(2026, 11, 16)))
            for one in (acme, globex)
        )
    client = signed_in(acme_viewer)

    found = client.get(reverse("portal:till_report", args=[mine.public_id]))

    assert found["Content-Type"] == "application/pdf"
    assert found.content.startswith(b"%PDF")
    assert client.get(reverse("portal:till_report", args=[theirs.public_id])).status_code == 404
    assert [row["id"] for row in client.get(reverse("portal:till_support")).context["reports"]] == [mine.public_id]
