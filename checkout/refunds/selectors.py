from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from checkout.models import Refund, RefundLeg
from merchants.models import Merchant


def refunds_of(merchant: Merchant) -> QuerySet[Refund]:
    legs = Prefetch("legs", RefundLeg.objects.select_related("tender__payment", "advice").prefetch_related("parts__line"))
    return Refund.objects.filter(merchant=merchant).select_related("payment__session").prefetch_related(legs)


def refund_for(merchant: Merchant, public_id: str) -> Refund:
    """The merchant's refund; another merchant's id is a 404."""
    return get_object_or_404(refunds_of(merchant), public_id=public_id)
