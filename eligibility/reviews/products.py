"""Products follow what people decide: judged again where a vote is newer than the decision that is kept for them."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery
from django.utils import timezone

from eligibility.catalogue.basis import basis_at
from eligibility.catalogue.judging import judge, keep_judged
from eligibility.models import CurrentDecision, Product, ProductDecision, Review
from merchants.models import Merchant

LOOKS_BACK = timedelta(days=7)  # a vote that nothing followed for a week is picked up by the next re-decision
BATCH = 200
OVERLAP = timedelta(seconds=20)  # a vote may be committed while a product is judged: looking twice is cheap, missing one is not


def follow_reviews() -> int:
    """Judge up to 200 products again whose item was voted on since they were judged; returns how many. Safe to repeat."""
    voted = (
        Review.objects.filter(merchant=OuterRef("merchant"), item_key=OuterRef("item_key"), decided_at__gte=timezone.now() - LOOKS_BACK)
        .order_by().values("merchant").annotate(last=Max("decided_at")).values("last")
    )  # fmt: skip
    behind = CurrentDecision.objects.annotate(voted_at=Subquery(voted)).filter(voted_at__gt=F("checked_at") - OVERLAP)
    by_merchant: dict[int, list[int]] = {}
    for merchant_id, product_id in behind.values_list("merchant_id", "product_id")[:BATCH]:
        by_merchant.setdefault(merchant_id, []).append(product_id)
    for merchant in Merchant.objects.filter(pk__in=by_merchant):
        _judge_again(merchant, by_merchant[merchant.pk])
    return sum(map(len, by_merchant.values()))


def _judge_again(merchant: Merchant, product_ids: list[int]) -> None:
    products = list(Product.objects.filter(merchant=merchant, pk__in=product_ids).order_by("pk"))
    basis = basis_at(timezone.now())
    judged = judge(merchant, products)
    with transaction.atomic():
        keep_judged(merchant=merchant, judged=judged, basis=basis, cause=ProductDecision.Cause.REVIEW)
