"""A dispute of a captured payment, as the acquirer's file brings it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from checkout.disputes.packing import build_packs
from checkout.disputes.take import take_dispute_file
from checkout.models import Dispute, Payment, Tender
from checkout.network.dispute_file import DisputeMessage, Kind, write_disputes


def a_dispute(payment: Payment, *, number: str = "CB-1", kind: Kind = "dispute", code: str = "13.1", days: int = 20) -> Dispute:
    tender = payment.tenders.filter(status=Tender.Status.CAPTURED).order_by("kind").first()
    assert tender is not None
    now = timezone.now()
    said = DisputeMessage(
        kind, number, tender.network, code, tender.rrn, tender.stan, tender.captured_cents, now, now + timedelta(days=days)
    )
    take_dispute_file(name=f"{number}.csv", content=write_disputes([said], on=now.date()).encode())
    build_packs()
    return Dispute.objects.get(case_number=number)
