"""What was asked of the card network and what it answered. Card numbers are shown nowhere."""

from __future__ import annotations

from functools import partial

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from checkout.admin.sales import NAMELESS
from checkout.admin.tables import advices_table, parts_table, tenders_table
from checkout.admin.words import ADVICE_WORDS, advice_badge, card_text, response_text, tender_badge, tender_text
from checkout.card_words import KIND_WORDS, kind_word
from checkout.models import CardToken, NetworkAdvice, Tender
from checkout.pages.words import STATUS_WORDS
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import (
    badge,
    badge_column,
    column,
    copyable,
    link,
    link_column,
    money_cell,
    money_column,
    row_link,
    row_url,
    time_column,
    when,
)

FLAG_WORDS = {True: ("Yes, every item had list or human evidence", "good"), False: ("No", "silent")}
PART_WORDS = {Tender.Kind.BENEFIT: ("Benefit card", "info"), Tender.Kind.ORDINARY: ("Other card", "silent")}
account_filter = state_filter(
    "account", "card kind", {kind: (word, partial(Q, account_kind=kind)) for kind, word in KIND_WORDS.items()}
)
advice_filter = state_filter(
    "state", "state",
    {
        "waiting": ("Waiting, tried again", lambda: Q(acknowledged_at=None, attempts__gt=1)),
        "queued": ("On its way", lambda: Q(acknowledged_at=None, attempts__lte=1)),
        "refused": ("Refused by the network", lambda: Q(is_refused=True)),
        "done": ("Acknowledged", lambda: Q(acknowledged_at__isnull=False, is_refused=False)),
    },
)  # fmt: skip


@admin.register(Tender)
class TenderAdmin(ReadOnlyAdmin):
    list_display = ("card", "merchant_name", "order", "state", "requested_money", "approved_money", "created")
    list_filter = (
        word_filter("status", "state", STATUS_WORDS), word_filter("kind", "part", PART_WORDS), account_filter,
        word_filter("is_substantiated", "flagged as checked", FLAG_WORDS), recent_filter("created_at", "charged", "charged"),
        ("payment__merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("payment__merchant", "payment__session")
    list_title = "Card charges"
    search_fields = ("last4__exact", "rrn__exact", "auth_code__exact", "payment__public_id__exact", "payment__session__client_reference_id__exact")  # fmt: skip
    search_help_text = "Last four, approval, retrieval reference, order no."
    empty_hint = "No card charge matches."
    ordering = ("-pk",)
    requested_money = money_column("requested_cents", "asked for")
    approved_money = money_column("approved_cents", "approved")
    created = time_column("created_at", "charged", ordering="id")
    sent = time_column("transmitted_at", "sent to the network")
    payment_link = link_column("payment", "payment")
    rrn_text = column("rrn", "retrieval reference", copyable)
    stan_text = column("stan", "trace number", copyable)
    answer = column("response_code", "answer", response_text)
    flagged = badge_column("is_substantiated", "flagged as checked", FLAG_WORDS)
    fieldsets = (
        (
            None,
            {"fields": in_pairs("card", "kind_text", "state", "message", "requested_money", "approved_money", "flagged")},
        ),
        ("Belongs to", {"fields": in_pairs("sale_link", "payment_link", "merchant_link", "card_link")}),
        (
            "Card network",
            {"fields": in_pairs("answer", "auth_code", "rrn_text", "stan_text", "network_reference", "healthcare_money", "sent")},
        ),
    )

    @admin.display(description="card", ordering="last4")
    def card(self, tender: Tender) -> str:
        return tender_text(tender)

    @admin.display(description="part")
    def kind_text(self, tender: Tender) -> str:
        return PART_WORDS[Tender.Kind(tender.kind)][0]

    @admin.display(description="state", ordering="status")
    def state(self, tender: Tender) -> SafeString:
        return tender_badge(tender)

    @admin.display(description="merchant", ordering="payment__merchant__name")
    def merchant_name(self, tender: Tender) -> str:
        return tender.payment.merchant.name

    @admin.display(description="merchant")
    def merchant_link(self, tender: Tender) -> SafeString:
        return row_link(tender.payment.merchant)

    @admin.display(description="order", ordering="payment__session__client_reference_id")
    def order(self, tender: Tender) -> str:
        return tender.payment.session.client_reference_id or NAMELESS

    @admin.display(description="sale")
    def sale_link(self, tender: Tender) -> SafeString:
        return row_link(tender.payment.session, tender.payment.session.client_reference_id or None)

    @admin.display(description="card entry")
    def card_link(self, tender: Tender) -> SafeString:
        """By its key alone: to load the row would unseal the number."""
        return link(row_url("checkout.CardToken", tender.card_token_id), "When and where it was typed")

    @admin.display(description="healthcare amounts sent")
    def healthcare_money(self, tender: Tender) -> SafeString:
        amounts = [(name.removesuffix("_cents"), money_cell(cents)) for name, cents in tender.healthcare.items() if cents]
        return format_html_join(", ", "{} {}", amounts) if amounts else SafeString("none")

    def related(self, request: HttpRequest, row: Tender) -> list[Related]:
        return [
            parts_table(row.line_parts.select_related("line").order_by("line__position")),
            advices_table(row.advices.order_by("pk")),
        ]


@admin.register(NetworkAdvice)
class NetworkAdviceAdmin(ReadOnlyAdmin):
    list_display = ("kind_text", "card", "merchant_name", "amount_money", "state", "attempts", "next_try", "created")
    list_filter = (
        advice_filter,
        "kind",
        recent_filter("created_at", "queued", "queued"),
        ("tender__payment__merchant", AutocompleteSelectFilter),
    )
    list_select_related = ("tender__payment__merchant",)
    list_title = "Messages to the card network"
    search_fields = ("rrn__exact", "tender__rrn__exact", "tender__last4__exact", "tender__payment__public_id__exact")
    search_help_text = "Retrieval reference, last four or pay_… id"
    empty_hint = "No message matches. Completions and reversals are repeated until the network acknowledges them."
    ordering = ("-pk",)
    fields = in_pairs(
        "kind_text", "state", "amount_money", "card_link", "payment_link", "merchant_link", "attempts", "answer", "next_try",
        "acknowledged", "rrn_text", "stan_text", "created",
    )  # fmt: skip
    amount_money = money_column("amount_cents", "amount")
    answer = column("response_code", "answer", response_text)
    acknowledged = time_column("acknowledged_at", "acknowledged")
    created = time_column("created_at", "queued", ordering="id")
    rrn_text = column("rrn", "retrieval reference", copyable)
    stan_text = column("stan", "trace number", copyable)

    @admin.display(description="message", ordering="kind")
    def kind_text(self, advice: NetworkAdvice) -> str:
        return ADVICE_WORDS[NetworkAdvice.Kind(advice.kind)]

    @admin.display(description="state", ordering="acknowledged_at")
    def state(self, advice: NetworkAdvice) -> SafeString:
        return advice_badge(advice)

    @admin.display(description="next try", ordering="next_attempt_at")
    def next_try(self, advice: NetworkAdvice) -> SafeString:
        return when(advice.next_attempt_at if advice.acknowledged_at is None else None)

    @admin.display(description="card", ordering="tender__last4")
    def card(self, advice: NetworkAdvice) -> str:
        return tender_text(advice.tender)

    @admin.display(description="card")
    def card_link(self, advice: NetworkAdvice) -> SafeString:
        return row_link(advice.tender, tender_text(advice.tender))

    @admin.display(description="payment")
    def payment_link(self, advice: NetworkAdvice) -> SafeString:
        return row_link(advice.tender.payment)

    @admin.display(description="merchant", ordering="tender__payment__merchant__name")
    def merchant_name(self, advice: NetworkAdvice) -> str:
        return advice.tender.payment.merchant.name

    @admin.display(description="merchant")
    def merchant_link(self, advice: NetworkAdvice) -> SafeString:
        return row_link(advice.tender.payment.merchant)


@admin.register(CardToken)
class CardTokenAdmin(ReadOnlyAdmin):
    """Cards typed into the capture frame. The sealed number is not even read from the database here."""

    list_display = ("card", "kind_text", "merchant", "used", "number_state", "created")
    list_filter = (account_filter, recent_filter("created_at", "typed", "typed"), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    list_title = "Card entries"
    search_fields = ("last4__exact", "public_id__exact")
    search_help_text = "Last four or tok_… id"
    empty_hint = "No card entry matches: none was typed, or the shopper's browser never reached us."
    ordering = ("-pk",)
    fields = in_pairs("card", "kind_text", "expiry", "merchant_link", "id_text", "created", "used", "valid_until", "number_state")
    exclude = ("card_number",)
    created = time_column("created_at", "typed", ordering="id")
    used = time_column("used_at", "used")
    valid_until = time_column("expires_at", "usable until")
    merchant_link = link_column("merchant", "merchant")
    id_text = column("public_id", "id", copyable)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CardToken]:
        tokens: QuerySet[CardToken] = super().get_queryset(request)
        is_erased = ExpressionWrapper(Q(card_number__isnull=True), output_field=BooleanField())
        return tokens.defer("card_number").annotate(is_erased=is_erased)

    @admin.display(description="card", ordering="last4")
    def card(self, token: CardToken) -> str:
        return card_text(token.network, token.last4)

    @admin.display(description="kind", ordering="account_kind")
    def kind_text(self, token: CardToken) -> str:
        return kind_word(token.account_kind)

    @admin.display(description="card expires")
    def expiry(self, token: CardToken) -> str:
        return f"{token.exp_month:02d}/{token.exp_year}"

    @admin.display(description="card number")
    def number_state(self, token: CardToken) -> SafeString:
        return badge("Erased", "good") if token.is_erased else badge("Sealed", "info")  # type: ignore[attr-defined]

    def related(self, request: HttpRequest, row: CardToken) -> list[Related]:
        return [tenders_table(row.tenders.order_by("pk"))]
