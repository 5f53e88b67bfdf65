"""Clearing files, the differences they brought up, and answers of the network that came too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action

from checkout.admin.words import response_text, tender_text
from checkout.clearing.cases import SHORTEST_REASON, ClearingRefused, resolve_case
from checkout.models import ClearingCase, ClearingFile, LateAnswer
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import (
    badge,
    badge_column,
    column,
    copyable,
    id_column,
    link,
    link_column,
    list_url,
    money_cell,
    money_column,
    row_link,
    row_url,
    time_column,
)
from people.models import User
from people.roles import RISK, has_role

F = TypeVar("F", bound=Callable[..., Any])
button: Callable[..., Callable[[F], F]] = action
KIND_WORDS = {
    "missing": ("Not cleared", "fault"), "extra": ("Unknown to us", "fault"), "amount": ("Another amount", "warn"), "duplicate": ("Cleared twice", "fault"),
}  # fmt: skip
OUTCOME_WORDS = {
    "reversed": ("Approved, given back", "warn"), "declined": ("Declined, nothing held", "silent"), "known": ("Said before", "silent"),
    "advice": ("Acknowledged late", "silent"), "unknown": ("No question of ours", "fault"),
}  # fmt: skip
CASES = "checkout.ClearingCase"
STATES = {"open": ("Open", lambda: Q(is_open=True)), "resolved": ("Resolved", lambda: Q(is_open=False))}


class ReasonForm(forms.Form):
    """Why a case is closed."""

    reason = forms.CharField(
        label="What was found out", min_length=SHORTEST_REASON, max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For whoever looks at it in a year: what happened, and what became of the money.",
    )  # fmt: skip


@admin.register(ClearingFile)
class ClearingFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "business_on", "line_count", "matched_count", "cases_text", "completed", "refunded", "taken")
    list_filter = (recent_filter("taken_at", "taken", "taken"),)
    list_title = "Clearing files"
    search_fields = ("name__icontains", "public_id__exact", "sha256__exact")
    search_help_text = "Name, clr_… id, SHA-256"
    empty_hint = (
        "No clearing file yet. The acquirer lays one a day into the folder of CLEARING_DIR; it is taken within ten minutes."
    )
    ordering = ("-business_on", "-sequence")
    fields = in_pairs(
        "name", "business_on", "sequence", "taken", "line_count", "matched_count", "cases_text", "completed", "refunded", "id_text", "hash_text",
    )  # fmt: skip
    completed = money_column("completion_cents", "taken from cards")
    refunded = money_column("refund_cents", "given back")
    taken = time_column("taken_at", "read in")
    id_text = id_column("public_id")
    hash_text = column("sha256", "SHA-256", copyable)

    @admin.display(description="cases", ordering="case_count")
    def cases_text(self, file: ClearingFile) -> SafeString:
        if not file.case_count:
            return badge("None", "good")
        return link(list_url(CASES, file__id__exact=file.pk), f"{file.case_count:,}")

    def related(self, request: HttpRequest, row: ClearingFile) -> list[Related]:
        cases = row.cases.select_related("merchant").order_by("-is_open", "pk")[:50]
        return [
            Related(
                "Differences", ("What", "State", "#Booked", "#Cleared", "Merchant"),
                rows=[(row_link(c, KIND_WORDS[c.kind][0]), state_badge(c), money_cell(c.booked_cents), money_cell(c.cleared_cents),
                       row_link(c.merchant) if c.merchant else "") for c in cases],
                empty="None: every line is what we booked, and nothing is missing.", more_url=list_url(CASES, file__id__exact=row.pk),
            )
        ]  # fmt: skip


def state_badge(case: ClearingCase) -> SafeString:
    return badge("Open", "warn") if case.is_open else badge("Resolved", "good")


@admin.register(ClearingCase)
class ClearingCaseAdmin(ReadOnlyAdmin):
    list_display = ("kind_badge", "state", "merchant", "booked", "cleared", "difference", "rrn", "business_day")
    list_filter = (
        state_filter("state", "state", STATES, default="open"), word_filter("kind", "difference", KIND_WORDS),
        recent_filter("opened_at", "found", "found"), ("file", admin.RelatedOnlyFieldListFilter), ("merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("merchant", "file")
    list_title = "Clearing differences"
    search_fields = ("rrn__exact", "public_id__exact", "advice__tender__payment__public_id__exact")
    search_help_text = "Retrieval reference, ccs_… or pay_… id"
    empty_hint = "Nothing to look into: what the network cleared is what we booked."
    ordering = ("-pk",)
    actions_detail = ("resolve",)
    fields = in_pairs(
        "kind_badge", "state", "booked", "cleared", "difference", "rrn_text", "merchant_link", "payment_link", "file_link", "found", "id_text",
        "resolved", "resolver", "reason",
    )  # fmt: skip
    kind_badge = badge_column("kind", "difference", KIND_WORDS)
    booked = money_column("booked_cents", "booked")
    cleared = money_column("cleared_cents", "cleared")
    difference = money_column("difference_cents", "cleared above booked")
    found = time_column("opened_at", "found")
    resolved = time_column("resolved_at", "resolved")
    rrn_text = column("rrn", "retrieval reference", copyable)
    merchant_link = link_column("merchant", "merchant")
    file_link = link_column("file", "file")
    id_text = id_column("public_id")
    state = admin.display(description="state", ordering="is_open")(lambda self, case: state_badge(case))

    @admin.display(description="business day", ordering="file__business_on")
    def business_day(self, case: ClearingCase) -> str:
        return f"{case.file.business_on:%Y-%m-%d}"

    @admin.display(description="payment")
    def payment_link(self, case: ClearingCase) -> SafeString | str:
        return row_link(case.advice.tender.payment) if case.advice else "none of ours"

    @admin.display(description="resolved by")
    def resolver(self, case: ClearingCase) -> str:
        if case.is_open:
            return ""
        return str(case.resolved_by or "a later file")

    def has_resolve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(request.user, RISK)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        is_open = str(object_id).isdigit() and ClearingCase.objects.filter(pk=object_id, is_open=True).exists()
        return list(super().get_actions_detail(request, object_id)) if is_open else []

    @button(description="Resolve", url_path="resolve", permissions=["resolve"])
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object(request, object_id)
        if not isinstance(case, ClearingCase):
            raise Http404
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)
            try:
                resolve_case(case=case, by=request.user, reason=form.cleaned_data["reason"])
            except ClearingRefused as refused:
                messages.error(request, str(refused))
            else:
                messages.success(request, "Resolved.")
            return HttpResponseRedirect(row_url(CASES, case.pk))
        context = {
            **self.admin_site.each_context(request), "title": f"Resolve: {case}", "form": form, "button": "Resolve", "opts": self.opts,
            "lead": "This moves no money. A correction is a refund, a capture, or the acquirer's next file.",
        }  # fmt: skip
        return TemplateResponse(request, "admin/form.html", context)


@admin.register(LateAnswer)
class LateAnswerAdmin(ReadOnlyAdmin):
    list_display = ("outcome_badge", "card", "approved", "answer", "late_by", "rrn", "arrived")
    list_filter = (word_filter("outcome", "what became of it", OUTCOME_WORDS), recent_filter("arrived_at", "came", "came"))
    list_select_related = ("tender__payment__merchant",)
    list_title = "Late answers"
    search_fields = ("rrn__exact", "tender__payment__public_id__exact")
    search_help_text = "Retrieval reference or pay_… id"
    empty_hint = "None: every answer of the card network came while somebody waited for it."
    ordering = ("-pk",)
    fields = in_pairs(
        "outcome_badge",
        "approved",
        "answer",
        "late_by",
        "card",
        "payment_link",
        "rrn_text",
        "stan",
        "terminal",
        "acceptor",
        "arrived",
    )
    outcome_badge = badge_column("outcome", "what became of it", OUTCOME_WORDS)
    approved = money_column("approved_cents", "approved")
    answer = column("response_code", "answer", response_text)
    late_by = column("late_by_ms", "late by", lambda ms: f"{ms / 1000:.1f} s" if ms is not None else "unknown")
    arrived = time_column("arrived_at", "came", ordering="id")
    rrn_text = column("rrn", "retrieval reference", copyable)

    @admin.display(description="card")
    def card(self, late: LateAnswer) -> str:
        return tender_text(late.tender) if late.tender else "none of ours"

    @admin.display(description="payment")
    def payment_link(self, late: LateAnswer) -> SafeString | str:
        return row_link(late.tender.payment) if late.tender else "none of ours"
