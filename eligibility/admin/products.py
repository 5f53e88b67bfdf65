"""Products, each with what it is judged to be now, and the page that judges any title."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, word_filter
from common.admin_cells import (
    badge_column,
    column,
    id_column,
    link_column,
    list_links,
    list_url,
    money_column,
    row_link,
    time_column,
    when,
)
from eligibility.admin.behind import behind_panel
from eligibility.admin.evidence import STATUS_TONES, evidence_now, evidence_text, status_badge
from eligibility.admin.forms import TryTitleForm
from eligibility.decision import STATUS_WORDS
from eligibility.gtin import gtin14
from eligibility.models import Product, ProductDecision, Review
from eligibility.selectors import item_key
from eligibility.services.products import product_item
from eligibility.taxonomy import taxonomy

STATUS_FILTER = {status: (words, STATUS_TONES[status]) for status, words in STATUS_WORDS.items()}
ACTIVE_WORDS = {True: ("On sale", "good"), False: ("Not on sale", "silent")}


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """As merchants send them; they are changed in the merchant's portal and through the API."""

    list_display = ("title", "brand", "merchant", "gtin14", "sku_text", "price_money", "updated")
    list_filter = (
        word_filter("current_decision__status", "decision", STATUS_FILTER),
        "is_active",
        recent_filter("updated_at", "changed", "changed"),
        ("merchant", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant",)
    search_fields = ("title__icontains", "brand__icontains", "sku__exact", "public_id__exact", "merchant__name__icontains")
    search_help_text = "Title, brand, GTIN, SKU, prod_… id, merchant"
    empty_hint = "No product matches. To judge a title that no merchant sells, use “Try a title”."
    ordering = ("-pk",)
    price_money = money_column("price_cents", "price")
    state = badge_column("is_active", "state", ACTIVE_WORDS)
    sku_text = column("sku", "SKU", str)
    updated = time_column("updated_at", "changed")
    created = time_column("created_at", "added")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    fieldsets = (
        (None, {"fields": in_pairs("title", "brand", "gtin14", "sku_text", "price_money", "state", "merchant_link", "id_text")}),
        ("Judged now", {"fields": ("decision_now",)}),
        ("More", {"classes": ("collapse",), "fields": in_pairs("description", "created", "updated", "onward")}),
    )

    @admin.display(description="decision")
    def decision_now(self, product: Product) -> SafeString:
        return evidence_now(product_item(product), product.merchant)

    @admin.display(description="go to")
    def onward(self, product: Product) -> SafeString:
        return list_links(("Its sales", list_url("checkout.LineItem", product__id__exact=product.pk)))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        if code := gtin14(search_term):
            return queryset.filter(gtin14=code), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def related(self, request: HttpRequest, row: Product) -> list[Related]:
        reviews = (
            Review.objects.filter(merchant=row.merchant, item_key=item_key(product_item(row)))
            .select_related("reviewer")
            .order_by("-pk")
        )
        history = ProductDecision.objects.filter(product=row).select_related("run").order_by("-pk")[:50]
        return [
            Related(
                "What it was judged to be", ("From", "Decision", "Before", "Because", "Evidence", "Versions", "Run"),
                rows=[
                    (
                        when(d.decided_at), status_badge(d.status), status_badge(d.previous_status) if d.previous_status else "first",
                        d.get_cause_display(), evidence_text(d.decision),
                        ", ".join(filter(None, (d.list_version, d.model_version, d.taxonomy_version))), row_link(d.run) if d.run else "",
                    )
                    for d in history
                ],
                empty="It was never judged for good; a run over the catalogue does that.",
            ),
            Related(
                "What people decided about it", ("When", "Decision", "Category", "Reviewer", "Why"),
                rows=[
                    (row_link(r, when(r.decided_at)), category_badge(r.category_code), category_name(r.category_code), r.reviewer or "", r.note)
                    for r in reviews
                ],
                empty="Nobody has reviewed it: the list or the classifier speaks.",
            )
        ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        own = [path("try/", self.admin_site.admin_view(self.try_title), name="eligibility_try_title")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def try_title(self, request: HttpRequest) -> HttpResponse:
        """Judge whatever is typed, for one merchant, without keeping it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryTitleForm(request.POST or None)
        result = behind_panel(form.item(), form.cleaned_data["merchant"]) if form.is_bound and form.is_valid() else ""
        context = {**self.admin_site.each_context(request), "title": "Try a title", "form": form, "result": result}
        return TemplateResponse(request, "admin/eligibility/try_title.html", context)


def category_name(code: str) -> str:
    category = taxonomy().by_code.get(code)
    return category.name if category else code


def category_badge(code: str) -> SafeString:
    category = taxonomy().by_code.get(code)
    return status_badge(category.status if category else "unknown")
