"""The auditor's door: search the trail, see whether it is whole, take it along."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, state_filter
from common.admin_cells import as_json, badge, column, copyable, id_link, time_column
from merchants.models import Merchant
from people.models import User
from portal.audit.selectors import NEWEST, day_range, entries_about, trail_state
from portal.audit.words import what_happened
from vault.audit.export import export_trail
from vault.audit.models import AuditCheck, AuditEntry

EXPORTED = 20_000  # entries that the button takes along; more is the command's
KINDS = {"user": "Person", "api_key": "API key", "page": "Shopper’s page", "system": "The platform", "anonymous": "Nobody known"}
IS_READ = Q(action__endswith=".read") | Q(action__endswith=".listed")


class NewestPaginator(Paginator):  # type: ignore[type-arg]  # has no type arguments when it runs
    """Pages through the newest entries alone: to count millions for a page number helps nobody."""

    @cached_property
    def count(self) -> int:
        entries = cast("QuerySet[Any]", self.object_list)
        return len(entries.values_list("pk", flat=True)[:NEWEST])


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who read or changed personal or money data. To look here is itself on record."""

    list_display = ("when", "who", "what", "merchant_name", "request_text")
    list_display_links = ("when",)
    list_filter = (
        state_filter("kind", "kind of deed", {"reads": ("Reads", lambda: IS_READ), "changes": ("Changes", lambda: ~IS_READ)}),
        state_filter("actor", "who", {kind: (word, lambda kind=kind: Q(actor_kind=kind)) for kind, word in KINDS.items()}),  # type: ignore[misc]
        recent_filter("at", "when", "when"),
    )  # fmt: skip
    list_title = "Audit trail"
    list_before_template = "admin/audit/state.html"
    paginator = NewestPaginator
    search_fields = ("request_id",)  # shows the box; get_search_results answers
    search_help_text = "A whole id (usr_…, key_…, shp_…, cs_…, pay_…, mer_…, req_…), an action such as payment.captured, or days: 2026-11-01..2026-11-30"
    empty_hint = "No entry matches. Ids and actions must be whole; the newest 2,000 matches are shown, so narrow a long search by its days."
    ordering = ("-pk",)
    sortable_by = ()
    when = time_column("at", "when")
    details_text = column("details", "details", as_json)
    subject_link = column("subject_id", "about", id_link)
    place = column("sequence", "place in its chain", str)
    fieldsets = (
        (None, {"fields": in_pairs("sentence", "when", "who", "merchant_name", "subject", "subject_link", "person_text", "address", "reason", "request_text")}),
        ("What exactly", {"fields": ("action", "fields_text", "details_text")}),
        ("Seal", {"classes": ("collapse",), "fields": (("chain", "place"), "key", "previous_text", "seal_text")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries.annotate(
            merchant_called=Subquery(Merchant.objects.filter(pk=OuterRef("merchant_id")).values("name")[:1]),
            actor_called=Subquery(User.objects.filter(public_id=OuterRef("actor_id")).values("username")[:1]),
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        words = search_term.strip()
        first, dots, last = words.partition("..")
        if dots and (days := day_range(first, last)):
            return queryset.filter(at__gte=days[0], at__lt=days[1]), False
        return (entries_about(queryset, words) if words else queryset), False

    @admin.display(description="who")
    def who(self, entry: AuditEntry) -> SafeString:
        name = getattr(entry, "actor_called", None) or entry.actor_id or KINDS.get(entry.actor_kind, entry.actor_kind)
        return format_html(
            "{} {}", name, badge(entry.actor_role.replace(",", ", ") or KINDS.get(entry.actor_kind, entry.actor_kind))
        )

    @admin.display(description="what")
    def what(self, entry: AuditEntry) -> str:
        return what_happened(entry) + (f" — {entry.reason}" if entry.reason else "")

    @admin.display(description="what")
    def sentence(self, entry: AuditEntry) -> str:
        return what_happened(entry)

    @admin.display(description="merchant")
    def merchant_name(self, entry: AuditEntry) -> str:
        return getattr(entry, "merchant_called", None) or ""

    @admin.display(description="request")
    def request_text(self, entry: AuditEntry) -> SafeString:
        return copyable(entry.request_id) if entry.request_id else SafeString("")

    @admin.display(description="person")
    def person_text(self, entry: AuditEntry) -> SafeString:
        return id_link(entry.person_id) if entry.person_id else SafeString("")

    @admin.display(description="fields")
    def fields_text(self, entry: AuditEntry) -> str:
        return ", ".join(entry.fields)

    @admin.display(description="seal of the entry before it")
    def previous_text(self, entry: AuditEntry) -> str:
        return bytes(entry.previous).hex() or "none: it is its chain’s first"

    @admin.display(description="seal")
    def seal_text(self, entry: AuditEntry) -> str:
        return bytes(entry.seal).hex()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**trail_state(), "shown_at_most": NEWEST, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        own = [path("export/", self.admin_site.admin_view(self.export), name="vault_auditentry_export")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def export(self, request: HttpRequest) -> HttpResponse:
        """Some days of the trail as a ZIP."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        days = day_range(request.POST.get("from", ""), request.POST.get("to", ""))
        written = request.POST.get("merchant", "").strip()
        merchant = Merchant.objects.filter(public_id=written).first()
        if days is None or (written and merchant is None):
            messages.error(
                request,
                "Nothing was exported: choose two days, the first before the last, and a merchant’s whole mer_… id or none.",
            )
            return redirect(reverse("admin:vault_auditentry_changelist"))
        with tempfile.TemporaryDirectory() as folder:
            manifest = export_trail(
                folder=Path(folder), first=days[0], last=days[1], merchant_id=merchant.pk if merchant else None,
                merchant=written, limit=EXPORTED,
            )  # fmt: skip
            content = _zipped(Path(folder))
        response = HttpResponse(content, content_type="application/zip")
        name = f"audit-{manifest['from'][:10]}-{manifest['to'][:10]}"
        response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
        return response


def _zipped(folder: Path) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return target.getvalue()


@admin.register(AuditCheck)
class AuditCheckAdmin(ReadOnlyAdmin):
    """What each reading back of the whole trail found."""

    list_display = ("started", "state", "entries", "anchors", "notice_count")
    list_title = "Checks of the trail"
    empty_hint = "Not checked yet: it is each night, and by manage.py verify_audit."
    ordering = ("-pk",)
    fields = (*in_pairs("started", "finished", "state", "entries", "anchors"), "fault_lines", "notice_lines")
    started = time_column("started_at", "started")
    finished = time_column("finished_at", "finished")

    @admin.display(description="state")
    def state(self, check: AuditCheck) -> SafeString:
        return badge(f"{check.fault_count:,} faults", "fault") if check.fault_count else badge("Whole", "good")

    @admin.display(description="notices")
    def notice_count(self, check: AuditCheck) -> int:
        return len(check.notices)

    @admin.display(description="faults, the first hundred")
    def fault_lines(self, check: AuditCheck) -> str:
        return "\n".join(check.faults) or "None."

    @admin.display(description="notices")
    def notice_lines(self, check: AuditCheck) -> str:
        return "\n".join(check.notices) or "None."
