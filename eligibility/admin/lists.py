"""The eligible-product lists, to be read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin, in_pairs
from common.admin_cells import badge, column, link_column, list_links, list_url, time_column
from eligibility.admin.products import category_badge, category_name
from eligibility.gtin import gtin14
from eligibility.models import ListItem, ListVersion


@admin.register(ListVersion)
class ListVersionAdmin(ReadOnlyAdmin):
    list_display = ("list_name", "version", "state", "rows", "added", "changed", "removed", "effective")
    list_title = "Eligible-product lists"
    list_select_related = ("list_source",)
    search_fields = ("list_source__list_id__icontains", "version__exact", "list_source__name__icontains")
    search_help_text = "List, version or source"
    empty_hint = "No list was loaded: items then rest on reviews and the classifier alone."
    fields = in_pairs(
        "list_name", "version", "state", "kind", "number", "sequence", "rows", "added", "changed", "removed", "faulty", "effective",
        "published", "applied", "sha256", "onward",
    )  # fmt: skip
    effective = time_column("effective_at", "in force from")
    published = time_column("published_at", "published")
    applied = time_column("applied_at", "switched on")
    list_name = link_column("list_source", "list")

    @admin.display(description="state")
    def state(self, version: ListVersion) -> SafeString:
        if version.applied_at is None or version.number > version.list_source.head:
            return badge("Being loaded", "info")
        if version.effective_at > timezone.now():
            return badge("Not in force yet", "info")
        return badge("In force", "good") if version.number == version.list_source.head else badge("Followed by others", "silent")

    @admin.display(description="go to")
    def onward(self, version: ListVersion) -> SafeString:
        return list_links(
            (
                "What it changed",
                list_url("eligibility.ListChange", list_source__id__exact=version.list_source_id, number=version.number),
            )
        )


@admin.register(ListItem)
class ListItemAdmin(ReadOnlyAdmin):
    list_display = ("gtin14", "description", "brand", "decision", "category", "listed", "list_source")
    list_filter = ("list_source",)
    list_select_related = ("list_source",)
    list_title = "Products on lists"
    search_fields = ("gtin14__exact", "description__icontains", "brand__icontains")
    search_help_text = "GTIN, brand or title"
    empty_hint = "No list names it. That alone does not make it ineligible: a review or the classifier may know it."
    ordering = ("-pk",)
    fields = in_pairs(
        "gtin14", "description", "brand", "size", "decision", "category", "listed", "ends", "replaced_by", "list_link"
    )
    decision = column("category_code", "decision", category_badge)
    category = column("category_code", "category", category_name)
    listed = time_column("listed_from", "listed from")
    ends = time_column("listed_until", "listed until")
    list_link = link_column("list_source", "list")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListItem]:
        """What is said now; what was said before is in the changes."""
        return ListItem.objects.said_now().select_related("list_source").order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ListItem], search_term: str
    ) -> tuple[QuerySet[ListItem], bool]:
        if code := gtin14(search_term):
            return queryset.filter(gtin14=code), False
        found: tuple[QuerySet[ListItem], bool] = super().get_search_results(request, queryset, search_term)
        return found
