"""Where merchants are paid to."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, word_filter
from common.admin_cells import badge_column, id_column, link_column, time_column
from treasury.models import BankAccount

STATUS_WORDS = {
    "unverified": ("Not verified", "silent"), "awaiting_amounts": ("Waits for the amounts", "warn"), "verified": ("Verified", "good"),
    "refused": ("Refused", "fault"), "removed": ("Removed", "silent"),
}  # fmt: skip


@admin.register(BankAccount)
class BankAccountAdmin(ReadOnlyAdmin):
    """No number and no holder is shown here: nobody of the house needs them."""

    list_display = ("name", "merchant", "state", "name_match", "is_default", "added")
    list_filter = (
        word_filter("status", "state", STATUS_WORDS),
        recent_filter("created_at", "added", "added"),
        ("merchant", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant",)
    list_title = "Merchants' bank accounts"
    search_fields = ("public_id__exact", "last4__exact", "merchant__name__icontains")
    search_help_text = "ba_… id, last four digits, merchant"
    empty_hint = "No merchant has added an account yet."
    ordering = ("-pk",)
    fields = in_pairs(
        "name",
        "merchant_link",
        "state",
        "name_match",
        "is_default",
        "attempts_left",
        "added",
        "verified",
        "usable",
        "refused_reason",
        "id_text",
    )
    state = badge_column("status", "state", STATUS_WORDS)
    added = time_column("created_at", "added")
    verified = time_column("verified_at", "verified")
    usable = time_column("usable_at", "paid to from")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")

    @admin.display(description="account")
    def name(self, account: BankAccount) -> str:
        return str(account)
