"""Deciding a claimed group: one vote for each ticked item, at its own merchant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from eligibility.decision import Item
from eligibility.errors import ClaimOver, DisputeRefused, UndoTooLate
from eligibility.gtin import gtin14
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.claiming import release, take_back
from eligibility.reviews.voting import record_review, undo_review
from people.models import User

LONGEST_MS = 30 * 60_000  # a screen left alone is no measure of work


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided in one go."""

    claim: str
    reviews: tuple[Review, ...]


@transaction.atomic
def decide_group(
    *, user: User, claim: str, category_code: str, request_ids: Collection[int], note: str = "", shown_ms: int | None = None
) -> Decided:
    """Vote for every ticked item of the claim, and give the unticked ones back. Safe to repeat: the same claim votes once.

    ClaimOver where the claim ran out or is another's. shown_ms: how long the group was on the screen, as the page measured.
    """
    held = ReviewRequest.objects.select_for_update(of=("self",)).select_related("merchant")
    rows = list(held.filter(claim=claim, claimed_by=user, claimed_until__gt=timezone.now(), closed_at=None).order_by("pk"))
    if not rows and (done := tuple(Review.objects.filter(claim=claim, voter=user.public_id, undoes=None).order_by("pk"))):
        return Decided(claim, done)
    chosen = [row for row in rows if row.pk in set(request_ids)]
    if not claim or not chosen or len(chosen) != len(set(request_ids)):
        raise ClaimOver()
    if not note.strip() and any(row.reason == ReviewRequest.Reason.DISPUTED for row in chosen):
        raise DisputeRefused("The merchant reads the answer: write in the note why you decide so.", param="note")
    took_ms = min(max(shown_ms, 0), LONGEST_MS) // len(chosen) if shown_ms is not None else None
    reviews = tuple(
        record_review(
            merchant=row.merchant, item=requested_item(row), key=row.item_key, category_code=category_code, reviewer=user, note=note,
            claim=claim, took_ms=took_ms,
        )
        for row in chosen
    )  # fmt: skip
    release(user=user, claim=claim)
    return Decided(claim, reviews)


@transaction.atomic
def undo_group(*, user: User, claim: str) -> int:
    """Take back every vote of one go, or none, and claim its items again: returns how many. Safe to repeat."""
    reviews = Review.objects.filter(claim=claim, voter=user.public_id, undoes=None).select_related("merchant").order_by("pk")
    if not claim or not reviews:
        raise UndoTooLate("There is nothing of yours to take back.")
    for review in reviews:
        undo_review(review=review, reviewer=user)
    take_back(user=user, places=[(review.merchant_id, review.item_key) for review in reviews])
    return len(reviews)


def requested_item(request: ReviewRequest) -> Item:
    """The item that waits. A key of fourteen digits is its GTIN, any other was made from brand and title."""
    gtin = request.gtin or (request.item_key if gtin14(request.item_key) == request.item_key else "")
    return Item(title=request.title, brand=request.brand, gtin=gtin, category=request.category, price_cents=request.price_cents)
