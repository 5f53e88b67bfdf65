from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet
from django.shortcuts import get_object_or_404

from checkout.models import Dispute, DisputeEvidence, EvidencePack
from merchants.models import Merchant


def disputes_of(merchant: Merchant, *, status: str = "") -> QuerySet[Dispute]:
    rows = Dispute.objects.filter(merchant=merchant).select_related("payment__session", "tender")
    return rows.filter(status=status) if status else rows


def dispute_for(merchant: Merchant, public_id: str) -> Dispute:
    """The merchant's dispute; another merchant's id is a 404."""
    return get_object_or_404(disputes_of(merchant).prefetch_related("files"), public_id=public_id)


def latest_pack(dispute: Dispute) -> EvidencePack | None:
    return dispute.packs.order_by("-number").first()


def evidence_for(merchant: Merchant, public_id: str) -> DisputeEvidence:
    return get_object_or_404(DisputeEvidence, merchant=merchant, public_id=public_id)


def counts_of(merchant: Merchant) -> dict[str, int]:
    """Status -> how many, of those that there are."""
    rows = Dispute.objects.filter(merchant=merchant).order_by().values("status").annotate(count=Count("pk"))
    return {row["status"]: row["count"] for row in rows}


def by_due_date(rows: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Those that need an answer first, the most urgent on top; then the newest."""
    return rows.annotate(is_waiting=Q(status="needs_response")).order_by("-is_waiting", F("due_at").asc(), "-pk")
