"""Finding a sale by what somebody says on the phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from checkout.models import Payment, Tender
from treasury.models import Payout
from treasury.selectors.payouts import settlements_in

MOST: Final = 20
RRN = re.compile(r"^\d{12}$")


def payments_named(words: str) -> list[Payment]:
    """By the id of a sale, payment, refund or dispute, by order number, receipt number, retrieval reference, case or payout."""
    words = words.replace("\x00", "").strip()[:80]
    if not words:
        return []
    if words.startswith("po_"):
        return payments_of_payout(words)
    by = {
        "cs_": Q(session__public_id=words), "pay_": Q(public_id=words), "re_": Q(refunds__public_id=words), "dp_": Q(disputes__public_id=words),
    }  # fmt: skip
    named = next((query for start, query in by.items() if words.startswith(start)), None)
    if named is None and RRN.match(words):
        named = Q(tenders__rrn=words) | Q(tenders__advices__rrn=words)
    if named is None:
        named = Q(session__client_reference_id=words) | Q(receipt__number__iexact=words) | Q(disputes__case_number=words)
        named |= Q(disputes__public_id=words)
    return _newest(Payment.objects.filter(named))


def payments_of_card(*, last4: str, cents: int, day: date) -> list[Payment]:
    """By a card's last four digits, what it was charged, and the day in UTC, give or take one for the zones."""
    start = datetime.combine(day - timedelta(days=1), time(), UTC)
    tenders = Tender.objects.filter(last4=last4, created_at__gte=start, created_at__lt=start + timedelta(days=3))
    tenders = tenders.filter(
        Q(requested_cents=cents) | Q(approved_cents=cents) | Q(captured_cents=cents) | Q(payment__amount_cents=cents)
    )
    return _newest(Payment.objects.filter(pk__in=tenders.values("payment")))


def payments_of_payout(public_id: str) -> list[Payment]:
    """The newest sales that a payout carried to the bank."""
    payout = Payout.objects.filter(public_id=public_id).first()
    return _newest(Payment.objects.filter(settled_lines__settlement__in=settlements_in(payout))) if payout else []


def _newest(found: QuerySet[Payment]) -> list[Payment]:
    return list(found.select_related("session", "merchant").order_by("-pk").distinct()[:MOST])


def found_row(payment: Payment) -> dict[str, Any]:
    return {
        "public_id": payment.public_id, "sale": payment.session.public_id, "order": payment.session.client_reference_id or payment.session.public_id,
        "merchant": payment.merchant, "status": payment.get_status_display(), "cents": payment.amount_cents, "at": payment.created_at,
    }  # fmt: skip
