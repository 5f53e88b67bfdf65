"""What our bank was asked and said."""

from __future__ import annotations

from django.contrib import admin

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, word_filter
from common.admin_cells import badge_column, id_column, link_column, money_column, time_column
from treasury.models import BankBatch, BankLine, BankStatement, BankTransfer

BATCH_WORDS = {"made": ("To be sent", "warn"), "sent": ("With the bank", "good"), "refused": ("Refused", "fault")}
TRANSFER_WORDS = {
    "queued": ("To be sent", "silent"), "sent": ("With the bank", "silent"), "settled": ("On the statement", "good"),
    "refused": ("Refused", "fault"), "returned": ("Returned", "warn"), "cancelled": ("Not sent", "silent"),
}  # fmt: skip
LINE_WORDS = {
    "payout": ("Payout", "silent"), "return": ("Returned payout", "warn"), "clearing": ("Card takings", "good"),
    "micro_deposit": ("Verification", "silent"), "fee": ("Fee", "silent"), "other": ("Other", "warn"),
}  # fmt: skip


@admin.register(BankBatch)
class BankBatchAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "state", "endpoint", "attempts", "effective_on", "made", "last_fault")
    list_filter = (word_filter("status", "state", BATCH_WORDS), recent_filter("created_at", "made", "made"))
    list_title = "Batches to the bank"
    search_fields = ("public_id__exact", "bank_reference__exact")
    empty_hint = "None yet: a batch is made with the first payout."
    ordering = ("-pk",)
    fields = in_pairs(
        "state",
        "is_instant",
        "endpoint",
        "attempts",
        "effective_on",
        "number",
        "made",
        "sent",
        "bank_reference",
        "last_fault",
        "id_text",
    )
    state = badge_column("status", "state", BATCH_WORDS)
    made = time_column("created_at", "made")
    sent = time_column("sent_at", "taken")
    id_text = id_column("public_id")


@admin.register(BankTransfer)
class BankTransferAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "state", "purpose", "account_link", "amount", "trace_number", "made")
    list_filter = (word_filter("status", "state", TRANSFER_WORDS), recent_filter("created_at", "made", "made"))
    list_select_related = ("bank_account__merchant", "payout", "batch")
    list_title = "Transfers"
    search_fields = ("public_id__exact", "trace_number__exact", "payout__public_id__exact")
    search_help_text = "bt_… or po_… id, trace number"
    empty_hint = "None yet."
    ordering = ("-pk",)
    fields = in_pairs(
        "state",
        "purpose",
        "amount",
        "account_link",
        "payout_link",
        "batch_link",
        "trace_number",
        "reason_code",
        "reason",
        "made",
        "settled",
        "returned",
        "id_text",
    )
    state = badge_column("status", "state", TRANSFER_WORDS)
    amount = money_column("amount_cents", "amount")
    made = time_column("created_at", "made")
    settled = time_column("settled_at", "on the statement")
    returned = time_column("returned_at", "returned")
    account_link = link_column("bank_account", "to")
    payout_link = link_column("payout", "payout")
    batch_link = link_column("batch", "batch")
    id_text = id_column("public_id")


@admin.register(BankStatement)
class BankStatementAdmin(ReadOnlyAdmin):
    list_display = ("number", "to_on", "opening", "closing", "taken")
    list_filter = (recent_filter("taken_at", "taken", "taken"),)
    list_title = "Statements of our account"
    search_fields = ("statement_id__exact", "number__exact")
    empty_hint = "The bank has sent none yet."
    ordering = ("-number",)
    fields = in_pairs("number", "statement_id", "from_on", "to_on", "opening", "closing", "account_last4", "taken")
    opening = money_column("opening_cents", "opening balance")
    closing = money_column("closing_cents", "closing balance")
    taken = time_column("taken_at", "taken")


@admin.register(BankLine)
class BankLineAdmin(ReadOnlyAdmin):
    list_display = ("bank_reference", "kind_badge", "amount", "booked_on", "is_explained", "text")
    list_filter = (word_filter("kind", "kind", LINE_WORDS), "is_explained")
    list_select_related = ("transfer", "clearing_file", "statement")
    list_title = "Bookings at the bank"
    search_fields = ("bank_reference__exact", "end_to_end_id__exact")
    search_help_text = "The bank's reference, bt_… id"
    empty_hint = "The bank has booked nothing yet."
    ordering = ("-pk",)
    fields = in_pairs(
        "bank_reference",
        "kind_badge",
        "amount",
        "booked_on",
        "value_on",
        "is_explained",
        "transfer_link",
        "file_link",
        "statement_link",
        "text",
    )
    kind_badge = badge_column("kind", "kind", LINE_WORDS)
    amount = money_column("amount_cents", "amount")
    transfer_link = link_column("transfer", "transfer")
    file_link = link_column("clearing_file", "clearing file")
    statement_link = link_column("statement", "statement")
