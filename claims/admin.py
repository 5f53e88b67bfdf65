"""Claims as support sees them: where each stands, and nothing of what was asked or refused, which is sealed."""

from __future__ import annotations

from django.contrib import admin

from claims.models import Claim
from common.admin import ReadOnlyAdmin, in_pairs, recent_filter
from common.admin_cells import badge_column, id_column, money_column, time_column

WORDS = {
    "draft": ("draft", "silent"), "submitted": ("sent", "silent"), "more_information": ("waits for shopper", "warn"), "approved": ("approved", "good"),
    "denied": ("denied", "fault"), "paid": ("paid", "good"), "withdrawn": ("withdrawn", "silent"),
}  # fmt: skip


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("id_text", "administrator", "person", "state_badge", "amount_money", "sent")
    list_filter = ("state", recent_filter("created_at", "begun"))
    list_select_related = ("account",)
    search_fields = ("public_id__exact", "account__public_id__exact")
    search_help_text = "clm_… or sac_… id"
    empty_hint = "No such claim. A claim belongs to a shopper’s own account; no merchant sees it."
    ordering = ("-pk",)
    fields = in_pairs(
        "id_text", "person", "administrator", "state_badge", "amount_money", "approved_money", "paid_money", "paid_on", "created", "sent",
        "asked", "answer_by", "decided",
    )  # fmt: skip
    id_text = id_column("public_id")
    person = id_column("account.public_id", "shopper’s account")
    state_badge = badge_column("state", "state", WORDS)
    amount_money = money_column("amount_cents", "asked for")
    approved_money = money_column("approved_cents", "approved")
    paid_money = money_column("paid_cents", "paid")
    created = time_column("created_at", "begun")
    sent = time_column("submitted_at", "sent")
    asked = time_column("asked_at", "more asked for")
    decided = time_column("decided_at", "decided")
