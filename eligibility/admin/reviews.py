"""The review queue, in which support decides, and what was decided, which stays."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import PlatformAdmin, ReadOnlyAdmin, Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import badge, badge_column, column, id_column, link_column, list_url, row_link, row_url, time_column, when
from eligibility.admin.evidence import evidence_now, percent
from eligibility.admin.forms import ReviewForm, requested_item
from eligibility.admin.products import category_badge, category_name
from eligibility.models import Review, ReviewRequest
from eligibility.services.reviews import record_review
from people.models import User

REASON_WORDS = {
    ReviewRequest.Reason.UNKNOWN: ("Classifier not sure", "silent"), ReviewRequest.Reason.MODEL_ONLY: ("Only the classifier says so", "warn"),
}  # fmt: skip
open_filter = state_filter(
    "state", "state",
    {"open": ("Waiting", lambda: Q(closed_at=None)), "closed": ("Decided", lambda: ~Q(closed_at=None))}, default="open",
)  # fmt: skip


@admin.register(ReviewRequest)
class ReviewRequestAdmin(PlatformAdmin):
    """One item waits once. The decision is a Review; the request is then closed and only looked at."""

    form = ReviewForm
    list_display = ("title", "merchant", "reason_badge", "suggestion", "confidence_text", "created")
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
    ordering = ("reason", "pk")
    fieldsets = (
        (
            None,
            {"fields": in_pairs("title", "brand", "code", "merchant_link", "reason_badge", "suggestion", "created", "closed")},
        ),
        ("Judged now", {"fields": ("decision_now",)}),
        ("Your decision", {"fields": ("category", "note")}),
    )
    readonly_fields = (
        "title",
        "brand",
        "code",
        "merchant_link",
        "reason_badge",
        "suggestion",
        "created",
        "closed",
        "decision_now",
    )
    reason_badge = badge_column("reason", "why it waits", REASON_WORDS)
    suggestion = column("suggested_category", "classifier's guess", lambda code: category_name(code) if code else "none")
    confidence_text = column("confidence", "confidence", lambda share: "" if share is None else percent(share))
    created = time_column("created_at", "asked", ordering="id")
    closed = time_column("closed_at", "decided")
    merchant_link = link_column("merchant", "merchant")

    @admin.display(description="GTIN")
    def code(self, request: ReviewRequest) -> str:
        return requested_item(request).gtin or "not given"

    @admin.display(description="decision")
    def decision_now(self, request: ReviewRequest) -> SafeString:
        return evidence_now(requested_item(request), request.merchant)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ReviewRequest | None = None) -> bool:
        may_decide = super().has_change_permission(request, obj) and request.user.has_perm("eligibility.add_review")
        return bool(may_decide) and (obj is None or obj.closed_at is None)

    def get_fieldsets(self, request: HttpRequest, obj: ReviewRequest | None = None) -> Any:
        return self.fieldsets if self.has_change_permission(request, obj) else self.fieldsets[:2]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and self._was_decided(request, object_id):
            messages.warning(request, "Somebody else decided this meanwhile; your decision was not kept.")
            return HttpResponseRedirect(request.path)
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return response

    def _was_decided(self, request: HttpRequest, object_id: str) -> bool:
        found = self.get_object(request, object_id)
        return isinstance(found, ReviewRequest) and found.closed_at is not None

    def save_model(self, request: HttpRequest, obj: ReviewRequest, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        record_review(
            merchant=obj.merchant, item=requested_item(obj), category_code=form.cleaned_data["category"],
            reviewer=request.user, note=form.cleaned_data["note"],
        )  # fmt: skip

    def response_change(self, request: HttpRequest, obj: ReviewRequest) -> HttpResponse:
        """On to the next one that waits."""
        messages.success(request, f"Decided: {obj.title}. It counts from the next sale on.")
        waiting = ReviewRequest.objects.filter(closed_at=None).order_by(*self.ordering).first()
        return HttpResponseRedirect(
            row_url("eligibility.ReviewRequest", waiting.pk) if waiting else list_url("eligibility.ReviewRequest")
        )

    def related(self, request: HttpRequest, row: ReviewRequest) -> list[Related]:
        reviews = Review.objects.filter(merchant=row.merchant, item_key=row.item_key).select_related("reviewer").order_by("-pk")
        return [
            Related(
                "Decided before", ("When", "Decision", "Category", "Reviewer", "Why"),
                rows=[
                    (row_link(r, when(r.decided_at)), category_badge(r.category_code), category_name(r.category_code), r.reviewer or "", r.note)
                    for r in reviews
                ],
                empty="Nobody has decided about this item at this merchant.",
            )
        ]  # fmt: skip


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("title", "merchant", "decision", "category", "reviewer", "decided")
    list_filter = (
        recent_filter("decided_at", "decided"),
        ("merchant", AutocompleteSelectFilter),
        ("reviewer", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant", "reviewer")
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

    @admin.display(description="counts")
    def counts(self, review: Review) -> SafeString:
        """The newest one about an item counts; older ones are history."""
        newest = (
            Review.objects.filter(merchant=review.merchant, item_key=review.item_key)
            .order_by("-pk")
            .values_list("pk", flat=True)
            .first()
        )
        return badge("Yes, it is the newest", "good") if newest == review.pk else badge("No, a newer one does", "silent")
