"""Celery doors of notices: no arguments, so nothing personal waits in Redis. Each is safe to run twice and beside itself."""

from __future__ import annotations

from celery import shared_task

from notices.services import digests, follow, sending


@shared_task(name="notices.send_due")
def send_due() -> int:
    return sending.send_due()


@shared_task(name="notices.gather_digests")
def gather_digests() -> int:
    return digests.gather_digests()


@shared_task(name="notices.follow_audit")
def follow_audit() -> int:
    return follow.follow_audit()
