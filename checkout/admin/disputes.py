"""Card disputes for support and risk: read only; merchants answer, the network decides."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from checkout.disputes.reasons import reason_for
from checkout.models import Dispute, UnknownDispute
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import badge, badge_column, column, copyable, id_column, money_column, row_link, time_column

STATUS_WORDS = {
    "needs_response": ("Needs an answer", "warn"), "submitted": ("Answered", "silent"), "accepted": ("Accepted", "silent"),
    "won": ("Won", "good"), "lost": ("Lost", "fault"), "expired": ("Not answered", "fault"),
}  # fmt: skip
KIND_WORDS = {"retrieval": ("Documents asked", "silent"), "dispute": ("Dispute", "warn")}
LINE_WORDS = KIND_WORDS | {"won": ("Won", "good"), "lost": ("Lost", "fault")}


UNKNOWN_STATES = {
    "open": ("No charge of ours", lambda: Q(known_at=None)),
    "known": ("Found since", lambda: Q(known_at__isnull=False)),
}


@admin.register(UnknownDispute)
class UnknownDisputeAdmin(ReadOnlyAdmin):
    list_display = ("case_number", "state", "kind_badge", "reason_code", "disputed", "rrn", "due", "came")
    list_filter = (state_filter("state", "state", UNKNOWN_STATES, default="open"), word_filter("kind", "kind", LINE_WORDS))
    list_title = "Unknown disputes"
    search_fields = ("case_number__exact", "rrn__exact")
    search_help_text = "Case number, retrieval reference"
    empty_hint = "None: every line of the acquirer's dispute files is about a charge of ours."
    ordering = ("-pk",)
    fields = in_pairs(
        "case_number", "state", "kind_badge", "reason_code", "disputed", "network", "rrn_text", "stan", "said", "due", "came", "known",
    )  # fmt: skip
    kind_badge = badge_column("kind", "kind", LINE_WORDS)
    disputed = money_column("amount_cents", "disputed")
    rrn_text = column("rrn", "retrieval reference", copyable)
    said = time_column("said_at", "said")
    due = time_column("due_at", "due")
    came = time_column("came_at", "came", ordering="id")
    known = time_column("known_at", "found")

    @admin.display(description="state", ordering="known_at")
    def state(self, line: UnknownDispute) -> SafeString:
        return badge("Found since", "good") if line.known_at else badge("Tried again", "fault")


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("case_number", "status_badge", "merchant", "reason", "disputed", "debited", "due")
    list_filter = (
        word_filter("status", "state", STATUS_WORDS), word_filter("kind", "kind", KIND_WORDS),
        recent_filter("opened_at", "opened", "opened"), ("merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("merchant",)
    list_title = "Card disputes"
    search_fields = ("case_number__exact", "public_id__exact", "payment__public_id__exact", "tender__rrn__exact")
    search_help_text = "Case number, dp_… or pay_… id, retrieval reference"
    empty_hint = (
        "No dispute yet. The acquirer lays its messages into the folder of DISPUTES_DIR; they are taken within ten minutes."
    )
    ordering = ("-pk",)
    fields = in_pairs(
        "case_number", "status_badge", "kind_badge", "reason", "disputed", "debited", "fee", "merchant_link", "payment_link", "due",
        "opened", "answered", "sent", "closed", "id_text",
    )  # fmt: skip
    status_badge = badge_column("status", "state", STATUS_WORDS)
    kind_badge = badge_column("kind", "kind", KIND_WORDS)
    disputed = money_column("amount_cents", "disputed")
    debited = money_column("debited_cents", "taken from the balance")
    fee = money_column("fee_cents", "fee")
    due = time_column("due_at", "due")
    opened = time_column("opened_at", "opened")
    answered = time_column("submitted_at", "answered")
    sent = time_column("sent_at", "laid before the acquirer")
    closed = time_column("closed_at", "closed")
    id_text = id_column("public_id")

    @admin.display(description="reason")
    def reason(self, dispute: Dispute) -> str:
        return f"{dispute.reason_code} · {reason_for(dispute.network, dispute.reason_code).title}"

    @admin.display(description="merchant")
    def merchant_link(self, dispute: Dispute) -> SafeString | str:
        return row_link(dispute.merchant)

    @admin.display(description="payment")
    def payment_link(self, dispute: Dispute) -> SafeString | str:
        return row_link(dispute.payment)

    def related(self, request: HttpRequest, row: Dispute) -> list[Related]:
        packs = row.packs.defer("record", "pdf").order_by("-number")[:20]
        return [
            Related(
                "Evidence packs", ("Number", "State", "Missing", "Made"),
                rows=[(str(p.number), badge("Complete", "good") if p.is_complete else badge("Not complete", "warn"),
                       " ".join(p.missing) or "nothing", f"{p.created_at:%Y-%m-%d %H:%M} UTC") for p in packs],
                empty="None.",
            )
        ]  # fmt: skip
