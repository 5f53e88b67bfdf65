"""Celery doors of checkout: each calls one service and is safe to run twice."""

from __future__ import annotations

from celery import shared_task

from checkout.payment_pages import check
from checkout.services import advices, release, tokens
from common.scopes import across_merchants


@shared_task(name="checkout.send_due_advices")
@across_merchants("one outbox for all merchants")
def send_due_advices() -> int:
    return advices.send_due_advices()


@shared_task(name="checkout.recover_interrupted")
@across_merchants("sweeps every merchant's interrupted sales")
def recover_interrupted() -> int:
    return release.recover_interrupted()


@shared_task(name="checkout.expire_sessions")
@across_merchants("sweeps every merchant's old sessions")
def expire_sessions() -> int:
    return release.expire_old_sessions()


@shared_task(name="checkout.erase_card_numbers")
@across_merchants("sweeps every merchant's card numbers")
def erase_card_numbers() -> int:
    return tokens.erase_card_numbers()


@shared_task(name="checkout.check_payment_pages")
@across_merchants("looks at the newest open session, whoever's it is")
def check_payment_pages() -> int:
    return len(check.check_payment_pages())
