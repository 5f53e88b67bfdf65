"""Payments and their receipts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from checkout.admin.sales import NAMELESS
from checkout.admin.search import SALE_HINT, payments_about
from checkout.admin.tables import entries_table, events_table, receipt_link, shopper_page_links, tenders_table
from checkout.admin.words import PAYMENT_WORDS, cards_text
from checkout.models import Payment, Receipt
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, word_filter
from common.admin_cells import badge_column, id_column, link_column, list_links, money_column, row_link, time_column, when


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("order", "merchant", "status_badge", "amount_money", "cards", "failure", "created")
    list_filter = (
        word_filter("status", "state", PAYMENT_WORDS), recent_filter("created_at", "tried", "tried"), recent_filter("captured_at", "captured", "captured"),
        ("merchant", AutocompleteSelectFilter), "failure_code",
    )  # fmt: skip
    list_select_related = ("merchant", "session")
    search_fields = ("public_id",)  # shows the box; get_search_results answers
    search_help_text = SALE_HINT
    empty_hint = "No payment matches. A payment is one attempt to pay: a sale that nobody tried to pay has none."
    ordering = ("-pk",)
    fields = in_pairs("order_link", "status_badge", "amount_money", "failure", "merchant_link", "receipt_row", "id_text", "tried_at", "captured")  # fmt: skip
    status_badge = badge_column("status", "state", PAYMENT_WORDS)
    amount_money = money_column("amount_cents", "amount")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    created = time_column("created_at", "tried", ordering="id")

    @admin.display(description="order", ordering="session__client_reference_id")
    def order(self, payment: Payment) -> SafeString:
        return format_html("{}", payment.session.client_reference_id or NAMELESS)

    @admin.display(description="sale")
    def order_link(self, payment: Payment) -> SafeString:
        return row_link(payment.session, payment.session.client_reference_id or None)

    @admin.display(description="cards")
    def cards(self, payment: Payment) -> str:
        return cards_text([payment])

    @admin.display(description="why it failed", ordering="failure_code")
    def failure(self, payment: Payment) -> str:
        return payment.failure_message or payment.failure_code

    @admin.display(description="receipt")
    def receipt_row(self, payment: Payment) -> str:
        return receipt_link(getattr(payment, "receipt", None))

    @admin.display(description="tried")
    def tried_at(self, payment: Payment) -> SafeString:
        return when(payment.created_at, payment.merchant.zone)

    @admin.display(description="captured")
    def captured(self, payment: Payment) -> SafeString:
        return when(payment.captured_at, payment.merchant.zone)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        payments: QuerySet[Payment] = super().get_queryset(request)
        return payments.prefetch_related("tenders")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(payments_about(search_term)) if search_term.strip() else queryset), False

    def related(self, request: HttpRequest, row: Payment) -> list[Related]:
        return [
            tenders_table(row.tenders.order_by("position")),
            entries_table([row]),
            events_table(row.merchant_id, [row.public_id]),
        ]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ("number", "merchant_name", "order", "amount_money", "issued")
    list_filter = (recent_filter("issued_at", "issued"), ("payment__merchant", AutocompleteSelectFilter))
    list_select_related = ("payment__merchant", "payment__session")
    search_fields = ("number__iexact", "public_id__exact", "payment__public_id__exact", "payment__session__client_reference_id__icontains")  # fmt: skip
    search_help_text = "Receipt number, order number, rcp_… or pay_… id"
    empty_hint = "No receipt matches. One is issued with each captured payment."
    ordering = ("-pk",)
    fields = in_pairs("number", "amount_money", "sale_link", "payment_link", "merchant_link", "id_text", "issued", "onward")
    amount_money = money_column("payment.amount_cents", "amount")
    issued = time_column("issued_at", "issued", ordering="id")
    payment_link = link_column("payment", "payment")
    id_text = id_column("public_id")

    @admin.display(description="merchant", ordering="payment__merchant__name")
    def merchant_name(self, receipt: Receipt) -> str:
        return receipt.payment.merchant.name

    @admin.display(description="merchant")
    def merchant_link(self, receipt: Receipt) -> SafeString:
        return row_link(receipt.payment.merchant)

    @admin.display(description="order", ordering="payment__session__client_reference_id")
    def order(self, receipt: Receipt) -> str:
        return receipt.payment.session.client_reference_id or NAMELESS

    @admin.display(description="sale")
    def sale_link(self, receipt: Receipt) -> SafeString:
        session = receipt.payment.session
        return row_link(session, session.client_reference_id or None)

    @admin.display(description="as the shopper sees it")
    def onward(self, receipt: Receipt) -> SafeString:
        return list_links(*shopper_page_links(receipt))
