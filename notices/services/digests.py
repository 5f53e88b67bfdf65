"""Gathering what people want to hear once a day or once a week."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from notices.models import Letter, Notice
from notices.selectors import recipient_of, zone_of
from notices.times import latest_digest
from notices.topics import DAILY, WEEKLY
from people.models import User


def gather_digests() -> int:
    """Put each person's waiting notices into one letter once their hour has come, and return how many letters were made.

    A notice belongs to the first digest after it; one that was read meanwhile is left out. Safe to run beside itself and to miss
    runs: what is gathered follows from the clock and the rows alone.
    """
    made = 0
    for mode in (DAILY, WEEKLY):
        waiting = Notice.objects.filter(letter=None, email_mode=mode, read_at=None)
        for user in User.objects.filter(pk__in=waiting.values("user"), is_active=True).order_by("pk"):
            made += _gather(user, mode)
    return made


@transaction.atomic
def _gather(user: User, mode: str) -> bool:
    recipient = recipient_of(user)
    due_at = latest_digest(timezone.now(), zone_of(recipient), recipient.digest_hour, is_weekly=mode == WEEKLY)
    due = Notice.objects.filter(user=user, letter=None, email_mode=mode, read_at=None, created_at__lt=due_at)
    ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if not ids:
        return False
    letter = Letter.objects.create(
        user=user, kind=Letter.Kind.DAILY if mode == DAILY else Letter.Kind.WEEKLY, next_attempt_at=timezone.now()
    )
    Notice.objects.filter(pk__in=ids).update(letter=letter)
    return True
