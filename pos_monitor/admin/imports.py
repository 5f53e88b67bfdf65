"""Bringing in a list of terminals: the file, a look at what it would do, then its progress."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from common import witness
from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge, badge_column, column, id_link, link_column, row_url, time_column
from merchants.models import Merchant
from people.models import User
from pos_monitor.admin.words import IMPORT_WORDS
from pos_monitor.estate.errors import ImportOver, ImportUnreadable
from pos_monitor.estate.importing import cancel_import, create_import, start_import
from pos_monitor.estate.importing.rows import HEADINGS
from pos_monitor.models import TerminalImport, TerminalImportChunk

State = TerminalImport.State
OUTCOME_WORDS: Final = {
    "added": ("Added", "good"),
    "changed": ("Changed", "info"),
    "same": ("As it was", "silent"),
    "error": ("Not taken", "fault"),
}
LOOK_WORDS: Final = {
    **OUTCOME_WORDS,
    "added": ("Would be added", "good"),
    "changed": ("Would change", "info"),
    "error": ("Cannot be taken", "fault"),
}
DEEDS: Final = {"start": start_import, "cancel": cancel_import}
SHOWN_ROWS: Final = 100
MOST_BYTES: Final = 10_000_000


@admin.register(TerminalImport)
class TerminalImportAdmin(ReadOnlyAdmin):
    list_display = ("file", "state_badge", "merchant", "rows_number", "counts_words", "created_by", "since")
    list_filter = (word_filter("state", "state", IMPORT_WORDS),)
    list_select_related = ("merchant", "created_by")
    list_title = "Lists of terminals"
    list_before_template = "admin/fleet/imports/list_head.html"
    change_form_before_template = "admin/fleet/imports/head.html"
    search_fields = ("filename__icontains", "public_id__exact")
    search_help_text = "File, tim_… id"
    empty_hint = "No list yet. Bring one in above: nothing happens before you have seen what it would do."
    ordering = ("-pk",)
    fieldsets = (("The file", {"fields": in_pairs("public_id", "file", "merchant", "created_by", "since", "ended", "columns_words", "rows_number")}),)  # fmt: skip
    file = column("filename", "file", lambda name: name or "–")
    state_badge = badge_column("state", "state", IMPORT_WORDS)
    rows_number = column("rows_total", "rows", lambda count: f"{count:,}")
    counts_words = column(
        "counts", "came out as", lambda counts: ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items())) or "–"
    )
    columns_words = column("columns", "its columns", ", ".join)
    merchant = link_column("merchant", "merchant")
    created_by = link_column("created_by", "by")
    since, ended = time_column("created_at", "brought in"), time_column("finished_at", "ended")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("bring/", view(self.bring), name="pos_monitor_terminalimport_bring"),
            path("<int:pk>/do/<slug:name>/", view(self.do), name="pos_monitor_terminalimport_do"),
            path("<int:pk>/now/", view(self.now), name="pos_monitor_terminalimport_now"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        source = self.get_object(request, object_id)
        more = (
            {} if source is None else {**_now(source), "source": source, "may": request.user.has_perm("pos_monitor.add_terminal")}
        )
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def related(self, request: HttpRequest, row: TerminalImport) -> list[Related]:
        """Rows that people must look at first: what could not be taken, then the rest, each by its number."""
        words = LOOK_WORDS if row.state == State.PREVIEWED else OUTCOME_WORDS
        found = list(_rows(row))
        found.sort(key=lambda one: one[1][0] != "error")
        more = (
            f" (the first {SHOWN_ROWS} of {len(found):,}, those that cannot be taken before the others)"
            if len(found) > SHOWN_ROWS
            else ""
        )
        return [
            Related(
                f"Rows{more}", ("#Row", "Serial number", "Model", "Comes out as", "Terminal", "Words"), empty="None has been worked through yet.",
                rows=[
                    (number, cells.get("serial", ""), cells.get("model", ""), badge(*words[what]), id_link(public_id) if public_id else "–", said or "–")
                    for number, (what, public_id, said), cells in found[:SHOWN_ROWS]
                ],
            )
        ]  # fmt: skip

    def bring(self, request: HttpRequest) -> HttpResponse:
        """The form for a file, and what is wrong with it as a whole."""
        if not request.user.has_perm("pos_monitor.add_terminal") or not isinstance(request.user, User):
            raise PermissionDenied
        fault, said = "", request.POST.get("merchant", "").strip()
        if request.method == "POST":
            file = request.FILES.get("file")
            merchant = Merchant.objects.filter(public_id=said).first() if said else None
            if file is None:
                fault = "Choose a file."
            elif file.file is None or file.size is None or file.size > MOST_BYTES:
                fault = "The file has more than 10 MB: divide it."
            elif said and merchant is None:
                fault = f"There is no merchant “{said[:40]}”: choose one from the list."
            else:
                try:
                    made = create_import(file=file.file, filename=file.name or "", merchant=merchant, by=request.user)
                    return HttpResponseRedirect(row_url("pos_monitor.TerminalImport", made.pk))
                except ImportUnreadable as refused:
                    fault = refused.message
        page = {
            **self.admin_site.each_context(request), "title": "Bring in a list of terminals", "fault": fault, "said": said,
            "merchants": Merchant.objects.values_list("public_id", "name"), "headings": list(HEADINGS),
        }  # fmt: skip
        return TemplateResponse(request, "admin/fleet/imports/bring.html", page, status=422 if fault else 200)

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        if not request.user.has_perm("pos_monitor.add_terminal"):
            raise PermissionDenied
        source, do = get_object_or_404(TerminalImport, pk=pk), DEEDS.get(name)
        if do is None:
            raise Http404
        if request.method == "POST":
            try:
                do(source=source)
            except ImportOver as refused:
                messages.error(request, refused.message)
        return HttpResponseRedirect(row_url("pos_monitor.TerminalImport", pk))

    def now(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is, for the page to follow."""
        if not request.user.has_perm("pos_monitor.view_terminalimport"):
            raise PermissionDenied
        source = get_object_or_404(TerminalImport, pk=pk)
        witness.saw(source)
        return JsonResponse(_now(source))


def _now(source: TerminalImport) -> dict[str, Any]:
    percent = 100 * source.rows_done // max(1, source.rows_total)
    return {
        "is_open": source.state == State.RUNNING, "percent": percent,
        "words": f"{source.rows_done:,} of {source.rows_total:,} rows",
    }  # fmt: skip


def _rows(source: TerminalImport) -> Any:
    """(number, outcome, cells) of each row that has an outcome."""
    is_look = source.state == State.PREVIEWED
    for chunk in TerminalImportChunk.objects.filter(source=source):
        for at, (cells, outcome) in enumerate(zip(chunk.rows, (chunk.preview if is_look else chunk.results) or [], strict=False)):
            yield chunk.first_row + at, outcome, cells
