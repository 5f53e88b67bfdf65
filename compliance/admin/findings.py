"""Findings in the admin: auditors write and verify, risk and owners remediate."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from common.admin import PlatformAdmin, Related, in_pairs, state_filter, word_filter
from common.admin_cells import badge, badge_column, column, id_column, link, row_url, time_column, when
from compliance.admin.buttons import button
from compliance.admin.forms import ImportForm, NewFindingForm, StepForm
from compliance.csv_files import COLUMNS, findings_csv, import_findings
from compliance.errors import ComplianceRefused
from compliance.models import Evidence, Finding
from compliance.selectors import overdue, unsettled
from compliance.services.evidence import add_evidence
from compliance.services.findings import assign, open_finding, take_step
from people.models import User
from people.roles import AUDITOR, RISK, has_role
from vault.audit.services import record

SEVERITY_WORDS = {
    "critical": ("Critical", "fault"),
    "high": ("High", "fault"),
    "medium": ("Medium", "warn"),
    "low": ("Low", "info"),
    "note": ("Note", "silent"),
}
STATE_WORDS = {
    "open": ("Open", "fault"), "in_progress": ("In progress", "warn"), "remediated": ("Remediated", "info"), "verified": ("Verified", "good"),
    "closed": ("Closed", "silent"), "accepted_risk": ("Risk accepted", "warn"),
}  # fmt: skip


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@admin.register(Finding)
class FindingAdmin(PlatformAdmin):
    form = StepForm
    list_display = ("title", "control", "severity_badge", "state_badge", "owner_name", "due")
    list_filter = (
        state_filter("due", "due", {"overdue": ("Overdue", overdue), "unsettled": ("Not settled", unsettled)}),
        word_filter("state", "state", STATE_WORDS), word_filter("severity", "severity", SEVERITY_WORDS), "framework",
    )  # fmt: skip
    list_select_related = ("owner",)
    search_fields = (
        "title__icontains",
        "public_id__exact",
        "external_id__exact",
        "control_id__iexact",
        "owner__username__icontains",
    )
    search_help_text = "Title, control, fnd_… id, the auditor’s own id, owner"
    empty_hint = "No finding: auditors write them here, or bring a list as CSV."
    ordering = ("due_on", "pk")
    actions_list = ("export_csv", "import_csv")
    severity_badge = badge_column("severity", "severity", SEVERITY_WORDS)
    state_badge = badge_column("state", "state", STATE_WORDS)
    id_text = id_column("public_id")
    created = time_column("created_at", "written")
    owner_name = column("owner", "owner", lambda user: str(user) if user else "nobody")
    facts = in_pairs(
        "title",
        "severity_badge",
        "framework",
        "control_id",
        "state_badge",
        "due",
        "owner_name",
        "accepted_by",
        "id_text",
        "created",
    )
    readonly_fields = (
        "title",
        "severity_badge",
        "framework",
        "control_id",
        "state_badge",
        "due",
        "owner_name",
        "accepted_by",
        "id_text",
        "created",
        "description",
    )

    @admin.display(description="control", ordering="framework")
    def control(self, finding: Finding) -> str:
        return f"{finding.framework} {finding.control_id}".strip()

    @admin.display(description="due", ordering="due_on")
    def due(self, finding: Finding) -> SafeString:
        day = f"{finding.due_on:%Y-%m-%d}"
        return badge(f"Overdue since {day}", "fault") if finding.is_overdue else badge(day, "silent")

    @admin.display(description="risk accepted by")
    def accepted_by(self, finding: Finding) -> str:
        return str(finding.approver) if finding.approver else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Finding]:
        """Who is neither auditor nor risk sees the findings that are theirs to settle."""
        found: QuerySet[Finding] = super().get_queryset(request)
        return found if self._sees_all(request) else found.filter(owner=person(request))

    def _sees_all(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("compliance.view_finding"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Finding | None = None) -> bool:
        return self._sees_all(request) or (request.user.is_staff and (obj is None or obj.owner_id == request.user.pk))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return has_role(person(request), AUDITOR)

    def has_change_permission(self, request: HttpRequest, obj: Finding | None = None) -> bool:
        return has_role(person(request), AUDITOR, RISK) or (obj is not None and obj.owner_id == request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_role(person(request), AUDITOR)

    def has_export_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._sees_all(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Finding | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Finding | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("title", ("framework", "control_id"), ("severity", "due_on"), "owner", "description")}),)
        told = ((None, {"fields": self.facts}), ("What was found", {"fields": ("description",)}))
        if not self.has_change_permission(request, obj):
            return told
        assigning = (
            (("Whose, until when", {"fields": (("new_owner", "new_due_on"),)}),)
            if has_role(person(request), AUDITOR, RISK)
            else ()
        )
        return (*told, ("Go on", {"fields": ("step", "note")}), *assigning, ("Evidence", {"fields": (("link", "file"),)}))

    def get_form(self, request: HttpRequest, obj: Finding | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return super().get_form(request, obj, change, **{**kwargs, "form": NewFindingForm})
        return type("StepForm", (super().get_form(request, obj, change, **kwargs),), {"user": request.user})

    def save_model(self, request: HttpRequest, obj: Finding, form: Any, change: bool) -> None:
        """Everything that the form asks for, or nothing."""
        given, who = form.cleaned_data, person(request)
        request.refusal = ""  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                if change:
                    self._go_on(obj, given, who)
                else:
                    made = open_finding(by=who, **{name: given[name] for name in NewFindingForm.Meta.fields})
                    obj.pk, obj.public_id = made.pk, made.public_id
        except ComplianceRefused as refused:
            request.refusal = str(refused)  # type: ignore[attr-defined]

    def _go_on(self, finding: Finding, given: dict[str, Any], who: User) -> None:
        if given.get("new_due_on"):
            assign(finding=finding, by=who, owner=given.get("new_owner"), due_on=given["new_due_on"])
        if given.get("link"):
            add_evidence(by=who, finding=finding, url=given["link"])
        if file := given.get("file"):
            add_evidence(by=who, finding=finding, name=file.name, content=file.read(5_000_001))
        if given.get("step"):
            take_step(finding=finding, step=given["step"], by=who, note=given["note"])
        elif given.get("note"):
            raise ComplianceRefused("A note belongs to a step: choose which.")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is none."""

    def response_change(self, request: HttpRequest, obj: Finding) -> HttpResponse:
        refusal = request.refusal  # type: ignore[attr-defined]
        if refusal:
            messages.error(request, f"Nothing was changed. {refusal}")
        else:
            messages.success(request, f"Kept: {obj}.")
        return HttpResponseRedirect(row_url("compliance.Finding", obj.pk))

    def response_add(self, request: HttpRequest, obj: Finding, post_url_continue: str | None = None) -> HttpResponse:
        if refusal := request.refusal:  # type: ignore[attr-defined]
            messages.error(request, f"Nothing was written. {refusal}")
            return HttpResponseRedirect(reverse("admin:compliance_finding_changelist"))
        return self.response_change(request, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The finding's own history and the audit trail tell more."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As above."""

    def related(self, request: HttpRequest, row: Finding) -> list[Related]:
        return [
            Related(
                "Evidence", ("What", "Kind", "#Size", "SHA-256", "Added by", "When"), empty="None yet.",
                rows=[(_evidence_link(e), e.content_type or "link", f"{e.size_bytes:,} B" if e.size_bytes else "", e.sha256[:16], e.added_by or "", when(e.added_at))
                      for e in row.evidence.defer("content").select_related("added_by")],
            ),
            Related(
                "History", ("When", "Who", "Step", "State", "Note"),
                rows=[(when(e.at), e.actor or "the platform", e.step.replace("_", " "), badge(*STATE_WORDS[e.to_state]), e.note)
                      for e in row.events.select_related("actor")],
            ),
        ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = [
            path("import/", guard(self.import_view), name="compliance_finding_import"),
            path("evidence/<str:public_id>/", guard(self.evidence_view), name="compliance_evidence_file"),
        ]
        return [*own, *super().get_urls()]

    @button(description="Export CSV", url_path="export-csv", permissions=["export"])
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        record(action="finding.exported", subject="compliance.Finding", subject_id="all")
        found = Finding.objects.select_related("owner", "approver").order_by("pk")
        return HttpResponse(
            findings_csv(found),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="findings.csv"'},
        )

    @button(description="Import CSV", url_path="import-csv", permissions=["import"])
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:compliance_finding_import"))

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                new, known = import_findings(content=form.cleaned_data["file"].read(1_000_001), by=person(request))
            except ComplianceRefused as refused:
                form.add_error("file", str(refused))
            else:
                messages.success(request, f"{new} new, {known} known already.")
                return HttpResponseRedirect(reverse("admin:compliance_finding_changelist"))
        context = {
            **self.admin_site.each_context(request), "title": "Import findings", "form": form, "button": "Import",
            "lead": f"One finding a row; all rows or none are taken. Headings: {', '.join(COLUMNS)}. A row whose external_id is known is left alone.",
        }  # fmt: skip
        return TemplateResponse(request, "admin/form.html", context)

    def evidence_view(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """A file, always as a download: whatever it is, the browser runs nothing of it in our name."""
        found = Evidence.objects.filter(public_id=public_id).exclude(content=None).select_related("finding").first()
        if found is None or not (self._sees_all(request) or (found.finding and found.finding.owner_id == request.user.pk)):
            raise Http404
        record(action="evidence.read", subject="compliance.Evidence", subject_id=found.public_id)
        return HttpResponse(
            bytes(found.content or b""), content_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{found.name.encode("ascii", "replace").decode().replace("?", "_")}"',
                     "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store"},
        )  # fmt: skip


def _evidence_link(evidence: Evidence) -> SafeString:
    if evidence.url:
        return link(evidence.url, evidence.url)
    return link(reverse("admin:compliance_evidence_file", args=[evidence.public_id]), evidence.name)
