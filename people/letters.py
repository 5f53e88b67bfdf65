"""Letters to an address that is not (yet) a person's here: an invitation, a sign-in link, a changed password.

A letter is a sealed row until the mail server has taken it: it leaves after the transaction that asked for it, nobody's
request waits for the mail server or can tell by its time whether an address is known, and a server that is away loses nothing.
"""

from __future__ import annotations

import contextlib
import json
import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from common.mail import Outcome, is_about_one_letter, meaning_of, one_line
from people.models import WaitingLetter

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=3)  # longer than a whole talk with a slow server: each of its answers may take EMAIL_TIMEOUT_S
PAUSES = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300, 600, 900))  # then the last one again, until it is of no use
MOST_A_RUN = 100


def send_letter(
    *, to: str, subject: str, template: str, context: dict[str, Any], useful_for: timedelta = timedelta(days=1)
) -> None:
    """Put `templates/<template>.txt` with `.html` beside it in the post.

    useful_for: how long it is worth trying; a link that has run out by then is not sent.
    """
    subject = one_line(subject)
    values = {**context, "base_url": settings.BASE_URL, "subject": subject}
    content = {
        "to": to, "subject": subject,
        "text": render_to_string(f"{template}.txt", values), "html": render_to_string(f"{template}.html", values),
    }  # fmt: skip
    now = timezone.now()
    WaitingLetter.objects.create(content=json.dumps(content), next_attempt_at=now, useful_until=now + useful_for)


def send_waiting() -> int:
    """Send what is due and return how many letters left. Safe beside itself: each letter has one sender at a time.

    A sender that dies leaves its letter to the next one after LEASE; if it died after the server's yes, the letter goes twice.
    """
    WaitingLetter.objects.filter(useful_until__lte=timezone.now()).delete()
    sent = 0
    connection: BaseEmailBackend = get_connection()
    try:
        for _ in range(MOST_A_RUN):
            letter = _claim()
            if letter is None:
                break
            problem = _deliver(letter, connection)
            sent += problem is None
            if problem is not None and not is_about_one_letter(problem):
                break  # the others would only wait for the same server
    finally:
        with contextlib.suppress(Exception):
            connection.close()
    return sent


@transaction.atomic
def _claim() -> WaitingLetter | None:
    now = timezone.now()
    due = Q(next_attempt_at__lte=now) & (Q(leased_until=None) | Q(leased_until__lt=now))
    letter = WaitingLetter.objects.select_for_update(skip_locked=True).filter(due).order_by("next_attempt_at", "pk").first()
    if letter is not None:
        letter.leased_until, letter.attempts = now + LEASE, letter.attempts + 1
        letter.save(update_fields=["leased_until", "attempts"])
    return letter


def _deliver(letter: WaitingLetter, connection: BaseEmailBackend) -> Exception | None:
    """None when it left; else why not. What can never leave is deleted: a link nobody will get should not lie about."""
    try:
        connection.send_messages([_message(letter)])
    except Exception as error:
        with contextlib.suppress(Exception):
            connection.close()
        outcome, code = meaning_of(error)
        log.warning("letter %s: %s (%s)", letter.public_id, outcome.value, code)
        if outcome is Outcome.RETRY:
            pause = PAUSES[min(letter.attempts, len(PAUSES)) - 1]
            _mine(letter).update(next_attempt_at=timezone.now() + pause, leased_until=None)
        else:
            _mine(letter).delete()
        return error
    _mine(letter).delete()
    return None


def _mine(letter: WaitingLetter) -> Any:
    """The row, if nobody took it over since our lease ran out."""
    return WaitingLetter.objects.filter(pk=letter.pk, leased_until=letter.leased_until)


def _message(letter: WaitingLetter) -> EmailMultiAlternatives:
    content = json.loads(str(letter.content))
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    message = EmailMultiAlternatives(
        subject=content["subject"], body=content["text"], from_email=settings.DEFAULT_FROM_EMAIL, to=[content["to"]],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": f"<{letter.public_id}@{domain}>"},
    )  # fmt: skip
    message.attach_alternative(content["html"], "text/html")
    return message
