"""Sales and their lines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from checkout.admin.search import SALE_HINT, sales_about
from checkout.admin.tables import entries_table, events_table, lines_table, payments_table, tenders_table
from checkout.admin.words import SALE_WORDS, cards_text, tender_text
from checkout.models import CheckoutSession, LineItem, Payment
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import (
    as_json,
    badge_column,
    column,
    id_column,
    link_column,
    money_cell,
    money_column,
    row_link,
    time_column,
    when,
)
from eligibility.admin.evidence import evidence_text, frozen_evidence, status_badge
from eligibility.decision import STATUS_WORDS
from shoppers.masking import email_for_staff

STUCK_AFTER = timedelta(minutes=2)  # as the staff home counts: far longer than both cards take
NAMELESS = "no order number"

trouble_filter = state_filter(
    "trouble", "trouble",
    {
        "stuck": ("Stuck while being paid", lambda: Q(status="processing", processing_since__lt=timezone.now() - STUCK_AFTER)),
        "uncaptured": ("Authorised, not captured", lambda: Q(status="authorised")),
        "failed": ("With a failed attempt", lambda: Q(pk__in=Payment.objects.filter(status="failed").values("session_id"))),
    },
)  # fmt: skip


@admin.register(CheckoutSession)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("order", "merchant", "status_badge", "total_money", "eligible_money", "cards", "created")
    list_filter = (
        trouble_filter, word_filter("status", "state", SALE_WORDS), recent_filter("created_at", "opened", "opened"), ("merchant", AutocompleteSelectFilter),
        "channel", "capture_method",
    )  # fmt: skip
    list_select_related = ("merchant",)
    list_title = "Sales"
    search_fields = ("public_id",)  # shows the box; get_search_results answers
    search_help_text = SALE_HINT
    empty_hint = "No sale matches. Search for an order number, the last four of a card, a whole e-mail address, or a cs_…, pay_… or receipt id."
    ordering = ("-pk",)
    status_badge = badge_column("status", "state", SALE_WORDS)
    total_money = money_column("amount_total_cents", "total")
    eligible_money = money_column("amount_eligible_cents", "eligible")
    subtotal_money = money_column("amount_subtotal_cents", "items")
    discount_money = money_column("amount_discount_cents", "discount, taken off")
    tax_money = money_column("amount_tax_cents", "tax")
    shipping_money = money_column("amount_shipping_cents", "shipping")
    created = time_column("created_at", "opened", ordering="id")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    fieldsets = (
        (None, {"fields": in_pairs("order", "status_badge", "merchant_link", "shopper_link", "id_text", "opened_at", "completed", "expires")}),
        ("Amounts", {"fields": in_pairs("subtotal_money", "discount_money", "tax_money", "shipping_money", "total_money", "eligible_money")}),
        (
            "As the merchant sent it",
            {"classes": ("collapse",), "fields": (("channel", "capture_method"), "success_url", "cancel_url", "metadata_text")},
        ),
    )  # fmt: skip

    @admin.display(description="order", ordering="client_reference_id")
    def order(self, session: CheckoutSession) -> SafeString:
        return format_html("{}", session.client_reference_id or NAMELESS)

    @admin.display(description="cards")
    def cards(self, session: CheckoutSession) -> str:
        return cards_text(session.payments.all())

    @admin.display(description="shopper")
    def shopper_link(self, session: CheckoutSession) -> SafeString:
        return row_link(session.shopper, email_for_staff(session.shopper) if session.shopper else None)

    @admin.display(description="opened")
    def opened_at(self, session: CheckoutSession) -> SafeString:
        return when(session.created_at, session.merchant.zone)

    @admin.display(description="paid")
    def completed(self, session: CheckoutSession) -> SafeString:
        return when(session.completed_at, session.merchant.zone)

    @admin.display(description="expires")
    def expires(self, session: CheckoutSession) -> SafeString:
        return when(session.expires_at, session.merchant.zone)

    @admin.display(description="metadata")
    def metadata_text(self, session: CheckoutSession) -> SafeString:
        return as_json(session.metadata)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CheckoutSession]:
        sessions: QuerySet[CheckoutSession] = super().get_queryset(request)
        return sessions.prefetch_related(Prefetch("payments", Payment.objects.prefetch_related("tenders")))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(sales_about(search_term)) if search_term.strip() else queryset), False

    def related(self, request: HttpRequest, row: CheckoutSession) -> list[Related]:
        payments = list(row.payments.select_related("receipt").prefetch_related("tenders").order_by("pk"))
        return [
            lines_table(list(row.lines.order_by("position"))),
            payments_table(payments),
            tenders_table(tender for payment in payments for tender in payment.tenders.all()),
            entries_table(payments),
            events_table(row.merchant_id, [row.public_id, *(payment.public_id for payment in payments)]),
        ]


@admin.register(LineItem)
class LineItemAdmin(ReadOnlyAdmin):
    """Each item that was ever judged in a sale, with the decision frozen beside it."""

    list_display = ("title", "status_badge", "evidence_words", "total_money", "merchant_name", "order", "created")
    list_filter = (
        state_filter("decision", "decision", {value: (word, partial(Q, status=value)) for value, word in STATUS_WORDS.items()}),
        state_filter("evidence", "evidence", {
            "list": ("Eligible-product list", lambda: Q(evidence="list")), "human": ("A person", lambda: Q(evidence="human")),
            "model": ("Classifier alone", lambda: Q(evidence="model")), "none": ("None", lambda: Q(evidence="none")),
        }),
        recent_filter("session__created_at", "sold", "sold"), ("session__merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("session__merchant",)
    list_title = "Items in sales"
    search_fields = ("title__icontains", "gtin__exact", "sku__exact", "brand__iexact", "session__public_id__exact", "session__client_reference_id__exact")  # fmt: skip
    search_help_text = "Title, brand, GTIN, SKU, order number or sale id"
    ordering = ("-pk",)
    total_money = money_column("total_cents", "total")
    unit_money = money_column("unit_price_cents", "price of one")
    discount_money = money_column("discount_cents", "discount, taken off")
    tax_money = money_column("tax_cents", "tax")
    shipping_money = money_column("shipping_cents", "shipping")
    created = time_column("session.created_at", "when", ordering="id")
    sku_text = column("sku", "SKU", str)
    status_badge = column("status", "decision", status_badge)
    evidence_words = column("decision", "evidence", evidence_text, ordering="evidence")
    frozen = column("decision", "decision at the sale", frozen_evidence, ordering="status")
    product_link = link_column("product", "product")
    fieldsets = (
        (None, {"fields": in_pairs("title", "brand", "gtin", "sku_text", "sale_link", "merchant_link", "product_link")}),
        (
            "Amounts",
            {"fields": in_pairs("quantity", "unit_money", "discount_money", "tax_money", "shipping_money", "total_money")},
        ),
        ("Decision, frozen with the sale", {"fields": ("frozen",)}),
    )

    @admin.display(description="merchant", ordering="session__merchant__name")
    def merchant_name(self, line: LineItem) -> str:
        return line.session.merchant.name

    @admin.display(description="merchant")
    def merchant_link(self, line: LineItem) -> SafeString:
        return row_link(line.session.merchant)

    @admin.display(description="order", ordering="session__client_reference_id")
    def order(self, line: LineItem) -> str:
        return line.session.client_reference_id or NAMELESS

    @admin.display(description="sale")
    def sale_link(self, line: LineItem) -> SafeString:
        return row_link(line.session, line.session.client_reference_id or None)

    def related(self, request: HttpRequest, row: LineItem) -> list[Related]:
        parts = row.tender_parts.select_related("tender__payment").order_by("tender")
        return [
            Related(
                "Paid by", ("Card", "Payment", "#Amount"),
                rows=[
                    (row_link(part.tender, tender_text(part.tender)), row_link(part.tender.payment), money_cell(part.amount_cents))
                    for part in parts
                ],
                empty="Not paid: shares are written when the sale is captured.",
            )
        ]  # fmt: skip
