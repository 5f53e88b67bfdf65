"""Letters go out: claimed one at a time, sent outside any transaction, repeated until the mail server takes or refuses them."""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.mail import Outcome, is_address, meaning_of
from notices.letters import message_for
from notices.models import Letter, Recipient
from notices.selectors import address_mark, is_bouncing, recipient_of, zone_of
from notices.times import quiet_until

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=3)  # longer than a whole talk with a slow server: each of its answers may take EMAIL_TIMEOUT_S
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 720, 720))  # about two days, then it has failed
MOST_A_RUN = 200


def send_due() -> int:
    """Send what is due and return how many letters went out. Safe to run beside itself: each letter has one sender at a time.

    A sender that dies leaves its letter to the next one after LEASE; if it died after the server's yes, the letter goes twice,
    under the same Message-ID.
    """
    sent = 0
    connection: BaseEmailBackend = get_connection()
    try:
        for _ in range(MOST_A_RUN):
            letter = _claim()
            if letter is None:
                break
            is_server_well, is_sent = _deliver(letter, connection)
            sent += is_sent
            if not is_server_well:
                break  # the others would only wait for the same server; they are due again in the next run
    finally:
        _close(connection)
    return sent


@transaction.atomic
def _claim() -> Letter | None:
    """The next letter that may go now, leased to us. Those whose reader is in quiet hours are put off until these end."""
    now = timezone.now()
    due = Q(state=Letter.State.WAITING, next_attempt_at__lte=now) | Q(state=Letter.State.SENDING, leased_until__lt=now)
    letters = Letter.objects.select_for_update(skip_locked=True, of=("self",)).filter(due).order_by("next_attempt_at", "pk")
    for letter in letters.select_related("user")[:MOST_A_RUN]:
        if held_until := _held_until(letter, now):
            Letter.objects.filter(pk=letter.pk).update(state=Letter.State.WAITING, next_attempt_at=held_until, leased_until=None)
            continue
        letter.state, letter.leased_until, letter.attempts = Letter.State.SENDING, now + LEASE, letter.attempts + 1
        letter.save(update_fields=["state", "leased_until", "attempts"])
        return letter
    return None


def _held_until(letter: Letter, now: datetime) -> datetime | None:
    if letter.is_urgent:
        return None
    recipient = recipient_of(letter.user)
    return quiet_until(now, zone_of(recipient), recipient.quiet_from, recipient.quiet_until)


def _deliver(letter: Letter, connection: BaseEmailBackend) -> tuple[bool, bool]:
    """(does the mail server work?, did the letter go?)"""
    address = str(letter.user.email)  # opened here and nowhere earlier
    if problem := _cannot_be_written_to(letter, address):
        _finish(letter, Letter.State.DROPPED, problem)
        return True, False
    try:
        message = message_for(letter, address=address)
    except Exception:  # a fault of ours in one letter: the others go out, and this one once it is mended
        log.exception("letter %s cannot be written", letter.public_id)
        _after_failure(letter, Outcome.RETRY, "unwritten", address)
        return True, False
    try:
        connection.send_messages([message])
    except Exception as error:
        _close(connection)
        outcome, code = meaning_of(error)
        log.warning("letter %s: %s (%s)", letter.public_id, outcome.value, code)
        _after_failure(letter, outcome, code, address)
        return outcome is not Outcome.RETRY or code[:1] == "4", False
    _finish(letter, Letter.State.SENT, "")
    return True, True


def _cannot_be_written_to(letter: Letter, address: str) -> str:
    if not letter.user.is_active:
        return "switched_off"
    if not address:
        return "no_address"
    if not is_address(address):
        return "bad_address"
    return "bouncing" if is_bouncing(recipient_of(letter.user), address) else ""


def _after_failure(letter: Letter, outcome: Outcome, code: str, address: str) -> None:
    if outcome is Outcome.RETRY and letter.attempts <= len(PAUSES):
        again_at = timezone.now() + PAUSES[letter.attempts - 1]
        _mine(letter).update(state=Letter.State.WAITING, next_attempt_at=again_at, leased_until=None, error_code=code)
        return
    if outcome is Outcome.BOUNCED:
        Recipient.objects.update_or_create(
            user=letter.user,
            defaults={"bouncing_since": timezone.now(), "bouncing_code": code, "bouncing_mark": address_mark(address)},
        )
    _finish(letter, Letter.State.FAILED, code)


def _finish(letter: Letter, state: str, code: str) -> None:
    is_sent = state == Letter.State.SENT
    _mine(letter).update(state=state, error_code=code, leased_until=None, sent_at=timezone.now() if is_sent else None)


def _mine(letter: Letter) -> QuerySet[Letter]:
    """The row, if nobody took it over since our lease ran out."""
    return Letter.objects.filter(pk=letter.pk, state=Letter.State.SENDING, leased_until=letter.leased_until)


def _close(connection: BaseEmailBackend) -> None:
    with contextlib.suppress(Exception):
        connection.close()
