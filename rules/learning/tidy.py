"""Letting go of old showings: what customers liked half a year ago is no guide, and what is known of them need not be kept twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from rules.models import LearningShowing

LEARNING_KEPT: Final = timedelta(days=180)
BATCH: Final = 10_000


def forget_old_showings() -> int:
    """Delete what is older than LEARNING_KEPT, a batch a statement; returns how many. Safe to repeat and beside itself."""
    border, total = timezone.now() - LEARNING_KEPT, 0
    while True:
        old = LearningShowing.objects.filter(at__lt=border).order_by("at").values_list("pk", flat=True)[:BATCH]
        count, _ = LearningShowing.objects.filter(pk__in=list(old)).delete()
        total += count
        if count < BATCH:
            return total
