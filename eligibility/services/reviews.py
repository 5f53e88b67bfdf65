"""What people decide about items, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from eligibility.decision import Decision, Item
from eligibility.models import Review, ReviewRequest
from eligibility.selectors import item_key
from eligibility.services.decide import category_of
from merchants.models import Merchant
from people.models import User
from vault.audit.services import record_about


def ask_for_review(*, merchant: Merchant, judged: Sequence[tuple[Item, Decision]]) -> None:
    """Queue for a person what rests on the model alone or is unknown. Safe to repeat: an item waits once."""
    ReviewRequest.objects.bulk_create(
        [
            ReviewRequest(
                merchant=merchant, item_key=item_key(item), title=item.title[:500], brand=item.brand,
                reason=ReviewRequest.Reason.UNKNOWN if decision.status == "unknown" else ReviewRequest.Reason.MODEL_ONLY,
                suggested_category=decision.category or decision.likely_category, confidence=decision.confidence,
            )
            for item, decision in judged
            if decision.status == "unknown" or (decision.status == "eligible" and not decision.is_vouched_for)
        ],
        ignore_conflicts=True,
    )  # fmt: skip


@transaction.atomic
def record_review(*, merchant: Merchant, item: Item, category_code: str, reviewer: User | None, note: str = "") -> Review:
    """Keep a person's decision about an item; it counts from now on. Closes the item's open request."""
    category = category_of(category_code)
    key = item_key(item)
    ReviewRequest.objects.filter(merchant=merchant, item_key=key, closed_at=None).update(closed_at=timezone.now())
    review = Review.objects.create(
        merchant=merchant, item_key=key, title=item.title[:500], category_code=category.code, reviewer=reviewer, note=note
    )
    record_about(review, "decided", details={"item": key, "category": category.code})
    return review
