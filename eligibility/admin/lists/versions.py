"""Versions of lists: when each was switched on, by whom it was let through, and what it changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from common import witness
from common.admin import ReadOnlyAdmin, in_pairs
from common.admin_cells import badge, column, copyable, link_column, list_links, list_url, row_url, time_column
from eligibility.admin.lists.change_table import COLUMNS, csv_rows, table_context, wanted_in
from eligibility.admin.lists.files import csv_response
from eligibility.admin.lists.words import day_of
from eligibility.lists.changes import Changes
from eligibility.models import ListSync, ListVersion


@admin.register(ListVersion)
class ListVersionAdmin(ReadOnlyAdmin):
    list_display = ("version", "list_name", "state", "kind", "rows_text", "added", "changed", "removed", "effective", "applied")
    list_display_links = ("version",)
    list_title = "Versions of lists"
    list_select_related = ("list_source",)
    list_filter = ("list_source", "kind")
    search_fields = ("list_source__list_id__icontains", "version__exact", "list_source__name__icontains", "sha256__startswith")
    search_help_text = "List, version, SHA-256"
    empty_hint = "No version of any list was switched on: items rest on reviews, rules and the classifier alone."
    change_form_outer_after_template = "admin/eligibility/lists/version_changes.html"
    fields = in_pairs(
        "list_link", "state", "kind", "effective", "applied", "published", "rows_text", "faulty", "approved", "update", "sequence", "digest",
    )  # fmt: skip
    published = time_column("published_at", "published")
    applied = time_column("applied_at", "switched on")
    list_name = column("list_source.name", "list", str)
    list_link = link_column("list_source", "list")
    rows_text = column("rows", "rows of its file", lambda count: f"{count:,}")
    digest = column("sha256", "SHA-256 of its file", copyable)
    approved = link_column("approved_by", "let through by")

    @admin.display(description="holds from", ordering="effective_at")
    def effective(self, version: ListVersion) -> SafeString:
        return day_of(version.effective_at, version.list_source.zone)

    @admin.display(description="state")
    def state(self, version: ListVersion) -> SafeString:
        if version.applied_at is None or version.number > version.list_source.head:
            return badge("Being loaded", "info")
        if version.effective_at > timezone.now():
            return badge("Not in force yet", "info")
        return badge("In force", "good") if version.number == version.list_source.head else badge("Followed by others", "silent")

    @admin.display(description="go to")
    def update(self, version: ListVersion) -> SafeString:
        found = getattr(version, "sync_now", None)
        ways = [("Its update", row_url("eligibility.ListSync", found))] if found else []
        return list_links(
            *ways, ("Products on the list", list_url("eligibility.ListItem", list_source__id__exact=version.list_source_id))
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListVersion]:
        """Each with the update that brought it."""
        done = ListSync.objects.filter(list_source=OuterRef("list_source"), number=OuterRef("number"), state=ListSync.State.DONE)
        found: QuerySet[ListVersion] = super().get_queryset(request).select_related("list_source", "approved_by")
        return found.annotate(sync_now=Subquery(done.values("pk")[:1]))

    def get_urls(self) -> list[URLPattern]:
        own = [path("<int:pk>/changes.csv", self.admin_site.admin_view(self.changes_csv), name="eligibility_listversion_changes")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        version = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if version is not None:
            more = {**table_context(request, _changes(version), version.list_source.zone), "version": version}
        response: HttpResponse = super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
        return response

    def changes_csv(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """What the page's filters leave, all of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = ListVersion.objects.select_related("list_source").filter(pk=pk).first()
        if version is None:
            raise Http404
        witness.saw(version)
        name = f"{version.list_source.list_id}-{version.version}-changes"
        return csv_response(name, COLUMNS, csv_rows(_changes(version), wanted_in(request)))


def _changes(version: ListVersion) -> Changes:
    return Changes(version.list_source_id, version.number)
