"""What helps a reviewer to decide: the classifier's best categories, what it went by, and what people decided about alike items.

Never what others voted about this item: the second look is worth something only if it is a look of one's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.classifier import ModelBroken, ModelMissing, TitleItem, classify
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.claiming import Claim
from eligibility.reviews.deciding import requested_item
from eligibility.reviews.grouping import group_key
from eligibility.selectors import newest_reviews
from eligibility.taxonomy import Category, taxonomy

MOST_PRECEDENTS = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One category that the classifier would choose. probability: 0 to 1."""

    category: Category
    probability: float | None


@dataclass(frozen=True, slots=True)
class Precedent:
    """What people decided about an item with the same words, at this merchant or another."""

    title: str
    merchant: str
    category: Category
    people: int


def suggestions(request: ReviewRequest, count: int = 3) -> list[Suggestion]:
    """The best categories, best first. Without the model, the one that was kept when the item was asked for."""
    item = requested_item(request)
    title = TitleItem(title=item.title, brand=item.brand, category=item.category)
    try:
        found = classify([title])[0].top[:count]
    except (ModelBroken, ModelMissing):
        kept = taxonomy().by_code.get(request.suggested_category)
        return [Suggestion(kept, None)] if kept else []
    return [Suggestion(taxonomy().by_code[code], share) for code, share in found if code in taxonomy().by_code]


def precedents(claim: Claim) -> list[Precedent]:
    """Agreed or single decisions on items with the leader's words, other than those of this group. Newest first."""
    leader = claim.leader
    key = leader.group_key or group_key(leader.title, leader.brand)
    if not key:
        return []
    theirs = {(request.merchant_id, request.item_key) for request in claim.requests}
    closed = (
        ReviewRequest.objects.filter(group_key=key, closed_at__isnull=False).select_related("merchant").order_by("-closed_at")
    )[: MOST_PRECEDENTS * 4]
    found: dict[tuple[int, str], Precedent] = {}
    for request in closed:
        place = (request.merchant_id, request.item_key)
        if place in theirs or place in found:
            continue
        if (review := _holding(request)) and review.category_code in taxonomy().by_code:
            category = taxonomy().by_code[review.category_code]
            found[place] = Precedent(request.title, request.merchant.name, category, review.agreed_by)
    return list(found.values())[:MOST_PRECEDENTS]


def _holding(request: ReviewRequest) -> Review | None:
    return newest_reviews(request.merchant, [request.item_key]).get(request.item_key)
