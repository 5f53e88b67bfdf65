"""The eligible-product lists, to be read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
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
    list_display = ("list_name", "version", "state", "row_count", "source", "effective")
    list_title = "Eligible-product lists"
    search_fields = ("list_id__icontains", "version__exact", "source__icontains")
    search_help_text = "List, version or source"
    empty_hint = "No list was loaded: items then rest on reviews and the classifier alone."
    fields = in_pairs("list_name", "version", "state", "row_count", "source", "effective", "loaded", "onward")
    effective = time_column("effective_at", "in force from")
    loaded = time_column("created_at", "loaded")
    list_name = column("list_id", "list", str)
    row_count = column("row_count", "products", lambda count: f"{count:,}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListVersion]:
        versions: QuerySet[ListVersion] = super().get_queryset(request)
        newer = ListVersion.objects.filter(
            list_id=OuterRef("list_id"),
            is_complete=True,
            effective_at__lte=timezone.now(),
            effective_at__gt=OuterRef("effective_at"),
        )
        return versions.annotate(row_count=Count("items"), is_replaced=Exists(newer))

    @admin.display(description="state")
    def state(self, version: ListVersion) -> SafeString:
        if not version.is_complete:
            return badge("Being loaded", "info")
        if version.effective_at > timezone.now():
            return badge("Not in force yet", "info")
        return badge("Replaced", "silent") if version.is_replaced else badge("In force", "good")  # type: ignore[attr-defined]

    @admin.display(description="go to")
    def onward(self, version: ListVersion) -> SafeString:
        return list_links(("Its products", list_url("eligibility.ListItem", list_version__id__exact=version.pk)))


@admin.register(ListItem)
class ListItemAdmin(ReadOnlyAdmin):
    list_display = ("gtin14", "description", "brand", "decision", "category", "list_version")
    list_filter = ("list_version",)
    list_select_related = ("list_version",)
    list_title = "Products on lists"
    search_fields = ("gtin14__exact", "description__icontains", "brand__icontains")
    search_help_text = "GTIN, brand or title"
    empty_hint = "No list names it. That alone does not make it ineligible: a review or the classifier may know it."
    ordering = ("-pk",)
    fields = in_pairs("gtin14", "description", "brand", "decision", "category", "list_link")
    decision = column("category_code", "decision", category_badge)
    category = column("category_code", "category", category_name)
    list_link = link_column("list_version", "list")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ListItem], search_term: str
    ) -> tuple[QuerySet[ListItem], bool]:
        if code := gtin14(search_term):
            return queryset.filter(gtin14=code), False
        found: tuple[QuerySet[ListItem], bool] = super().get_search_results(request, queryset, search_term)
        return found
