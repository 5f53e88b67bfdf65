from __future__ import annotations

from celery import shared_task
from django.db import connection

from common.api.idempotency import forget_old_keys


@shared_task(name="common.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    return forget_old_keys()


@shared_task(name="common.forget_cached")
def forget_cached() -> int:
    """Delete what the database cache keeps past its time, such as callers' addresses of the limiter: Django only does when it is full."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM common_cache WHERE expires < now()")
        return int(cursor.rowcount)
