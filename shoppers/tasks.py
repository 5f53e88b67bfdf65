from __future__ import annotations

from celery import shared_task

from shoppers.sign_in import forget_old


@shared_task(name="shoppers.forget_old_sign_ins")
def forget_old_sign_ins() -> int:
    """Take away links and sessions that ended a day ago. Safe to repeat."""
    return forget_old()
