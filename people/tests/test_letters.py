"""Letters to addresses that are nobody's here yet, sent by a real mail server on loopback."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from people.letters import LEASE, send_letter, send_waiting
from people.models import WaitingLetter

pytestmark = pytest.mark.django_db
RESET = {"email": "owner@acme.example"}


def wait(**fields):
    """Let time pass for every letter that waits."""
    WaitingLetter.objects.update(**fields)


@pytest.fixture
def asked(client, acme_owner):
    """The owner forgot the password and asked for a letter."""
    return client.post(reverse("account_reset_password"), RESET)


def test_a_letter_leaves_after_the_request_and_its_row_goes(mailbox, asked):
    assert asked.status_code == 302
    assert not mailbox.letters

    assert send_waiting() == 1
    assert mailbox.recipients == ["owner@acme.example"]
    assert "/password/reset/key/" in mailbox.letters[0].get_body(("plain",)).get_content()
    assert not WaitingLetter.objects.exists()
    assert send_waiting() == 0


def test_a_mail_server_that_is_away_fails_nobodys_request_and_loses_nothing(asked, settings, mailbox):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1  # nobody listens there

    assert send_waiting() == 0
    assert send_waiting() == 0  # not at once again
    assert WaitingLetter.objects.get().attempts == 1

    settings.EMAIL_PORT = port
    wait(next_attempt_at=timezone.now())
    assert send_waiting() == 1
    assert mailbox.recipients == ["owner@acme.example"]


def test_a_server_that_says_later_is_asked_later(asked, mailbox):
    mailbox.data_answers.append("451 4.3.0 busy")

    assert send_waiting() == 0
    assert WaitingLetter.objects.get().next_attempt_at > timezone.now()

    wait(next_attempt_at=timezone.now())
    assert send_waiting() == 1


def test_an_address_that_is_refused_for_good_is_not_tried_again(asked, mailbox):
    mailbox.rcpt_answers.append("550 5.1.1 no such mailbox")

    assert send_waiting() == 0
    assert not WaitingLetter.objects.exists()


def test_a_link_that_has_run_out_is_not_sent(mailbox):
    send_letter(
        to="jo@example.com", subject="Late", template="me/link", context={"path": "/me/", "minutes": 1}, useful_for=timedelta(0)
    )

    assert send_waiting() == 0
    assert not mailbox.letters
    assert not WaitingLetter.objects.exists()


def test_a_sender_that_died_leaves_its_letter_to_the_next_one(asked, mailbox):
    wait(leased_until=timezone.now() + LEASE, attempts=1)
    assert send_waiting() == 0  # somebody is at it

    wait(leased_until=timezone.now() - timedelta(seconds=1))
    assert send_waiting() == 1
    assert len(mailbox.letters) == 1


def test_a_refused_letter_does_not_hold_up_the_others(mailbox):
    for name in ("a", "b", "c"):
        send_letter(to=f"{name}@example.com", subject="Hello", template="me/link", context={"path": "/me/", "minutes": 15})
    mailbox.rcpt_answers.append("550 5.1.1 no such mailbox")

    assert send_waiting() == 2
    assert mailbox.recipients == ["b@example.com", "c@example.com"]


@pytest.mark.parametrize(
    ("at", "answer", "left"),
    [
        ("rcpt_answers", "450 4.2.2 mailbox full", ["b@example.com", "c@example.com"]),
        ("data_answers", "451 4.7.1 greylisted", ["b@example.com", "c@example.com"]),
        ("rcpt_answers", "421 4.3.2 going away", []),
        ("data_answers", "421 4.3.2 going away", []),
        ("data_answers", "cut", []),
    ],
)
def test_an_answer_about_one_letter_holds_nobody_elses_up_and_one_about_the_server_ends_the_run(mailbox, at, answer, left):
    for name in ("a", "b", "c"):
        send_letter(to=f"{name}@example.com", subject="Hello", template="me/link", context={"path": "/me/", "minutes": 15})
    getattr(mailbox, at).append(answer)

    assert send_waiting() == len(left)
    assert mailbox.recipients == left
    assert WaitingLetter.objects.count() == 3 - len(left)
    assert WaitingLetter.objects.filter(attempts=1, next_attempt_at__gt=timezone.now()).count() == 1


def test_the_waiting_row_shows_neither_address_nor_link(asked):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM people_waitingletter t")
        (row,) = cursor.fetchone()

    assert "acme.example" not in row
    assert not re.search(r"reset|key/", row)


def test_a_subject_with_line_breaks_stays_one_line(mailbox):
    send_letter(
        to="jo@example.com", subject="Join\r\nBcc: eve@example.com", template="me/link", context={"path": "/", "minutes": 15}
    )

    assert send_waiting() == 1
    assert mailbox.letters[0]["Subject"] == "Join Bcc: eve@example.com"
    assert mailbox.letters[0]["Bcc"] is None
    assert mailbox.recipients == ["jo@example.com"]
