"""The review queue, in which support decides, and what was decided, which stays."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import badge, badge_column, column, id_column, link_column, list_links, money_cell, time_column
from eligibility.admin.evidence import percent
from eligibility.admin.products import category_badge, category_name
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.deciding import requested_item
from eligibility.selectors import newest_reviews
from eligibility.services.decide import people_agree

REASON_WORDS = {
    ReviewRequest.Reason.UNKNOWN: ("Classifier not sure", "silent"), ReviewRequest.Reason.MODEL_ONLY: ("Only the classifier says so", "warn"),
    ReviewRequest.Reason.SECOND_VOTE: ("A second person must agree", "silent"), ReviewRequest.Reason.DISAGREEMENT: ("Two people disagree", "warn"),
    ReviewRequest.Reason.DISPUTED: ("The merchant disputes it", "fault"),
}  # fmt: skip
open_filter = state_filter(
    "state", "state",
    {"open": ("Waiting", lambda: Q(closed_at=None)), "closed": ("Decided", lambda: ~Q(closed_at=None))}, default="open",
)  # fmt: skip


@admin.register(ReviewRequest)
class ReviewRequestAdmin(ReadOnlyAdmin):
    """What waits and what waited. Decided on the page of the queue, where nobody sees what others chose."""

    list_display = ("title", "merchant", "reason_badge", "stake", "confidence_text", "created")
    list_filter = (
        open_filter,
        word_filter("reason", "why it waits", REASON_WORDS),
        recent_filter("created_at", "asked", "asked"),
        ("merchant", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant",)
    list_title = "Review queue"
    search_fields = ("title__icontains", "brand__icontains", "item_key__exact", "merchant__name__icontains")
    search_help_text = "Title, brand, GTIN or merchant"
    empty_hint = "Nothing waits here. Items come when the classifier is not sure, or when a card was charged on its word alone."
    ordering = ("-priority", "pk")
    fields = (
        *in_pairs("title", "brand", "code", "merchant_link", "reason_badge", "suggestion", "stake", "asked_count", "created", "closed"),
        "decide_here",
    )  # fmt: skip
    reason_badge = badge_column("reason", "why it waits", REASON_WORDS)
    suggestion = column("suggested_category", "classifier's guess", lambda code: category_name(code) if code else "none")
    stake = column("value_cents", "asked in 30 days", money_cell)
    confidence_text = column("confidence", "confidence", lambda share: "" if share is None else percent(share))
    created = time_column("created_at", "asked", ordering="id")
    closed = time_column("closed_at", "decided")
    merchant_link = link_column("merchant", "merchant")

    @admin.display(description="GTIN")
    def code(self, request: ReviewRequest) -> str:
        return requested_item(request).gtin or "not given"

    @admin.display(description="go to")
    def decide_here(self, request: ReviewRequest) -> SafeString:
        return list_links(
            ("Decide what waits", reverse("staff:reviews")), ("Numbers of the queue", reverse("staff:review_numbers"))
        )


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("title", "merchant", "decision", "category", "reviewer", "decided")
    list_filter = (
        recent_filter("decided_at", "decided"),
        ("merchant", AutocompleteSelectFilter),
        ("reviewer", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant", "reviewer", "undoes")
    list_title = "Decided reviews"
    search_fields = (
        "title__icontains",
        "public_id__exact",
        "item_key__exact",
        "category_code__exact",
        "merchant__name__icontains",
    )
    search_help_text = "Title, GTIN, rev_… id or merchant"
    empty_hint = "Nothing was reviewed yet: decide what waits in the review queue."
    ordering = ("-pk",)
    fields = in_pairs("title", "decision", "category", "note", "counts", "merchant_link", "reviewer", "id_text", "decided")
    decision = column("category_code", "decision", category_badge)
    category = column("category_code", "category", category_name)
    decided = time_column("decided_at", "decided", ordering="id")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        """Without what others chose where the reader may still be the second to decide: a second look is one of one's own."""
        reviews: QuerySet[Review] = super().get_queryset(request)
        if not request.user.has_perm("eligibility.add_review"):
            return reviews
        still_open = ReviewRequest.objects.filter(
            merchant=OuterRef("merchant"), item_key=OuterRef("item_key"), round__lte=OuterRef("round"), closed_at=None
        )
        return reviews.filter(~Exists(still_open) | Q(reviewer=request.user.pk))

    @admin.display(description="counts")
    def counts(self, review: Review) -> SafeString:
        """Votes of the newest round count; `eligibility.reviews.votes` says what they come to."""
        if review.undoes_id or Review.objects.filter(undoes=review).exists():
            return badge("No, it was taken back", "silent")
        holds = newest_reviews(review.merchant, [review.item_key]).get(review.item_key)
        if holds and holds.pk == review.pk:
            return badge(f"Yes: {people_agree(holds.agreed_by)}", "good" if holds.agreed_by > 1 else "warn")
        return badge("As one vote of its round" if holds and holds.round == review.round else "No, a newer round does", "silent")
