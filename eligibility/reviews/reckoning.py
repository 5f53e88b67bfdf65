"""Keeping the order of the queue true: priorities, groups and embeddings of what changed or grew older."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from eligibility.classifier.errors import ModelBroken, ModelMissing
from eligibility.encoder import EncoderMissing, encode
from eligibility.models import ReviewRequest
from eligibility.reviews.grouping import group_key, packed
from eligibility.reviews.priority import priority, recent
from eligibility.text import normalise

AGED_AFTER = timedelta(hours=6)  # a day's age is one of the factors: a quarter of a day late is no matter
BATCH = 200


def reckon(*, limit: int = BATCH, with_embeddings: bool = True) -> int:
    """Reckon up to `limit` requests anew, those that changed first, and return how many. Safe to repeat and beside itself.

    with_embeddings: also embed the texts that have none yet, which takes milliseconds each.
    """
    now = timezone.now()
    due = ReviewRequest.objects.filter(
        Q(is_stale=True) | Q(reckoned_at__lt=now - AGED_AFTER) | Q(reckoned_at=None), closed_at=None
    )
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True).order_by("-is_stale", "reckoned_at", "pk")[:limit])
        for row in rows:
            row.daily_cents = recent(row.daily_cents, now.date())
            row.value_cents = sum(row.daily_cents.values())
            age_days = (now - row.created_at).total_seconds() / 86_400
            row.priority = priority(reason=row.reason, value_cents=row.value_cents, confidence=row.confidence, age_days=age_days)
            row.group_key = row.group_key or group_key(row.title, row.brand)
            row.is_stale, row.reckoned_at = False, now
        if with_embeddings:
            _embed([row for row in rows if row.embedding is None])
        fields = ["daily_cents", "value_cents", "priority", "group_key", "embedding", "is_stale", "reckoned_at"]
        ReviewRequest.objects.bulk_update(rows, fields)
    return len(rows)


def _embed(rows: Sequence[ReviewRequest]) -> None:
    """Without the encoder items are grouped by their words alone."""
    if not rows:
        return
    try:
        vectors = encode([normalise(row.title, row.brand).lower() for row in rows])
    except (EncoderMissing, ModelBroken, ModelMissing):
        return
    for row, vector in zip(rows, vectors, strict=True):
        row.embedding = packed(vector)
