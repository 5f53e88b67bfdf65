from __future__ import annotations

from celery import shared_task

from common.api.idempotency import forget_old_keys


@shared_task(name="common.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    return forget_old_keys()
