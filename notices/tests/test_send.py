"""Letters against a real mail server: what it takes, refuses, puts off and cuts off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from notices import tasks
from notices.models import Letter, Notice, Recipient
from notices.services import notify
from notices.services.preferences import trust_address_again
from notices.services.sending import PAUSES, send_due
from notices.tests.smtp_server import PASSWORD, USER, Mailbox, self_signed, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(acme, acme_owner):
    notify(topic="webhook.paused", subject="we_1", merchant=acme, context={"failures": 20})
    return Letter.objects.get()


def make_due():
    Letter.objects.filter(state="waiting").update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_a_letter_arrives_in_text_and_html_and_once(letter, mailbox):
    assert (tasks.send_due(), tasks.send_due()) == (1, 0)  # by the door, which starts without a merchant

    (mail,) = mailbox.letters
    assert mailbox.recipients == ["owner@acme.example"]
    assert mail["Subject"] == "Webhooks to one of Acme’s addresses are paused"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "(20 times in a row)" in mail.get_body(("plain",)).get_content()
    assert "<strong>Acme</strong>" in mail.get_body(("html",)).get_content()
    assert mail["Message-ID"] == f"<{letter.public_id}@fsa-platform.example>"
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.error_code) == ("sent", 1, "")


def test_nothing_in_a_letter_is_fetched_from_anywhere(letter, mailbox):
    send_due()

    html = mailbox.letters[0].get_body(("html",)).get_content()
    assert "<img" not in html
    assert "url(" not in html
    assert "<script" not in html
    assert "<link" not in html


def test_a_password_is_said_only_after_starttls(letter, settings, tmp_path, monkeypatch):
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    box = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "127.0.0.1", USER, PASSWORD
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = True, 5
    with serving(box, certificate=certificate) as settings.EMAIL_PORT:
        assert send_due() == 1

    assert box.was_encrypted == [True]
    assert box.recipients == ["owner@acme.example"]


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(letter, settings, tmp_path):
    box = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "127.0.0.1", USER, PASSWORD
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = True, 5
    with serving(box, certificate=self_signed(tmp_path)) as settings.EMAIL_PORT:
        assert send_due() == 0

    letter.refresh_from_db()
    assert box.letters == []
    assert (letter.state, letter.error_code) == ("waiting", "no_connection")


def test_a_wrong_password_puts_letters_off_and_marks_no_address(letter, settings, tmp_path, monkeypatch):
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "127.0.0.1", USER, "wrong"
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = True, 5
    with serving(Mailbox(), certificate=certificate) as settings.EMAIL_PORT:
        assert send_due() == 0

    letter.refresh_from_db()
    assert (letter.state, letter.error_code) == ("waiting", "535 5.7.8")
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    ("rcpt", "data", "code"),
    [("450 4.2.1 try later", "", "450 4.2.1"), ("", "451 4.3.0 busy", "451 4.3.0"), ("", "cut", "cut_off")],
)
def test_what_may_pass_is_tried_again_later_and_then_arrives(letter, mailbox, rcpt, data, code):
    mailbox.rcpt_answers, mailbox.data_answers = [rcpt], [data]

    before = timezone.now()
    assert send_due() == 0
    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.error_code) == ("waiting", 1, code)
    assert before + PAUSES[0] <= letter.next_attempt_at <= timezone.now() + PAUSES[0]
    assert send_due() == 0  # not before its time
    make_due()
    assert send_due() == 1

    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.error_code) == ("sent", 2, "")
    assert len(mailbox.letters) == 1


def test_pauses_grow_and_after_the_last_the_letter_has_failed(letter, mailbox):
    mailbox.rcpt_answers = ["450 no"] * (len(PAUSES) + 1)
    gaps = []
    for _ in PAUSES:
        send_due()
        gaps.append(round((Letter.objects.get().next_attempt_at - timezone.now()).total_seconds() / 60))
        make_due()
    send_due()

    assert gaps == [1, 5, 15, 60, 180, 360, 720, 720, 720]
    assert (Letter.objects.get().state, Letter.objects.get().attempts) == ("failed", len(PAUSES) + 1)
    assert not Recipient.objects.exists()


def test_an_address_that_is_refused_for_good_is_marked_and_not_written_to_again(letter, mailbox, acme, acme_owner):
    mailbox.rcpt_answers = ["550 5.1.1 <owner@acme.example> unknown"]

    assert send_due() == 0
    notify(topic="api_key.created", subject="key_1", merchant=acme)
    assert send_due() == 0

    letter.refresh_from_db()
    recipient = Recipient.objects.get()
    assert (letter.state, letter.error_code) == ("failed", "550 5.1.1")
    assert (recipient.bouncing_code, recipient.user) == ("550 5.1.1", acme_owner)
    assert Letter.objects.get(topic="api_key.created").error_code == "bouncing"
    assert mailbox.letters == []


@pytest.mark.parametrize("mend", ["new address", "owner says so"])
def test_a_mended_address_is_written_to_again(letter, mailbox, acme, acme_owner, mend):
    mailbox.rcpt_answers = ["550 5.1.1 unknown"]
    send_due()
    if mend == "new address":
        acme_owner.email = "new@acme.example"
        acme_owner.save()
    else:
        trust_address_again(user=acme_owner)

    notify(topic="api_key.created", subject="key_1", merchant=acme)

    assert send_due() == 1


def test_a_letter_that_is_refused_for_its_content_does_not_condemn_the_address(letter, mailbox):
    mailbox.data_answers = ["554 5.7.1 looks like spam"]

    send_due()

    letter.refresh_from_db()
    assert (letter.state, letter.error_code) == ("failed", "554 5.7.1")
    assert not Recipient.objects.exists()


def test_a_cut_after_the_letter_was_taken_repeats_it_under_the_same_id(letter, mailbox):
    mailbox.data_answers = ["take and cut"]

    send_due()
    make_due()
    send_due()

    assert len({mail["Message-ID"] for mail in mailbox.letters}) == 1
    assert Letter.objects.get().state == "sent"


def test_a_letter_whose_sender_died_goes_out_when_the_lease_is_over(letter, mailbox):
    now = timezone.now()
    Letter.objects.update(state="sending", leased_until=now + timedelta(minutes=1), attempts=1)
    assert send_due() == 0
    Letter.objects.update(leased_until=now - timedelta(seconds=1))

    assert send_due() == 1


def test_when_the_server_is_down_the_others_wait_without_being_tried(acme, acme_owner, settings):
    notify(topic="webhook.paused", subject="a", merchant=acme)
    notify(topic="webhook.paused", subject="b", merchant=acme)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False

    assert send_due() == 0

    assert sorted(Letter.objects.values_list("attempts", flat=True)) == [0, 1]


def test_one_refused_reader_does_not_keep_the_letter_from_the_next(acme, acme_owner, mailbox):
    notify(topic="webhook.paused", subject="a", merchant=acme)
    notify(topic="webhook.paused", subject="b", merchant=acme)
    mailbox.rcpt_answers = ["450 4.2.2 full"]

    assert send_due() == 1


@pytest.mark.parametrize(
    "name",
    ["Eve\r\nBcc: all@example.com", "Eve\nX: y\n\nhello", "Eve\u2028Bcc: x@y.example", "Eve\x0b\x1b[2J", "=?utf-8?q?x?=\r\n"],
)
def test_a_name_with_line_breaks_stays_within_its_header(acme, acme_owner, mailbox, name):
    acme_owner.first_name = name
    acme_owner.save()
    acme.name = name
    acme.save()

    notify(topic="webhook.paused", subject="we_1", merchant=acme)
    assert send_due() == 1

    (mail,) = mailbox.letters
    assert mailbox.recipients == ["owner@acme.example"]
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert "\n" not in mail["Subject"]
    assert "\n" not in str(mail["To"])


@pytest.mark.parametrize("address", ["a@b.example\r\nRCPT TO:<x@y.example>", "nobody", "a@b.example\nBcc: x@y.example"])
def test_an_address_that_is_none_is_not_tried(letter, mailbox, acme_owner, address):
    acme_owner.email = address
    acme_owner.save()

    assert send_due() == 0

    letter.refresh_from_db()
    assert (letter.state, letter.error_code) == ("dropped", "bad_address")
    assert mailbox.letters == []


def test_a_letter_that_cannot_be_written_waits_and_keeps_no_other(letter, mailbox, acme):
    Notice.objects.filter(letter=letter).update(letter=None)  # what it should tell is gone
    notify(topic="webhook.paused", subject="we_2", merchant=acme, context={"failures": 20})

    assert send_due() == 1

    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.error_code) == ("waiting", 1, "unwritten")
    assert letter.next_attempt_at > timezone.now()
    assert len(mailbox.letters) == 1


def test_who_may_no_longer_sign_in_is_not_written_to(letter, mailbox, acme_owner):
    acme_owner.is_active = False
    acme_owner.save()

    assert send_due() == 0
    letter.refresh_from_db()
    assert letter.error_code == "switched_off"


def test_no_row_of_a_letter_holds_the_address(letter, mailbox):
    mailbox.rcpt_answers = ["550 5.1.1 <owner@acme.example> unknown"]
    send_due()

    for model in (Letter, Notice, Recipient):
        assert "acme.example" not in str(list(model.objects.values()))
