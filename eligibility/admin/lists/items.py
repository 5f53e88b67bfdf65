"""Products on lists, as they are said now; each leads to its GTIN's whole story."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin, in_pairs
from common.admin_cells import column, link_column, list_links
from eligibility.admin.lists.why import why_page
from eligibility.admin.lists.words import day_of, gtin_link, why_url
from eligibility.admin.products import category_badge, category_name
from eligibility.gtin import gtin_readings
from eligibility.models import ListItem


@admin.register(ListItem)
class ListItemAdmin(ReadOnlyAdmin):
    list_display = ("gtin14", "description", "brand", "decision", "category", "listed", "list_name")
    list_filter = ("list_source",)
    list_select_related = ("list_source",)
    list_title = "Products on lists"
    list_before_template = "admin/eligibility/lists/items_head.html"
    search_fields = ("gtin14__exact", "description__icontains", "brand__icontains")
    search_help_text = "GTIN, brand or title"
    empty_hint = "No list names it. That alone does not make it ineligible: a review or the classifier may know it."
    ordering = ("-pk",)
    fields = in_pairs(
        "gtin14",
        "description",
        "brand",
        "size",
        "decision",
        "category",
        "listed",
        "ends",
        "replaced",
        "subcategory",
        "list_link",
        "onward",
    )
    decision = column("category_code", "decision", category_badge)
    category = column("category_code", "category", category_name)
    list_name = column("list_source.name", "list", str)
    list_link = link_column("list_source", "list")
    replaced = column("replaced_by", "replaced by", gtin_link)

    @admin.display(description="listed from", ordering="listed_from")
    def listed(self, item: ListItem) -> SafeString:
        return day_of(item.listed_from, item.list_source.zone)

    @admin.display(description="listed until")
    def ends(self, item: ListItem) -> SafeString | str:
        return day_of(item.listed_until, item.list_source.zone) if item.listed_until else "no end is known"

    @admin.display(description="go to")
    def onward(self, item: ListItem) -> SafeString:
        return list_links(("Why did this GTIN change?", why_url(item.gtin14)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListItem]:
        """What is said now; what was said before is in the story of each GTIN."""
        return ListItem.objects.said_now().select_related("list_source").order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ListItem], search_term: str
    ) -> tuple[QuerySet[ListItem], bool]:
        if codes := gtin_readings(search_term):
            return queryset.filter(gtin14__in=codes), False
        found: tuple[QuerySet[ListItem], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def get_urls(self) -> list[URLPattern]:
        own = [path("why/", self.admin_site.admin_view(self.why), name="eligibility_listitem_why")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def why(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return why_page(request, {**self.admin_site.each_context(request), "title": "Why did this GTIN change?"})
