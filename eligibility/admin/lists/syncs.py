"""Updates of lists: watched while they go on, and decided about where they are held."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from common import load, witness
from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge_column, column, copyable, id_column, link_column, row_url, time_column
from eligibility.admin.lists.files import csv_response
from eligibility.admin.lists.held import decided, ended, held_page
from eligibility.admin.lists.stages import stages_of
from eligibility.admin.lists.words import SYNC_WORDS, counts, require, seconds, size, sync_badge, took, version_link
from eligibility.lists.health import held_updates, version_of
from eligibility.lists.progress import progress_of, what_next
from eligibility.lists.stage import FAULTS_KEPT
from eligibility.models import ListRowFault, ListSync, ListVersion

State = ListSync.State
FAULTS_SHOWN = 25
FAULT_COLUMNS = ("row", "gtin", "why")
ENTRY_WORDS = {"full": "whole list", "delta": "changes"}


@admin.register(ListSync)
class ListSyncAdmin(ReadOnlyAdmin):
    list_display = ("version_text", "list_name", "state_badge", "kind_text", "rows_text", "changes_text", "took_text", "opened")
    list_display_links = ("version_text",)
    list_filter = (word_filter("state", "state", SYNC_WORDS), "list_source")
    list_select_related = ("list_source",)
    list_title = "Updates of lists"
    list_before_template = "admin/eligibility/lists/syncs_head.html"
    change_form_before_template = "admin/eligibility/lists/sync_live.html"
    search_fields = (
        "list_source__list_id__icontains",
        "list_source__name__icontains",
        "public_id__exact",
        "entry__version__exact",
    )
    search_help_text = "List, version, lsy_… id"
    empty_hint = "Nothing was fetched yet. An update opens as soon as a publisher has something new."
    ordering = ("-pk",)
    fields = in_pairs(
        "list_link", "kind_text", "version_number", "file", "opened", "started", "finished", "digest", "decided_by", "decided", "why_text", "id_text",
    )  # fmt: skip
    state_badge = badge_column("state", "state", SYNC_WORDS)
    list_name = column("list_source.name", "list", str)
    list_link = link_column("list_source", "list")
    kind_text = column("entry", "file", lambda entry: ENTRY_WORDS.get(entry.get("kind"), "entered here"), ordering="")
    file = column("manifest", "its path", lambda said: said.get("path") or "–", ordering="")
    digest = column("manifest", "its SHA-256", lambda said: copyable(said.get("sha256", "")), ordering="")
    rows_text = column("rows_total", "rows", lambda count: f"{count:,}")
    opened, started = time_column("created_at", "opened", ordering="id"), time_column("started_at", "begun")
    finished, decided = time_column("finished_at", "ended"), time_column("decided_at", "decided")
    why_text = column("decided_why", "why so", lambda why: why or "–")
    id_text = id_column("public_id")

    @admin.display(description="version")
    def version_text(self, sync: ListSync) -> str:
        return version_of(sync)

    @admin.display(description="changes")
    def changes_text(self, sync: ListSync) -> str:
        return counts(sync.added, sync.changed, sync.removed)

    @admin.display(description="took")
    def took_text(self, sync: ListSync) -> str:
        return took(sync)

    @admin.display(description="version that it became")
    def version_number(self, sync: ListSync) -> SafeString | str:
        if sync.state != State.DONE:
            return "none"
        return version_link(ListVersion.objects.filter(list_source=sync.list_source_id, number=sync.number).first())

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListSync]:
        found: QuerySet[ListSync] = super().get_queryset(request).select_related("list_source", "decided_by")
        return found

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/live/", view(self.live), name="eligibility_listsync_live"),
            path("<int:pk>/held/", view(self.held), name="eligibility_listsync_held"),
            path("<int:pk>/end/", view(require_POST(self.end)), name="eligibility_listsync_end"),
            path("<int:pk>/faults.csv", view(self.faults_csv), name="eligibility_listsync_faults"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"held": held_updates(), **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        sync = self.get_object(request, object_id)
        more = live_context(sync) if sync is not None else {}
        more["may_end"] = bool(sync and sync.is_open and request.user.has_perm("eligibility.change_listsync"))
        response: HttpResponse = super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
        return response

    def live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What changes while it goes on, as a part of its page."""
        sync = self._sync(request, pk)
        response = TemplateResponse(request, "admin/eligibility/lists/_progress.html", live_context(sync))
        response["X-Run-State"] = sync.state
        return response

    def held(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What it would change; a POST with verdict and why decides."""
        sync = self._sync(request, pk)
        context = {**self.admin_site.each_context(request), "title": f"{version_of(sync)} of {sync.list_source.name} is held"}
        if request.method == "POST":
            by = require(request, "change_listsync")
            fault, status, words = decided(
                sync, by=by, verdict=request.POST.get("verdict", ""), why=request.POST.get("why", "").strip()
            )
            if not fault:
                messages.success(request, words)
                return HttpResponseRedirect(row_url("eligibility.ListSync", sync.pk))
            sync = self._sync(request, pk)
            return held_page(request, sync, {**context, "fault": fault}, status=status)
        if sync.state != State.HELD:
            return HttpResponseRedirect(row_url("eligibility.ListSync", sync.pk))
        return held_page(request, sync, context)

    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End one that is under way, with a reason."""
        sync, by = self._sync(request, pk), require(request, "change_listsync")
        fault, words = ended(sync, by=by, why=request.POST.get("why", "").strip())
        if fault:
            messages.error(request, fault)
        else:
            messages.success(request, words)
        return HttpResponseRedirect(row_url("eligibility.ListSync", sync.pk))

    def faults_csv(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        sync = self._sync(request, pk)
        rows = ListRowFault.objects.filter(sync=sync).order_by("number", "pk").values_list("number", "gtin", "why")
        return csv_response(f"rows-not-taken-{sync.public_id}", FAULT_COLUMNS, rows.iterator(chunk_size=2_000))

    def _sync(self, request: HttpRequest, pk: int) -> ListSync:
        if not self.has_view_permission(request):
            raise PermissionDenied
        sync = ListSync.objects.select_related("list_source", "decided_by").filter(pk=pk).first()
        if sync is None:
            raise Http404
        witness.saw(sync)
        return sync


def live_context(sync: ListSync) -> dict[str, Any]:
    now = timezone.now()
    progress = progress_of(sync, now)
    is_moving = sync.state == State.RUNNING
    return {
        "sync": sync, "badge": sync_badge(sync.state), "progress": progress, "is_open": sync.is_open,
        "is_held": sync.state == State.HELD, "next": what_next(sync, now), "held_because": sync.held_because,
        "stands_back": is_moving and load.sales_are_slowing(), "bar": stages_of(sync), "figures": _figures(sync, progress),
        "faults": _faults(sync), "faults_kept": FAULTS_KEPT, "steps": [(step, seconds(step.seconds)) for step in progress.steps],
    }  # fmt: skip


def _figures(sync: ListSync, progress: Any) -> list[tuple[str, str]]:
    told = size if progress.unit == "bytes" else "{:,}".format
    found = [
        ("Come", f"{sync.added:,}"),
        ("Change", f"{sync.changed:,}"),
        ("Leave", f"{sync.removed:,}"),
        ("Stood before", f"{sync.standing:,}"),
    ]
    if sync.is_open and progress.total:
        rate = told(round(progress.rate)) if progress.rate else "–"
        found = [(progress.unit.capitalize(), f"{told(progress.done)} of {told(progress.total)}"), ("A second", rate), *found]
    else:
        found = [("Rows", f"{sync.rows_total:,}"), ("Bytes", size(sync.bytes_total)), *found]
    found += [
        ("Not taken", f"{sync.rows_faulty:,}"),
        ("Said twice", f"{sync.rows_twice:,}"),
        ("Stood back for sales", seconds(sync.waited_s)),
    ]
    return found if sync.is_open else [*found, ("Took", took(sync))]


def _faults(sync: ListSync) -> Related:
    rows = ListRowFault.objects.filter(sync=sync).order_by("number", "pk")[: FAULTS_SHOWN + 1]
    return Related(
        "Rows that were not taken", ("#Row", "GTIN", "Why"),
        rows=[(f"{row.number:,}", row.gtin or "–", row.why) for row in rows[:FAULTS_SHOWN]], empty="Every row that was read could be taken.",
        more_url=reverse("admin:eligibility_listsync_faults", args=[sync.pk]) if rows else "",
    )  # fmt: skip
