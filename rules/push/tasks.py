"""Celery doors of pushing, and of tokens that are over."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common.scopes import across_merchants
from rules.feed.tokens import forget_old_tokens
from rules.push.deliver import push_due


@shared_task(name="rules.push_due")
def push_due_snoops() -> int:
    """Push what is urgent and new to those who have a device. Safe to repeat and beside itself: each occasion has one row."""
    with across_merchants("pushes to every merchant's shoppers"):
        return push_due(timezone.now())


@shared_task(name="rules.forget_old_tokens")
def forget_tokens() -> int:
    with across_merchants("tidies every merchant's customer tokens"):
        return forget_old_tokens(timezone.now())
