"""Letting go of what an engine no longer needs in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from pos_monitor.engine.seen import END
from pos_monitor.models import DeadLetter, FleetWord, ReportGap

LETTERS_FOR: Final = timedelta(days=90)
WORDS_LONGER: Final = timedelta(days=2)  # when a word was said last is kept to the day


def let_go() -> tuple[int, int, int]:
    """Delete gaps whose reports would be older than any that is kept, old dead letters, and names that no report has any more; how many of each.

    The gap behind a start's last report stays, so that the start stays known: a report of it is a repeat for ever.
    """
    oldest = timezone.now() - timedelta(days=settings.TELEMETRY_REPORT_DAYS)
    gaps, _ = ReportGap.objects.filter(made_at__lt=oldest, last_seq__lt=END).delete()
    letters, _ = DeadLetter.objects.filter(set_aside_at__lt=timezone.now() - LETTERS_FOR).delete()
    words, _ = FleetWord.objects.filter(last_seen_at__lt=oldest - WORDS_LONGER).delete()
    return gaps, letters, words
