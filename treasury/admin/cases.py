"""Differences, days of reconciliation, and corrections by two persons."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import badge, badge_column, id_column, link_column, money_cell, money_column, row_link, time_column, when
from merchants.models import Merchant
from people.models import User
from treasury.admin.acting import FinanceAdmin, button, posted, undecidable
from treasury.admin.day_tables import day_tables
from treasury.models import Adjustment, BankDay, TreasuryCase
from treasury.reconciliation.closing import close_day, is_over
from treasury.services.adjustments import decide_adjustment, propose_adjustment
from treasury.services.cases import SHORTEST_REASON, close_case

KIND_WORDS = {
    kind.value: (str(kind.label), "fault" if kind.value in {"paid_twice", "duplicate", "book_off"} else "warn")
    for kind in TreasuryCase.Kind
}
STATES = {"open": ("Open", lambda: Q(is_open=True)), "closed": ("Closed", lambda: Q(is_open=False))}
ADJUSTMENT_WORDS = {
    "proposed": ("Waits for a second person", "warn"),
    "booked": ("Booked", "good"),
    "declined": ("Declined", "silent"),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="What was found out", min_length=SHORTEST_REASON, max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For whoever looks at it in a year: what happened, and what became of the money.",
    )  # fmt: skip


class ProposalForm(forms.Form):
    merchant = forms.ModelChoiceField(Merchant.objects.order_by("name"), label="Merchant")
    amount = forms.DecimalField(
        max_digits=10, decimal_places=2, label="What the merchant gets, $", help_text="Below zero: what it owes."
    )
    reason = forms.CharField(min_length=SHORTEST_REASON, max_length=200, label="Why", help_text="The merchant reads it.")

    def clean_amount(self) -> int:
        return int(self.cleaned_data["amount"] * 100)


class NoteForm(forms.Form):
    note = forms.CharField(
        label="Note", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="With open cases: why the day is closed with them.",
    )  # fmt: skip


@admin.register(TreasuryCase)
class TreasuryCaseAdmin(FinanceAdmin):
    list_display = ("kind_badge", "state", "merchant", "expected", "found", "business_on", "text")
    list_filter = (
        state_filter("state", "state", STATES, default="open"), word_filter("kind", "difference", KIND_WORDS),
        recent_filter("opened_at", "found", "found"), ("merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("merchant",)
    list_title = "Differences at the bank"
    search_fields = ("public_id__exact", "subject__icontains")
    search_help_text = "tc_… id, or what it is about"
    empty_hint = "Nothing to look into: clearing, book and bank agree."
    ordering = ("-pk",)
    actions_detail = ("close",)
    actions_while_open = actions_detail
    fields = in_pairs(
        "kind_badge",
        "state",
        "expected",
        "found",
        "business_on",
        "merchant_link",
        "text",
        "subject",
        "opened",
        "closed",
        "closed_by",
        "reason",
        "id_text",
    )
    kind_badge = badge_column("kind", "difference", KIND_WORDS)
    expected = money_column("expected_cents", "expected")
    found = money_column("found_cents", "found")
    opened = time_column("opened_at", "opened")
    closed = time_column("closed_at", "closed")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")

    @admin.display(description="state", ordering="is_open")
    def state(self, case: TreasuryCase) -> SafeString:
        return badge("Open", "warn") if case.is_open else badge("Closed", "good")

    def refusal(self, row: TreasuryCase, by: User) -> str:
        return "" if row.is_open else "This case is closed already."

    @button(description="Close", url_path="close", permissions=["act"])
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = (
            "Close this case",
            "This moves no money. A correction is an adjustment, or the bank's next statement.",
            "Close it",
        )
        return self.asked(
            request, object_id, ReasonForm(posted(request)), words,
            lambda case, by, typed: close_case(case=case, by=by, reason=typed["reason"]),
        )  # fmt: skip


@admin.register(BankDay)
class BankDayAdmin(FinanceAdmin):
    list_display = ("business_on", "state", "cleared", "settled", "difference", "open_cases", "compared")
    list_filter = (recent_filter("compared_at", "compared", "compared"),)
    list_title = "Days of reconciliation"
    search_fields = ("business_on__exact",)
    search_help_text = "A day, as 2026-11-22"
    empty_hint = "Days are compared every few minutes once the bank speaks."
    ordering = ("-business_on",)
    actions_detail = ("close",)
    actions_while_open = actions_detail
    fields = in_pairs("business_on", "state", "compared", "closed", "closed_by", "note")
    compared = time_column("compared_at", "compared")
    closed = time_column("closed_at", "closed")

    @admin.display(description="state", ordering="closed_at")
    def state(self, day: BankDay) -> SafeString:
        return badge("Closed", "good") if day.closed_at else badge("Open", "silent")

    @admin.display(description="cleared")
    def cleared(self, day: BankDay) -> SafeString:
        return money_cell(day.report.get("clearing", {}).get("net_cents", 0))

    @admin.display(description="settled")
    def settled(self, day: BankDay) -> SafeString:
        return money_cell(day.report.get("book", {}).get("settled_cents", 0))

    @admin.display(description="book less clearing")
    def difference(self, day: BankDay) -> SafeString:
        return money_cell(day.report.get("differences", {}).get("clearing_to_book_cents", 0))

    @admin.display(description="open cases")
    def open_cases(self, day: BankDay) -> int:
        return int(day.report.get("differences", {}).get("open_cases", 0))

    def related(self, request: HttpRequest, row: BankDay) -> list[Related]:
        return day_tables(row.report)

    def refusal(self, row: BankDay, by: User) -> str:
        if row.closed_at is not None:
            return "This day is closed already."
        return "" if is_over(row.business_on) else "A day is closed once it is over."

    @button(description="Close the day", url_path="close", permissions=["act"])
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = ("Close this day", "The three books are compared once more, and the report stays as it is then.", "Close the day")
        return self.asked(
            request, object_id, NoteForm(posted(request)), words,
            lambda day, by, typed: close_day(on=day.business_on, by=by, note=typed["note"]),
        )  # fmt: skip


@admin.register(Adjustment)
class AdjustmentAdmin(FinanceAdmin):
    list_display = ("public_id", "state", "merchant", "amount", "reason", "proposed_by", "decided_by", "made")
    list_filter = (word_filter("status", "state", ADJUSTMENT_WORDS), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant", "proposed_by", "decided_by")
    list_title = "Adjustments"
    search_fields = ("public_id__exact", "merchant__name__icontains")
    empty_hint = "None: no balance was ever corrected by hand."
    ordering = ("-pk",)
    actions_detail = ("approve", "decline")
    actions_while_open = actions_detail
    actions_list = ("propose",)
    fields = in_pairs("state", "amount", "merchant_link", "reason", "proposed_by", "decided_by", "made", "decided", "id_text")
    state = badge_column("status", "state", ADJUSTMENT_WORDS)
    amount = money_column("amount_cents", "the merchant gets")
    made = time_column("created_at", "proposed")
    decided = time_column("decided_at", "decided")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")

    def refusal(self, row: Adjustment, by: User) -> str:
        return undecidable(is_open=row.status == Adjustment.Status.PROPOSED, proposed_by_id=row.proposed_by_id, by=by)

    @button(description="Propose an adjustment", url_path="propose", permissions=["act"])
    def propose(self, request: HttpRequest) -> HttpResponse:
        words = ("Propose an adjustment", "Nothing moves until another person of Finance lets it through.", "Propose it")
        return self.asked_anew(
            request, ProposalForm(posted(request)), words,
            lambda by, typed: propose_adjustment(merchant=typed["merchant"], amount_cents=typed["amount"], reason=typed["reason"], by=by),
        )  # fmt: skip

    @button(description="Let it through", url_path="approve", permissions=["act"])
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = ("Let this adjustment through", "It is booked at once, and the merchant is told.", "Book it")
        return self.asked(
            request, object_id, forms.Form(posted(request)), words,
            lambda row, by, _: decide_adjustment(adjustment=row, is_approved=True, by=by), shown=_shown,
        )  # fmt: skip

    @button(description="Decline", url_path="decline", permissions=["act"])
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = ("Decline this adjustment", "Nothing moves.", "Decline it")
        return self.asked(
            request, object_id, forms.Form(posted(request)), words,
            lambda row, by, _: decide_adjustment(adjustment=row, is_approved=False, by=by), shown=_shown,
        )  # fmt: skip


def _shown(row: Adjustment) -> list[Related]:
    """All that the second person decides about."""
    cells = (row_link(row.merchant), money_cell(row.amount_cents), row.reason, row.proposed_by, when(row.created_at))
    return [Related("The proposal", ("Merchant", "The merchant gets", "Why", "Proposed by", "Proposed"), rows=[cells])]
