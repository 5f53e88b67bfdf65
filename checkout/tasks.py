"""Celery doors of checkout: each calls one service and is safe to run twice."""

from __future__ import annotations

from celery import shared_task

from checkout.services import advices, release, tokens


@shared_task(name="checkout.send_due_advices")
def send_due_advices() -> int:
    return advices.send_due_advices()


@shared_task(name="checkout.recover_interrupted")
def recover_interrupted() -> int:
    return release.recover_interrupted()


@shared_task(name="checkout.expire_sessions")
def expire_sessions() -> int:
    return release.expire_old_sessions()


@shared_task(name="checkout.erase_card_numbers")
def erase_card_numbers() -> int:
    return tokens.erase_card_numbers()
