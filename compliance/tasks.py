"""Celery doors of compliance. Each is safe to run twice."""

from __future__ import annotations

from celery import shared_task

from compliance.services import findings, reviews


@shared_task(name="compliance.remind")
def remind() -> int:
    """Overdue findings, and a review that is due."""
    return findings.tell_overdue() + reviews.tell_review_due()
