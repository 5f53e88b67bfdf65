"""Payouts, how merchants are paid, and settlements."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, word_filter
from common.admin_cells import badge_column, column, id_column, link_column, money_column, time_column
from treasury.admin.acting import FinanceAdmin, button, posted
from treasury.models import Payout, PayoutPolicy, Settlement
from treasury.services.policies import change_terms

PAYOUT_WORDS = {
    "pending": ("On its way to our bank", "silent"), "sent": ("With the bank", "silent"), "paid": ("Paid", "good"),
    "failed": ("Failed", "fault"), "cancelled": ("Called back", "silent"), "returned": ("Returned", "warn"),
}  # fmt: skip


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "state", "merchant", "amount", "speed", "asked")
    list_filter = (
        word_filter("status", "state", PAYOUT_WORDS),
        recent_filter("created_at", "asked for", "asked for"),
        ("merchant", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant", "bank_account")
    list_title = "Payouts"
    search_fields = (
        "public_id__exact",
        "transfer__public_id__exact",
        "transfer__trace_number__exact",
        "merchant__name__icontains",
    )
    search_help_text = "po_… or bt_… id, trace number, merchant"
    empty_hint = "None yet: merchants take their money out in the portal, over the API, or by a schedule."
    ordering = ("-pk",)
    fields = in_pairs(
        "state", "amount", "fee", "advanced", "merchant_link", "account_link", "speed", "origin", "asked", "sent", "paid", "ended",
        "failure_code", "failure_message", "id_text",
    )  # fmt: skip
    state = badge_column("status", "state", PAYOUT_WORDS)
    amount = money_column("amount_cents", "amount")
    fee = money_column("fee_cents", "fee")
    advanced = money_column("advanced_cents", "ahead of settlement")
    asked = time_column("created_at", "asked for")
    sent = time_column("sent_at", "taken by our bank")
    paid = time_column("paid_at", "left our bank")
    ended = time_column("ended_at", "ended")
    merchant_link = link_column("merchant", "merchant")
    account_link = link_column("bank_account", "to")
    id_text = id_column("public_id")


class PolicyForm(forms.Form):
    """What Finance sets: per cents and dollars as people write them."""

    advance_share = forms.DecimalField(min_value=0, max_value=95, decimal_places=2, label="Advanced before settlement, %")
    advance_cap = forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, label="At most advanced, $")
    instant_fee = forms.DecimalField(min_value=0, max_value=5, decimal_places=2, label="Fee of instant payouts, %")
    return_fee = forms.DecimalField(min_value=0, max_digits=8, decimal_places=2, label="Fee of a returned payout, $")
    reserve = forms.DecimalField(min_value=0, max_value=50, decimal_places=2, label="Kept back of each settlement, %")
    reserve_days = forms.IntegerField(min_value=0, max_value=365, label="Kept back for, days")
    reason = forms.CharField(min_length=10, max_length=200, label="Why")

    @staticmethod
    def of(policy: PayoutPolicy) -> dict[str, object]:
        return {
            "advance_share": policy.advance_share_bp / 100, "advance_cap": policy.advance_cap_cents / 100,
            "instant_fee": policy.instant_fee_bp / 100, "return_fee": policy.return_fee_cents / 100, "reserve": policy.reserve_bp / 100,
            "reserve_days": policy.reserve_days,
        }  # fmt: skip

    def fields_of_policy(self) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "advance_share_bp": int(typed["advance_share"] * 100), "advance_cap_cents": int(typed["advance_cap"] * 100),
            "instant_fee_bp": int(typed["instant_fee"] * 100), "return_fee_cents": int(typed["return_fee"] * 100),
            "reserve_bp": int(typed["reserve"] * 100), "reserve_days": typed["reserve_days"], "reason": typed["reason"],
        }  # fmt: skip


@admin.register(PayoutPolicy)
class PayoutPolicyAdmin(FinanceAdmin):
    list_display = ("merchant", "schedule", "advance_share", "advance_cap", "reserve_share", "reserve_days")
    list_filter = ("schedule", ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    list_title = "How merchants are paid"
    search_fields = ("merchant__name__icontains",)
    empty_hint = "Nobody has a policy of their own yet: it is made with the first settlement or payout."
    ordering = ("merchant__name",)
    fields = in_pairs(
        "merchant", "schedule", "weekday", "threshold", "minimum", "advance_share", "advance_cap", "fee_share", "return_fee",
        "reserve_share", "reserve_days", "changed",
    )  # fmt: skip
    advance_share = column("advance_share_bp", "advanced before settlement", lambda points: f"{points / 100:g} %")
    advance_cap = money_column("advance_cap_cents", "at most")
    fee_share = column("instant_fee_bp", "fee of instant payouts", lambda points: f"{points / 100:g} %")
    return_fee = money_column("return_fee_cents", "fee of a returned payout")
    reserve_share = column("reserve_bp", "kept back", lambda points: f"{points / 100:g} %")
    threshold = money_column("threshold_cents", "pays out from")
    minimum = money_column("minimum_cents", "smallest payout")
    changed = time_column("changed_at", "changed")
    actions_detail = ("change",)

    @button(description="Change", url_path="terms", permissions=["act"])
    def change(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy = self.get_object(request, object_id)
        words = (
            "How this merchant is paid",
            "It holds from the next settlement and payout on. Limits and holds are on the merchant’s own page.",
            "Save",
        )
        form = PolicyForm(posted(request), initial=PolicyForm.of(policy) if policy else None)
        return self.asked(
            request,
            object_id,
            form,
            words,
            lambda row, by, typed: change_terms(merchant=row.merchant, by=by, **form.fields_of_policy()),
        )


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "merchant", "business_on", "sale_count", "sales", "refunds", "fees", "net")
    list_filter = (recent_filter("created_at", "settled", "settled"), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    list_title = "Settlements"
    search_fields = ("public_id__exact", "merchant__name__icontains")
    empty_hint = "None yet: the first clearing file of the card processor makes them."
    ordering = ("-pk",)
    fields = in_pairs(
        "merchant_link",
        "file_link",
        "business_on",
        "sale_count",
        "sales",
        "refunds",
        "fees",
        "reserve",
        "repaid",
        "net",
        "made",
        "id_text",
    )
    sales = money_column("sale_cents", "sales")
    refunds = money_column("refund_cents", "refunds")
    fees = money_column("fee_cents", "fees")
    reserve = money_column("reserve_cents", "kept back")
    repaid = money_column("repaid_cents", "paid back an advance")
    net = money_column("net_cents", "net")
    made = time_column("created_at", "settled")
    merchant_link = link_column("merchant", "merchant")
    file_link = link_column("file", "clearing file")
    id_text = id_column("public_id")
