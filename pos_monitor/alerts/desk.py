"""Letters to the addresses of support's desk: one for everything of a moment, kept until the mail server takes it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from common.mail import meaning_of, one_line
from pos_monitor.models import DeskLetter, Incident

log = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=3)  # longer than a whole talk with a slow server
PAUSES: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360))
MOST_LISTED: Final = 40  # a mail of more is read by nobody: the rest is counted and stands in the inbox
WORDS: Final = {
    "opened": "Opened", "reopened": "Came back", "resolved": "Over", "escalated": "Nobody answered in time",
    "repair_late": "Not repaired in time",
}  # fmt: skip


def write(told: Sequence[tuple[str, Incident]]) -> DeskLetter | None:
    """Write one letter about these (kind, incident), in the caller's transaction. None where nobody's address is configured."""
    if not told or not settings.FLEET_SUPPORT_EMAILS:
        return None
    told = sorted(told, key=lambda one: (-one[1].severity, one[1].pk))
    rows = [
        (WORDS[kind], incident, f"{settings.BASE_URL}/admin/pos_monitor/incident/{incident.pk}/change/")
        for kind, incident in told
    ]
    words, first, _ = rows[0]
    more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    body = render_to_string("fleet/mail/desk.txt", {"rows": rows[:MOST_LISTED], "more": max(0, len(rows) - MOST_LISTED)})
    return DeskLetter.objects.create(
        subject=one_line(f"{words}: {first.title}")[: 160 - len(more)] + more, body=body, next_attempt_at=timezone.now()
    )


def send_due() -> int:
    """Send what is due and return how many letters went. Each has one sender at a time; after a crash it may go twice, under one id."""
    sent = 0
    while letter := _claim():
        message = EmailMessage(
            letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, list(settings.FLEET_SUPPORT_EMAILS),
            headers={"Message-ID": f"<{letter.public_id}@fleet>", "Auto-Submitted": "auto-generated"}, connection=get_connection(),
        )  # fmt: skip
        try:
            message.send()
        except Exception as error:
            _, code = meaning_of(error)
            DeskLetter.objects.filter(pk=letter.pk).update(error_code=code)
            log.warning("a letter to support's desk waits: %s", code)
            break
        DeskLetter.objects.filter(pk=letter.pk).update(sent_at=timezone.now(), error_code="")
        sent += 1
    return sent


@transaction.atomic
def _claim() -> DeskLetter | None:
    now = timezone.now()
    due = DeskLetter.objects.select_for_update(skip_locked=True).filter(
        sent_at=None, next_attempt_at__lte=now, attempts__lt=len(PAUSES)
    )
    letter = due.order_by("next_attempt_at").first()
    if letter is not None:
        letter.next_attempt_at, letter.attempts = now + max(LEASE, PAUSES[letter.attempts]), letter.attempts + 1
        letter.save(update_fields=["next_attempt_at", "attempts"])
    return letter
