"""Handing batches to the bank: the question on record first, nothing sent twice, and no transaction open while the bank thinks."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from common.errors import PlatformError
from merchants.limits.selectors import payout_limits
from treasury.banks.endpoints import Partner
from treasury.banks.errors import BankFault, BankRefused, BankSilent, BankUnavailable, KeyRevoked
from treasury.banks.types import MICRO_DEPOSIT, Batch, CreditTransfer, Sent
from treasury.banks.words import MAX_NAME, plain_ascii
from treasury.errors import BankSaysNo
from treasury.models import BankAccount, BankBatch, BankTransfer, TreasuryCase
from treasury.partner import partner
from treasury.services.batching import make_batch
from treasury.services.cases import clear_case, open_case
from treasury.services.outcomes import locked_transfer, transfer_refused
from treasury.services.taking import take_receipt
from vault.audit.services import record_about
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked, SealBroken

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=3)  # longer than a bank may think; whoever died meanwhile is followed by another
WAITS: Final = (5, 30, 120, 600, 1800)  # seconds after a try that came to nothing, then the last again
NOTICED_AFTER: Final = 4  # tries, then a person is told
KEY_GONE: Final = (MerchantKeyRevoked, MerchantKeyMissing, SealBroken)
Status = BankBatch.Status


def send_due() -> int:
    """Make a batch of what is queued, and send every batch that is due; returns how many were handed over."""
    make_batch()
    now = timezone.now()
    is_due = Q(next_attempt_at__lte=now) | Q(
        next_attempt_at__gt=now + timedelta(seconds=2 * WAITS[-1])
    )  # by a clock that was ahead
    due = BankBatch.objects.filter(is_due, status=Status.MADE).order_by("pk")
    return sum(send_batch(batch) for batch in due[:100])


def send_batch(batch: BankBatch) -> bool:
    """Hand one batch over, if nobody else is at it. False if the bank did not take it now: it is tried again later.

    Safe to repeat and beside itself: the bank knows a batch and each transfer by our id, and is asked before anything is sent again.
    """
    if not _claimed(batch):
        return False
    try:
        bank = partner()
        question = _question(batch)
        if question is None:
            return _dissolved(batch, bank)
        if not connection.in_atomic_block:
            connection.close()
        sent, endpoint = bank.send_with_failover(question, was_sent_before=batch.attempts > 1)
    except BankRefused as refused:
        sent, endpoint = Sent(batch.public_id, "refused", reason_code=refused.reason_code, reason=str(refused)), ""
    except (BankUnavailable, BankSilent, KeyRevoked, BankSaysNo, CustodianUnavailable) as fault:
        _failed(batch, fault)
        return False
    record_sent(batch, sent, endpoint=endpoint)
    return True


def _claimed(batch: BankBatch) -> bool:
    """Take the batch for the length of a lease, counting the try before anything is sent."""
    now = timezone.now()
    with transaction.atomic():
        current = BankBatch.objects.select_for_update(skip_locked=True).filter(pk=batch.pk, status=Status.MADE).first()
        if current is None or _is_asked(current, now) or _is_held(current):
            return False
        current.asked_at, current.attempts = now, current.attempts + 1
        current.save(update_fields=["asked_at", "attempts"])
    batch.refresh_from_db()
    return True


def _is_asked(batch: BankBatch, now: datetime) -> bool:
    """Somebody waits for the bank's answer. Not one who seems to have asked in the future: that clock was ahead, and is set right."""
    return batch.asked_at is not None and now - LEASE < batch.asked_at < now + LEASE


def _is_held(batch: BankBatch) -> bool:
    """An instant payout that no bank was asked for yet, of a merchant whose payouts were held since."""
    if not batch.is_instant or batch.attempts:
        return False
    transfer = batch.transfers.select_related("payout__merchant").first()
    return transfer is not None and transfer.payout is not None and payout_limits(transfer.payout.merchant).is_held


def _question(batch: BankBatch) -> Batch | None:
    """The batch as banks know it; None where one of its transfers may not be opened now: its merchant's key is locked."""
    transfers = list(batch.transfers.select_related("bank_account__merchant", "payout").order_by("pk"))
    try:
        credits_ = tuple(_credit(transfer) for transfer in transfers)
    except KEY_GONE as locked:
        logger.warning("batch %s waits: %s", batch.public_id, locked)
        return None
    if not credits_:
        return None
    return Batch(
        id=batch.public_id, created_at=batch.created_at.astimezone(UTC), effective_on=batch.effective_on, transfers=credits_,
        number=batch.number,
    )  # fmt: skip


def _credit(transfer: BankTransfer) -> CreditTransfer:
    account = transfer.bank_account
    is_payout = transfer.purpose == BankTransfer.Purpose.PAYOUT
    return CreditTransfer(
        end_to_end_id=transfer.public_id, trace_number=transfer.trace_number, amount_cents=transfer.amount_cents,
        routing_number=account.routing_number, account_number=account.account_number, account_kind="savings" if account.kind == BankAccount.Kind.SAVINGS else "checking",
        name=plain_ascii(account.holder, MAX_NAME), description="PAYOUT" if is_payout else MICRO_DEPOSIT,
        remittance=transfer.payout.public_id if transfer.payout else "",
    )  # fmt: skip


def _dissolved(batch: BankBatch, bank: Partner) -> bool:
    """A batch that cannot be written now: if the bank never had it, its transfers queue again, each to wait for its own key."""
    try:
        known = bank.status(batch.public_id) if batch.attempts > 1 else None
    except BankFault as fault:
        _failed(batch, fault)
        return False
    if known is not None:
        record_sent(batch, known[0], endpoint=known[1])
        return True
    with transaction.atomic():
        locked = [transfer.pk for transfer in batch.transfers.all() if not _opens(transfer)]
        batch.transfers.exclude(pk__in=locked).update(batch=None)
        for pk in locked:
            transfer_refused(locked_transfer(pk), code="key_locked", reason="The key of this account is locked at the bank.")
        BankBatch.objects.filter(pk=batch.pk).update(
            status=Status.REFUSED, asked_at=None, last_fault="A merchant's key is locked."
        )
        record_about(batch, "dissolved", details={"locked": len(locked)})
    return False


def _opens(transfer: BankTransfer) -> bool:
    try:
        _credit(transfer)
    except KEY_GONE:
        return False
    return True


@transaction.atomic
def record_sent(batch: BankBatch, sent: Sent, *, endpoint: str) -> None:
    """Write down what the bank said of a batch. Safe to repeat."""
    current = BankBatch.objects.select_for_update().get(pk=batch.pk)
    if current.status == Status.MADE:
        current.status = Status.REFUSED if sent.state == "refused" else Status.SENT
        current.endpoint, current.bank_reference = endpoint[:40], sent.bank_reference[:60]
        current.sent_at, current.asked_at, current.last_fault = timezone.now(), None, sent.reason[:200]
        current.save()
        record_about(
            current, str(current.status), details={"endpoint": endpoint, "state": sent.state, "reason": sent.reason[:120]}
        )
    take_receipt(sent)
    clear_case(kind=TreasuryCase.Kind.SILENT, subject=current.public_id, reason="The bank answered.")
    if sent.state == "refused":
        open_case(kind=TreasuryCase.Kind.REFUSED, subject=current.public_id, text=f"The bank refused the batch: {sent.reason}")


def _failed(batch: BankBatch, fault: BankFault | PlatformError) -> None:
    wait_s = WAITS[min(batch.attempts, len(WAITS)) - 1]
    BankBatch.objects.filter(pk=batch.pk).update(
        asked_at=None, next_attempt_at=timezone.now() + timedelta(seconds=wait_s), last_fault=str(fault)[:200]
    )
    logger.warning("batch %s was not handed over: %s", batch.public_id, fault)
    if batch.attempts >= NOTICED_AFTER:
        open_case(
            kind=TreasuryCase.Kind.SILENT, subject=batch.public_id, text=f"Not handed over after {batch.attempts} tries: {fault}"
        )
