"""What the pages of the review queue show, ready for their templates."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from eligibility.decision import STATUS_WORDS
from eligibility.explain import found_cues
from eligibility.models import EligibilityDispute, ReviewRequest
from eligibility.reviews.claiming import Claim
from eligibility.reviews.deciding import requested_item
from eligibility.reviews.suggestions import precedents, suggestions
from eligibility.taxonomy import STATUSES, Category, taxonomy
from eligibility.text import normalise

Reason = ReviewRequest.Reason
REASONS = {
    Reason.UNKNOWN: "The classifier is not sure.", Reason.MODEL_ONLY: "A card was charged on the classifier’s word alone.",
    Reason.SECOND_VOTE: "One person has decided. You are the second: you do not see what was chosen.",
    Reason.DISAGREEMENT: "Two people disagree. Your choice settles it.",
    Reason.DISPUTED: "The merchant disputes what was decided.",
}  # fmt: skip
SHORT = {
    Reason.UNKNOWN: "Not sure", Reason.MODEL_ONLY: "Charged", Reason.SECOND_VOTE: "Second look", Reason.DISAGREEMENT: "Disagreement",
    Reason.DISPUTED: "Disputed",
}  # fmt: skip


def queue_counts() -> list[dict[str, Any]]:
    """How many wait, by reason, most urgent kind first."""
    found = dict(ReviewRequest.objects.filter(closed_at=None).values_list("reason").annotate(Count("pk")))
    order = (Reason.DISPUTED, Reason.DISAGREEMENT, Reason.UNKNOWN, Reason.MODEL_ONLY, Reason.SECOND_VOTE)
    return [{"reason": reason.value, "words": SHORT[reason], "count": found.get(reason, 0)} for reason in order]


def category_groups() -> list[dict[str, Any]]:
    """Every category, by what follows from it; the combobox of the page reads them out of its select."""
    return [
        {
            "status": status, "words": STATUS_WORDS[status],
            "categories": sorted((c for c in taxonomy().categories if c.status == status), key=lambda c: c.name),
        }
        for status in STATUSES
    ]  # fmt: skip


def group_card(claim: Claim) -> dict[str, Any]:
    """One group: its leader in full, the others as lines to untick, and what helps to decide."""
    leader = claim.leader
    found = suggestions(leader)
    return {
        "claim": claim.id, "leader": _line(leader), "others": [_line(request) for request in claim.requests[1:]],
        "count": len(claim.requests), "merchants": len({request.merchant_id for request in claim.requests}),
        "why": REASONS[Reason(leader.reason)], "reason_word": SHORT[Reason(leader.reason)], "reason": leader.reason,
        "stake_cents": sum(request.value_cents for request in claim.requests), "sales": sum(request.asked_count for request in claim.requests),
        "suggestions": [_suggestion(number, one.category, one.probability) for number, one in enumerate(found, start=1)],
        "precedents": precedents(claim), "cues": _cues(leader), "dispute": _dispute(leader), "waits_since": leader.created_at,
        "needs_note": leader.reason == Reason.DISPUTED,
    }  # fmt: skip


def _line(request: ReviewRequest) -> dict[str, Any]:
    return {
        "id": request.pk, "title": request.title, "brand": request.brand, "gtin": requested_item(request).gtin,
        "merchant": request.merchant.name, "price_cents": request.price_cents, "stake_cents": request.value_cents,
        "sales": request.asked_count, "category": request.category,
    }  # fmt: skip


def _suggestion(number: int, category: Category, probability: float | None) -> dict[str, Any]:
    return {
        "key": number, "code": category.code, "name": category.name, "status": category.status, "why": category.why,
        "near": category.near.replace("_", " "), "percent": None if probability is None else f"{min(probability, 0.999):.0%}",
    }  # fmt: skip


def _cues(request: ReviewRequest) -> list[str]:
    """What of the title speaks for something, in words."""
    return list(found_cues(normalise(request.title, request.brand)))


def _dispute(request: ReviewRequest) -> dict[str, Any] | None:
    if request.reason != Reason.DISPUTED:
        return None
    dispute = (
        EligibilityDispute.objects.filter(merchant=request.merchant, item_key=request.item_key, state="open")
        .prefetch_related("files").first()
    )  # fmt: skip
    if dispute is None:
        return None
    return {
        "id": dispute.public_id, "claim": dispute.claim_status, "before": dispute.status_before, "evidence": str(dispute.evidence),
        "links": dispute.links, "files": list(dispute.files.all()), "opened_at": dispute.opened_at,
    }  # fmt: skip
