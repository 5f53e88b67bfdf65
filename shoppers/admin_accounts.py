"""What support sees of shoppers' own accounts: enough to help on the phone, and nothing that is sealed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter
from common.admin_cells import badge_column, id_column, money_cell, money_column, time_column
from shoppers.bank.models import BankConsent
from shoppers.benefits.models import BenefitAccount
from shoppers.benefits.reckoning import at_risk_cents, claim_by_on, spend_by_on

CONSENT_WORDS = {
    "started": ("begun", "silent"), "active": ("in force", "good"), "expired": ("over", "silent"), "revoked": ("ended by shopper", "silent"),
    "withdrawn": ("ended by bank", "warn"), "failed": ("not given", "silent"),
}  # fmt: skip


@admin.register(BenefitAccount)
class BenefitAccountAdmin(ReadOnlyAdmin):
    """The person is an id alone: whose address it is, nobody reads here."""

    list_display = ("id_text", "kind", "person", "balance_money", "balance_on", "spend_by")
    list_filter = ("kind", recent_filter("created_at", "added"))
    list_select_related = ("account",)
    search_fields = ("public_id__exact", "account__public_id__exact")
    search_help_text = "ben_… or sac_… id"
    empty_hint = "No such account. Shoppers add them on their own pages, under Accounts."
    ordering = ("-pk",)
    fields = in_pairs(
        "id_text", "person", "kind", "administrator", "plan_starts_on", "plan_ends_on", "balance_money", "balance_on", "spend_by", "claim_by",
        "at_risk_money", "election_money", "carryover_money", "grace_ends_on", "coverage", "contributed_money", "created", "closed",
    )  # fmt: skip
    id_text = id_column("public_id")
    person = id_column("account.public_id", "shopper’s account")
    balance_money = money_column("balance_cents", "balance")
    election_money = money_column("election_cents", "chosen")
    carryover_money = money_column("carryover_limit_cents", "rolls over at most")
    contributed_money = money_column("contributed_cents", "paid in")
    created = time_column("created_at", "added")
    closed = time_column("closed_at", "taken off")

    @admin.display(description="spend by")
    def spend_by(self, benefit: BenefitAccount) -> Any:
        return spend_by_on(benefit)

    @admin.display(description="claim by")
    def claim_by(self, benefit: BenefitAccount) -> Any:
        return claim_by_on(benefit)

    @admin.display(description="would be lost")
    def at_risk_money(self, benefit: BenefitAccount) -> Any:
        return money_cell(at_risk_cents(benefit))


@admin.register(BankConsent)
class BankConsentAdmin(ReadOnlyAdmin):
    """How a link to a bank fares; what was read under it is shown to nobody but the shopper."""

    list_display = ("id_text", "institution", "person", "state_badge", "refreshed", "ends")
    list_filter = ("state", recent_filter("started_at", "begun"))
    list_select_related = ("account",)
    search_fields = ("public_id__exact", "account__public_id__exact")
    search_help_text = "bct_… or sac_… id"
    empty_hint = "No such link. Shoppers link a bank on their own pages, under Accounts."
    ordering = ("-pk",)
    fields = in_pairs(
        "id_text", "person", "institution", "provider", "state_badge", "scopes", "started", "granted", "ends", "ended", "refreshed", "next",
        "failures", "last_problem", "told", "reminded",
    )  # fmt: skip
    id_text = id_column("public_id")
    person = id_column("account.public_id", "shopper’s account")
    state_badge = badge_column("state", "state", CONSENT_WORDS)
    started = time_column("started_at", "begun")
    granted = time_column("granted_at", "given")
    ends = time_column("expires_at", "ends")
    ended = time_column("ended_at", "ended")
    refreshed = time_column("refreshed_at", "last read")
    next = time_column("next_refresh_at", "next try")
    told = time_column("told_provider_at", "provider told")
    reminded = time_column("reminded_at", "shopper reminded")
