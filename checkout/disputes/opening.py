"""One line of a dispute file: a case is opened, or decided."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from checkout.disputes.booking import book_debit, book_won
from checkout.disputes.telling import tell
from checkout.locking import lock_session
from checkout.models import Dispute, Tender
from checkout.network.dispute_file import OPENS, DisputeMessage
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
LOCK = 0x465341_03  # an advisory lock: two takers would each open the other's cases
Status = Dispute.Status


@transaction.atomic
def take_message(message: DisputeMessage) -> bool:
    """Returns False for a line that is about nothing of ours. Safe to repeat and beside itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    known = Dispute.objects.filter(case_number=message.case_number).first()
    if message.kind in OPENS:
        return _open(message) if known is None else True
    if known is None:
        logger.error("dispute %s is decided, and was never opened", message.case_number)
        return False
    return _decide(known, message)


def _open(message: DisputeMessage) -> bool:
    found = (
        Tender.objects.select_related("payment").filter(rrn=message.rrn, stan=message.stan, status=Tender.Status.CAPTURED).first()
    )
    if found is None or message.due_at is None:
        logger.error("dispute %s is about no charge of ours", message.case_number)
        return False
    lock_session(found.payment.session_id)
    tender = (
        Tender.objects.select_related("payment__session__merchant", "payment__merchant")
        .select_for_update(of=("self",))
        .get(pk=found.pk)
    )
    takes_money = message.kind == "dispute"
    rest_cents = tender.captured_cents - tender.refunded_cents - tender.disputed_cents
    dispute = Dispute.objects.create(
        merchant=tender.payment.merchant, payment=tender.payment, tender=tender, kind=message.kind, case_number=message.case_number,
        network=message.network or tender.network, reason_code=message.reason_code, amount_cents=message.amount_cents,
        debited_cents=min(message.amount_cents, rest_cents) if takes_money else 0,
        fee_cents=settings.DISPUTE_FEE_CENTS if takes_money else 0, opened_at=message.said_at, due_at=message.due_at,
    )  # fmt: skip
    book_debit(dispute)
    record_about(
        dispute,
        "opened",
        details={"case": dispute.case_number, "reason": dispute.reason_code, "debited_cents": dispute.debited_cents},
    )
    tell(dispute, "opened")
    return True


def _decide(known: Dispute, message: DisputeMessage) -> bool:
    """The network's word ends the case, whatever we thought of it. Safe to repeat; a second word does not undo the first."""
    lock_session(known.payment.session_id)
    dispute = (
        Dispute.objects.select_related("tender", "merchant", "payment__session").select_for_update(of=("self",)).get(pk=known.pk)
    )
    if dispute.status in {Status.WON, Status.LOST}:
        return True
    dispute.status, dispute.closed_at = Status.WON if message.kind == "won" else Status.LOST, timezone.now()
    dispute.save(update_fields=["status", "closed_at"])
    if dispute.status == Status.WON:
        book_won(dispute)
    record_about(dispute, str(dispute.status), details={"case": dispute.case_number})
    tell(dispute, str(dispute.status))
    return True
