"""Celery doors of learned relevance."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from rules.learning.tidy import forget_old_showings


@shared_task(name="rules.forget_old_showings")
@across_merchants("drops everybody's old showings")
def forget() -> int:
    return forget_old_showings()
