"""Finding a merchant's disputes, and opening one for what its caller named."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from eligibility.models import DisputeFile, EligibilityDispute
from merchants.models import Merchant


def disputes_of(merchant: Merchant) -> QuerySet[EligibilityDispute]:
    return EligibilityDispute.objects.filter(merchant=merchant).select_related("product")


def dispute_for(merchant: Merchant, public_id: str) -> EligibilityDispute:
    """The merchant's dispute; another merchant's id is a 404."""
    return get_object_or_404(disputes_of(merchant), public_id=public_id)


def dispute_file_for(merchant: Merchant, public_id: str) -> DisputeFile:
    return get_object_or_404(DisputeFile, merchant=merchant, public_id=public_id)
