"""Access reviews: who has access where, one line each, decided one by one or many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin, Related, in_pairs, state_filter, word_filter
from common.admin_cells import badge, badge_column, column, id_column, id_link, list_links, list_url, row_url, time_column, when
from compliance.admin.buttons import button
from compliance.admin.findings import person
from compliance.errors import ComplianceRefused
from compliance.models import AccessDecision, AccessReview, AccessReviewLine
from compliance.services.reviews import close_review, decide, latest_verdict, open_review
from people.roles import AUDITOR, RISK, has_role

VERDICT_WORDS = {None: ("To decide", "warn"), "confirmed": ("Confirmed", "good"), "remove": ("To be removed", "fault")}
KIND_WORDS = {"staff": ("Staff", "info"), "member": ("Member", "silent"), "api_key": ("API key", "silent")}
FACTOR_WORDS = {True: ("On", "good"), False: ("Off", "warn"), None: ("–", "silent")}
LINES = "compliance.AccessReviewLine"


def _verdict(verdict: str | None) -> Callable[[], Q]:
    return lambda: Q(verdict=verdict) if verdict else Q(verdict=None)


DECIDED = {
    "open": ("To decide", _verdict(None)), "confirmed": ("Confirmed", _verdict("confirmed")), "remove": ("To be removed", _verdict("remove")),
}  # fmt: skip


@admin.register(AccessReview)
class AccessReviewAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "state", "opened", "opened_by", "closed", "closed_by", "lines_link")
    list_title = "Access reviews"
    empty_hint = "No review yet. Open one each quarter: it freezes who has access, for you to confirm or mark for removal."
    ordering = ("-pk",)
    list_select_related = ("opened_by", "closed_by")
    actions_list = ("open_new",)
    actions_detail = ("close",)
    fields = in_pairs("id_text", "state", "opened", "opened_by", "closed", "closed_by", "lines_link")
    id_text = id_column("public_id")
    opened = time_column("opened_at", "opened")
    closed = time_column("closed_at", "closed")

    @admin.display(description="state")
    def state(self, review: AccessReview) -> SafeString:
        return badge("Closed", "good") if review.closed_at else badge("Open", "warn")

    @admin.display(description="lines")
    def lines_link(self, review: AccessReview) -> SafeString:
        mine = {"review__id__exact": review.pk}
        return list_links(("To decide", list_url(LINES, **mine, verdict="open")), ("All", list_url(LINES, **mine)))

    def has_review_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(person(request), AUDITOR, RISK)

    @button(description="Open a review", url_path="open-review", permissions=["review"])
    def open_new(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            lead = "Freezes who has access where, line by line, for you to confirm or to mark for removal."
            return self._ask(request, "Open a review", lead, "Open")
        try:
            review = open_review(by=person(request))
        except ComplianceRefused as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(list_url("compliance.AccessReview"))
        messages.success(request, f"Review {review.public_id} is open.")
        return HttpResponseRedirect(list_url(LINES, review__id__exact=review.pk, verdict="open"))

    @button(description="Close this review", url_path="close-review", permissions=["review"])
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        review = self.get_object(request, object_id)
        if review is None:
            raise Http404
        if request.method != "POST":
            return self._ask(request, f"Close {review.public_id}", "What was decided stays as it is.", "Close this review")
        try:
            close_review(review=review, by=person(request))
        except ComplianceRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"Review {review.public_id} is closed.")
        return HttpResponseRedirect(row_url("compliance.AccessReview", review.pk))

    def _ask(self, request: HttpRequest, title: str, lead: str, button: str) -> HttpResponse:
        """A button above a list is a link, and a link from elsewhere must change nothing: the page it opens sends the form."""
        context = {
            **self.admin_site.each_context(request), "title": title, "form": Form(), "lead": lead, "button": button, "opts": self.opts,
        }  # fmt: skip
        return TemplateResponse(request, "admin/form.html", context)

    def related(self, request: HttpRequest, row: AccessReview) -> list[Related]:
        lines = row.lines.annotate(verdict=latest_verdict())
        counts = [
            (badge(*words), lines.filter(verdict=value).count() if value else lines.filter(verdict=None).count())
            for value, words in VERDICT_WORDS.items()
        ]
        marked = lines.filter(verdict="remove")[:100]
        return [
            Related("Where it stands", ("Decided", "#Lines"), rows=counts),
            Related(
                "To be removed", ("Who", "What", "Where"), empty="Nothing was marked for removal.",
                rows=[(id_link(line.subject_id), line.role, id_link(line.merchant_public_id)) for line in marked],
            ),
        ]  # fmt: skip


@admin.register(AccessReviewLine)
class AccessReviewLineAdmin(ReadOnlyAdmin):
    list_display = ("subject", "kind_badge", "role", "merchant", "factor", "last_used", "verdict_badge")
    list_filter = (
        state_filter("verdict", "decision", DECIDED),
        word_filter("kind", "kind", KIND_WORDS), ("review", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("review",)
    list_display_links = ("kind_badge",)  # the id is a link of its own, to whom or what it names
    list_title = "Access under review"
    search_fields = ("subject_id__exact", "merchant_public_id__exact", "role__icontains")
    search_help_text = "usr_…, key_… or mer_… id, role"
    empty_hint = "Nothing left here. When every line is decided, close the review."
    ordering = ("pk",)
    list_per_page = 100
    actions = ("confirm", "mark_for_removal")
    fields = in_pairs("subject", "kind_badge", "role", "merchant", "factor", "last_used", "verdict_badge")
    subject = column("subject_id", "who", id_link)
    merchant = column("merchant_public_id", "where", id_link)
    kind_badge = badge_column("kind", "kind", KIND_WORDS)
    factor = badge_column("has_second_factor", "second factor", FACTOR_WORDS)
    last_used = time_column("last_used_at", "last used")
    verdict_badge = badge_column("verdict", "decision", VERDICT_WORDS, ordering="verdict")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessReviewLine]:
        found: QuerySet[AccessReviewLine] = super().get_queryset(request)
        return found.annotate(verdict=latest_verdict())

    def has_review_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(person(request), AUDITOR, RISK)

    @admin.action(description="Confirm: the access is needed", permissions=["review"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[AccessReviewLine]) -> None:
        self._decide(request, queryset, "confirmed")

    @admin.action(description="Mark for removal", permissions=["review"])
    def mark_for_removal(self, request: HttpRequest, queryset: QuerySet[AccessReviewLine]) -> None:
        self._decide(request, queryset, "remove")

    def _decide(self, request: HttpRequest, queryset: QuerySet[AccessReviewLine], verdict: str) -> None:
        done, refusals = 0, set()
        for line in queryset.order_by("pk"):
            try:
                decide(line=line, by=person(request), verdict=verdict)
                done += 1
            except ComplianceRefused as refused:
                refusals.add(str(refused))
        if done:
            messages.success(request, f"{done} line{'s' * (done != 1)} decided.")
        for refusal in refusals:
            messages.error(request, refusal)

    def related(self, request: HttpRequest, row: AccessReviewLine) -> list[Related]:
        decisions = AccessDecision.objects.filter(line=row).select_related("reviewer").order_by("-pk")
        return [
            Related(
                "Decisions", ("When", "Who", "Decision", "Note"), empty="Not decided yet.",
                rows=[(when(d.at), d.reviewer, badge(*VERDICT_WORDS[d.verdict]), d.note) for d in decisions],
            )
        ]  # fmt: skip
