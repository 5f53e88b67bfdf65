"""Batches: which transfers go to the bank together. Once a bank may have seen one, it stays as it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from treasury.days import next_business_day
from treasury.models import BankBatch, BankTransfer

MOST: Final = 5_000  # transfers of a batch
# An instant payout has a batch of its own from the first; it waits there while payouts of its merchant are held.
UNASKED: Final = Q(status=BankBatch.Status.MADE, is_instant=True, attempts=0)


def begin_instant(transfer: BankTransfer) -> BankBatch:
    """A batch of one, in the transaction that asks for it: whoever asked starts its sending, and the next sweep otherwise."""
    batch = _new_batch(timezone.now(), effective_on=timezone.now().astimezone(UTC).date(), is_instant=True)
    transfer.batch = batch
    transfer.save(update_fields=["batch"])
    return batch


@transaction.atomic
def make_batch() -> BankBatch | None:
    """Put what is queued into one batch, oldest first; None where nothing is, or the last run was not long enough ago. Safe beside itself."""
    now = timezone.now()
    newest = BankBatch.objects.filter(is_instant=False).order_by("-pk").first()
    # One that was made later than now was made by a clock that was ahead: nobody waits for it to come true.
    if newest and now - timedelta(minutes=settings.BANK_RUN_EVERY_MINUTES) < newest.created_at <= now:
        return None
    queued = BankTransfer.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        batch=None, status=BankTransfer.Status.QUEUED
    )
    taken = list(queued.exclude(_held(now)).order_by("pk").values_list("pk", flat=True)[:MOST])
    if not taken:
        return None
    batch = _new_batch(now, effective_on=next_business_day(now.astimezone(UTC).date()), is_instant=False)
    BankTransfer.objects.filter(pk__in=taken).update(batch=batch)
    return batch


def take_back(transfer: BankTransfer) -> bool:
    """Take a transfer that no bank was asked for from its batch. False where one was, or may be at this moment. In the caller's transaction."""
    if transfer.batch_id is None:
        return True
    batch = BankBatch.objects.select_for_update(skip_locked=True).filter(UNASKED, pk=transfer.batch_id).first()
    if batch is None:
        return False
    batch.status, batch.last_fault = BankBatch.Status.REFUSED, "Its payout was called back before it was sent."
    batch.save(update_fields=["status", "last_fault"])
    transfer.batch = None
    return True


def may_take_back(transfer: BankTransfer) -> bool:
    """Whether `take_back` would, as things stand."""
    return transfer.batch_id is None or BankBatch.objects.filter(UNASKED, pk=transfer.batch_id).exists()


def _held(now: datetime) -> Q:
    """Payouts that were asked for before people of risk held them: they wait until the hold is over, or are called back."""
    control = "payout__merchant__control__payouts_held"
    return Q(**{f"{control}_at__isnull": False}) & (Q(**{f"{control}_until": None}) | Q(**{f"{control}_until__gt": now}))


def _new_batch(now: datetime, *, effective_on: date, is_instant: bool) -> BankBatch:
    """Numbered in turn: an ACH file can tell 36 of a day apart."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('treasury_batch_number')")
        number = cursor.fetchone()[0]
    return BankBatch.objects.create(
        created_at=now, effective_on=effective_on, is_instant=is_instant, number=number, next_attempt_at=now
    )
