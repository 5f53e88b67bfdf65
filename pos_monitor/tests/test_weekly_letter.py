"""The letter of the week: with the report as a PDF, for whoever may see it, until they have had enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from merchants.models import Member, Merchant
from notices.models import Letter, Preference
from notices.services.sending import send_due
from notices.tests.smtp_server import Mailbox
from people.models import User
from pos_monitor.care import mailing, weekly
from pos_monitor.models import Terminal, WeeklyReport
from pos_monitor.tests.fleet import make_store, make_terminals
from vault.errors import MerchantKeyRevoked

pytestmark = pytest.mark.django_db
NEXT_MONDAY = datetime(2026, 11, 23, 13, tzinfo=UTC)  # eight in the morning in New York


@pytest.fixture
def letter(acme_owner: User, acme: Merchant) -> Letter:
    make_terminals(make_store(acme, "Oak"), 1)
    Terminal.objects.update(created_at=NEXT_MONDAY - timedelta(days=30))
    assert weekly.write_due(NEXT_MONDAY) == 1
    Letter.objects.update(next_attempt_at=NEXT_MONDAY - timedelta(days=3000))
    return Letter.objects.get(user=acme_owner)


def test_the_report_goes_with_it_and_it_can_be_stopped(
    letter: Letter, mailbox: Mailbox, client: Client, acme_owner: User
) -> None:
    send_due()

    (mail,) = mailbox.letters
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "terminals-2026-11-16.pdf")
    assert attached.get_content() == weekly.pdf(WeeklyReport.objects.get())
    assert "Attached: terminals-2026-11-16.pdf" in mail.get_body(("plain",)).get_content()
    address = urlsplit(mail["List-Unsubscribe"].strip(" <>")).path
    assert "Your terminals" in client.get(address).content.decode()

    client.post(address)

    assert Preference.objects.get(user=acme_owner, topic="terminals.weekly").email == "off"


def test_who_left_meanwhile_gets_no_report(letter: Letter, mailbox: Mailbox, acme_owner: User) -> None:
    Member.objects.filter(user=acme_owner).delete()

    send_due()

    assert [list(mail.iter_attachments()) for mail in mailbox.letters] == [[]]


def test_what_is_locked_is_not_mailed(letter: Letter, acme_owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = WeeklyReport.objects.get().public_id
    assert mailing.report_of_letter(user=acme_owner, subject=subject) is not None

    def locked(merchant: int) -> None:
        raise MerchantKeyRevoked()

    monkeypatch.setattr("pos_monitor.care.mailing.require_open", locked)

    assert mailing.report_of_letter(user=acme_owner, subject=subject) is None
