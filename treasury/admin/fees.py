"""What sales cost their merchants: the rates that hold, and new ones by two persons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge_column, column, id_column, link_column, money_column, time_column
from people.models import User
from treasury import tasks
from treasury.admin.acting import FinanceAdmin, button, posted, undecidable
from treasury.admin.fee_forms import FeeForm
from treasury.admin.fee_tables import EVERYBODY, proposal_facts, proposal_tables, rates_table, when_in_new_york
from treasury.models import FeeProposal, FeeRate, FeeSchedule
from treasury.pricing.schedules import rates_in, rates_now
from treasury.services.fee_proposals import decide_fees, propose_fees

PROPOSAL_WORDS = {
    "proposed": ("Waits for a second person", "warn"), "approved": ("Approved", "good"), "declined": ("Declined", "silent"),
}  # fmt: skip


@admin.register(FeeSchedule)
class FeeScheduleAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "whose", "effective", "returns_fee_on_refund")
    list_filter = (("merchant", AutocompleteSelectFilter),)
    list_select_related = ("merchant",)
    list_title = "Fees of sales"
    search_fields = ("public_id__exact", "merchant__name__icontains")
    empty_hint = "No fees are set: sales cost their merchants nothing. Propose some under Fee proposals."
    ordering = ("-effective_at",)
    fields = in_pairs("whose", "effective", "returns_fee_on_refund", "proposed_by", "approved_by", "id_text")
    effective = column("effective_at", "holds from", when_in_new_york)
    id_text = id_column("public_id")

    @admin.display(description="whose", ordering="merchant__name")
    def whose(self, schedule: FeeSchedule) -> str:
        return str(schedule.merchant or EVERYBODY)

    def related(self, request: HttpRequest, row: FeeSchedule) -> list[Related]:
        return [rates_table("Rates", rates_in(row))]


@admin.register(FeeRate)
class FeeRateAdmin(ReadOnlyAdmin):
    list_display = ("schedule", "channel", "card", "tier", "share", "fixed")
    list_select_related = ("schedule__merchant",)
    list_title = "Rates of fees"
    search_fields = ("schedule__public_id__exact",)
    empty_hint = "No fees are set."
    ordering = ("-pk",)
    fields = in_pairs("schedule", "channel", "card", "tier", "share", "fixed")
    tier = money_column("from_volume_cents", "from a month's volume of")
    share = column("basis_points", "share", lambda points: f"{points / 100:g} %")
    fixed = money_column("fixed_cents", "and for each card")


@admin.register(FeeProposal)
class FeeProposalAdmin(FinanceAdmin):
    list_display = ("public_id", "state", "whose", "effective", "reason", "proposed_by", "decided_by", "made")
    list_filter = (word_filter("status", "state", PROPOSAL_WORDS), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant", "proposed_by", "decided_by")
    list_title = "Fee proposals"
    search_fields = ("public_id__exact", "merchant__name__icontains")
    empty_hint = "None: propose the first fees, and another person of Finance lets them through."
    ordering = ("-pk",)
    actions_detail = ("approve", "decline")
    actions_while_open = actions_detail
    actions_list = ("propose",)
    fields = in_pairs(
        "state", "whose", "effective", "returns_fee_on_refund", "reason", "schedule_link", "proposed_by", "decided_by", "made", "decided", "id_text",
    )  # fmt: skip
    state = badge_column("status", "state", PROPOSAL_WORDS)
    effective = column("effective_at", "holds from", when_in_new_york)
    made = time_column("created_at", "proposed")
    decided = time_column("decided_at", "decided")
    schedule_link = link_column("schedule", "schedule")
    id_text = id_column("public_id")

    @admin.display(description="whose", ordering="merchant__name")
    def whose(self, proposal: FeeProposal) -> str:
        return str(proposal.merchant or EVERYBODY)

    def related(self, request: HttpRequest, row: FeeProposal) -> list[Related]:
        return proposal_tables(row)

    def refusal(self, row: FeeProposal, by: User) -> str:
        return undecidable(is_open=row.status == FeeProposal.Status.PROPOSED, proposed_by_id=row.proposed_by_id, by=by)

    @button(description="Propose fees", url_path="propose", permissions=["act"])
    def propose(self, request: HttpRequest) -> HttpResponse:
        words = ("Propose fees", "Nothing changes until another person of Finance lets it through.", "Propose them")
        form = FeeForm(posted(request), initial=FeeForm.of(rates_now(None)))
        return self.asked_anew(
            request, form, words,
            lambda by, typed: propose_fees(
                merchant=typed["merchant"], rates=form.rates(), effective_at=typed["effective_at"], returns_fee=typed["returns_fee"],
                reason=typed["reason"], by=by,
            ),
            template="admin/treasury/fees.html",
        )  # fmt: skip

    @button(description="Let them through", url_path="approve", permissions=["act"])
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = (
            "Let these fees through",
            "They hold from the time that the proposal names, and the merchants are told now.",
            "Set them",
        )
        return self.asked(request, object_id, forms.Form(posted(request)), words, _approve, shown=_shown)

    @button(description="Decline", url_path="decline", permissions=["act"])
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = ("Decline these fees", "Nothing changes.", "Decline them")
        return self.asked(
            request, object_id, forms.Form(posted(request)), words,
            lambda row, by, _: decide_fees(proposal=row, is_approved=False, by=by), shown=_shown,
        )  # fmt: skip


def _shown(row: FeeProposal) -> list[Related]:
    return [proposal_facts(row), *proposal_tables(row)]


def _approve(row: FeeProposal, by: User, _: Any) -> None:
    decide_fees(proposal=row, is_approved=True, by=by)
    transaction.on_commit(tasks.tell_fees.delay)
