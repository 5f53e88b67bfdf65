"""Restore drills, and the evidence file."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge, badge_column, column, id_column, link, time_column, when
from compliance.admin.buttons import button
from compliance.admin.findings import person
from compliance.admin.forms import DrillForm, ExportForm, quarter_until_today
from compliance.errors import ComplianceRefused
from compliance.evidence.export import export_evidence
from compliance.models import RestoreDrill
from compliance.services.drills import record_drill
from people.roles import AUDITOR, RISK, has_role

RESULT_WORDS = {"passed": ("Passed", "good"), "failed": ("Failed", "fault")}
SPOOL_BYTES = 10_000_000  # a larger file waits on disk, not in memory


@admin.register(RestoreDrill)
class RestoreDrillAdmin(ReadOnlyAdmin):
    list_display = ("started", "backup", "result_badge", "took", "performed_by", "method")
    list_filter = (word_filter("result", "result", RESULT_WORDS), "method")
    list_title = "Restore drills"
    search_fields = ("public_id__exact", "backup__icontains", "performed_by__icontains")
    search_help_text = "drl_… id, backup, who"
    empty_hint = "No drill yet: run “manage.py restore_drill”, or record one that was made elsewhere."
    ordering = ("-started_at",)
    actions_list = ("record", "export")
    result_badge = badge_column("result", "result", RESULT_WORDS)
    started = time_column("started_at", "started")
    id_text = id_column("public_id")
    took = column(
        "duration_s", "took", lambda seconds: f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    )
    fieldsets = (
        (None, {"fields": (*in_pairs("started", "result_badge", "took", "performed_by", "method", "id_text"), "backup", "note")}),
    )

    def has_record_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(person(request), AUDITOR, RISK)

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(person(request), AUDITOR)

    def related(self, request: HttpRequest, row: RestoreDrill) -> list[Related]:
        return [
            Related(
                "Checks", ("Check", "Result", "What it said"), empty="Recorded by hand, without single checks.",
                rows=[(c["name"], badge(*RESULT_WORDS["passed" if c["passed"] else "failed"]), c["detail"]) for c in row.checks],
            ),
            Related(
                "Evidence", ("What", "SHA-256", "When"), empty="None.",
                rows=[(_shown(e), e.sha256[:16], when(e.added_at)) for e in row.evidence.defer("content")],
            ),
        ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = [
            path("record/", guard(self.record_view), name="compliance_drill_form"),
            path("evidence-file/", guard(self.export_view), name="compliance_evidence_export"),
        ]
        return [*own, *super().get_urls()]

    @button(description="Record a drill", url_path="record-drill", permissions=["record"])
    def record(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:compliance_drill_form"))

    @button(description="Export evidence", url_path="export-evidence", permissions=["export"])
    def export(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:compliance_evidence_export"))

    def record_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_record_permission(request):
            raise PermissionDenied
        form = DrillForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                record_drill(
                    started_at=given["started_at"], duration_s=given["duration_minutes"] * 60, backup=given["backup"], note=given["note"],
                    passed=given["result"] == "passed", performed_by=person(request).public_id, method="by hand",
                )  # fmt: skip
            except ComplianceRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, "The drill is recorded.")
                return HttpResponseRedirect(reverse("admin:compliance_restoredrill_changelist"))
        return self._form(
            request,
            form,
            "Record a restore drill",
            "What was proven elsewhere, such as from a provider’s snapshot. It cannot be changed later.",
            "Record",
        )

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = ExportForm(request.POST or None, initial=quarter_until_today())
        if request.method != "POST" or not form.is_valid():
            lead = "One ZIP with JSON, CSV and their schemas: access, changes, keys, findings, drills, sign-ins. The export itself is written into the audit trail."
            return self._form(request, form, "Export evidence", lead, "Export")
        since, until = form.period()
        file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115  # the response closes it
        export_evidence(since=since, until=until, to=file, with_emails=form.cleaned_data["with_emails"])
        file.seek(0)
        name = f"evidence-{form.cleaned_data['since']}-{form.cleaned_data['until']}.zip"
        return FileResponse(file, as_attachment=True, filename=name, headers={"Cache-Control": "private, no-store"})

    def _form(self, request: HttpRequest, form: Any, title: str, lead: str, button: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "lead": lead,
            "button": button,
        }
        return TemplateResponse(request, "admin/form.html", context)


def _shown(evidence: Any) -> SafeString:
    return link(evidence.url or reverse("admin:compliance_evidence_file", args=[evidence.public_id]), evidence)
