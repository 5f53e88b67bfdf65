from __future__ import annotations

from celery import shared_task
from django.db import connection

from common.api.idempotency import forget_old_keys
from common.load import note_calm


@shared_task(name="common.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    return forget_old_keys()


@shared_task(name="common.forget_cached")
def forget_cached() -> int:
    """Delete what the database cache keeps past its time, such as callers' addresses of the limiter: Django only does when it is full."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM common_cache WHERE expires < now()")
        return int(cursor.rowcount)


@shared_task(name="common.note_load")
def note_load() -> dict[str, float]:
    """Learn how long sales take in calm times, against which background work measures itself."""
    return note_calm()
