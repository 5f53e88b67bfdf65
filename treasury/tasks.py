"""Celery doors of the treasury: each calls one service and is safe to run twice."""

from __future__ import annotations

import contextlib

from celery import shared_task
from django.db import transaction

from common.scopes import across_merchants
from ledger.services import closing, snapshots
from treasury.errors import BankSaysNo
from treasury.models import BankBatch, Payout
from treasury.reconciliation.compare import compare_lately
from treasury.services import fee_proposals, pricing, schedules, sending, settling, taking


def start(payout: Payout) -> None:
    """Send an instant payout as soon as what asked for it is committed; a sweep finds it otherwise."""
    transfer = getattr(payout, "transfer", None)
    if transfer is not None and transfer.batch_id is not None:
        transaction.on_commit(lambda: send_one.delay(transfer.batch_id))


@shared_task(name="treasury.send_one")
@across_merchants("a bank is asked for any merchant's money")
def send_one(batch_id: int) -> bool:
    batch = BankBatch.objects.filter(pk=batch_id).first()
    return batch is not None and sending.send_batch(batch)


@shared_task(name="treasury.send_due")
@across_merchants("batches hold every merchant's payouts")
def send_due() -> int:
    with contextlib.suppress(BankSaysNo):
        return sending.send_due()
    return 0


@shared_task(name="treasury.take_news")
@across_merchants("the bank's files are about everybody's money")
def take_news() -> int:
    with contextlib.suppress(BankSaysNo):
        return taking.take_all()
    return 0


@shared_task(name="treasury.settle")
@across_merchants("a clearing file is about everybody's sales")
def settle() -> int:
    settling.release_reserves()
    return settling.settle_new_files()


@shared_task(name="treasury.pay_by_schedule")
@across_merchants("looks at every merchant's schedule")
def pay_by_schedule() -> int:
    return schedules.pay_out_by_schedule()


@shared_task(name="treasury.compare")
@across_merchants("the bank's account is everybody's")
def compare() -> int:
    return compare_lately()


@shared_task(name="treasury.count_month")
@across_merchants("counts every merchant's month")
def count_month() -> int:
    return pricing.count_month()


@shared_task(name="treasury.tell_fees")
@across_merchants("fees may be everybody's")
def tell_fees() -> int:
    return fee_proposals.tell_untold()


@shared_task(name="treasury.take_snapshots")
@across_merchants("snapshots are taken of every account")
def take_snapshots() -> int:
    return snapshots.take_snapshots()


@shared_task(name="treasury.close_periods")
@across_merchants("closes every merchant's days and months")
def close_periods() -> int:
    return closing.close_ended_periods()
