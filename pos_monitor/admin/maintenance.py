"""Maintenance windows: planned, ended, and what they cover."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from common.admin import ReadOnlyAdmin
from common.admin_cells import badge, link_column, time_column
from merchants.models import Merchant
from pos_monitor.admin.guard import require, until_in
from pos_monitor.alerts import windows
from pos_monitor.alerts.errors import AlertWorkRefused, Unsaid
from pos_monitor.models import Maintenance, Store, Terminal, TerminalGroup

LIST = "admin:pos_monitor_maintenance_changelist"


@admin.register(Maintenance)
class MaintenanceAdmin(ReadOnlyAdmin):
    list_title = "Maintenance windows"
    list_before_template = "admin/fleet/maintenance_head.html"
    change_form_before_template = "admin/fleet/maintenance_end.html"
    list_display = ("reason", "state", "covers", "starts", "ends", "who")
    list_select_related = ("merchant", "store", "group", "terminal", "created_by")
    search_fields = ("reason", "public_id__exact")
    empty_hint = (
        "No window is planned. Plan one before a store is rebuilt or a router swapped: alerts are noted then, and trouble nobody."
    )
    ordering = ("-starts_at",)
    fieldsets = ((None, {"fields": ("reason", "covers", "starts", "ends", "who")}),)
    starts, ends = time_column("starts_at", "starts"), time_column("ends_at", "ends")
    who = link_column("created_by", "planned by")

    @admin.display(description="state")
    def state(self, row: Maintenance) -> Any:
        now = timezone.now()
        if row.ends_at <= now:
            return badge("Over", "silent")
        return badge("In force", "warn") if row.starts_at <= now else badge("Planned", "info")

    @admin.display(description="covers")
    def covers(self, row: Maintenance) -> str:
        return windows.covers(row)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("plan/", view(self.plan), name="pos_monitor_maintenance_plan"),
            path("<int:pk>/end/", view(require_POST(self.end)), name="pos_monitor_maintenance_end"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        window = self.get_object(request, object_id)
        may_end = bool(window and window.ends_at > timezone.now() and request.user.has_perm("pos_monitor.change_maintenance"))
        response: HttpResponse = super().change_view(request, object_id, form_url, {"may_end": may_end, **(extra_context or {})})
        return response

    def plan(self, request: HttpRequest) -> HttpResponse:
        by = require(request, "add_maintenance")
        fault = ""
        if request.method == "POST":
            try:
                windows.create(by=by, **self._typed(request))
            except AlertWorkRefused as refused:
                fault = str(refused)
            else:
                messages.success(request, "The window is planned. Alerts within it are noted and trouble nobody.")
                return HttpResponseRedirect(reverse(LIST))
        context = {
            **self.admin_site.each_context(request), "title": "Plan a maintenance window", "fault": fault, "typed": request.POST,
            "merchants": Merchant.objects.filter(terminals__isnull=False).distinct().order_by("name"),
            "groups": TerminalGroup.objects.order_by("name"), "now": timezone.now(), "terminal": request.GET.get("terminal", ""),
            "store": request.GET.get("store", ""),
        }  # fmt: skip
        return TemplateResponse(request, "admin/fleet/maintenance.html", context, status=400 if fault else 200)

    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = require(request, "change_maintenance")
        window = Maintenance.objects.filter(pk=pk).first()
        if window is None:
            raise Http404
        try:
            windows.end(window, by=by)
        except AlertWorkRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The window is over. What is still broken is told now.")
        return HttpResponseRedirect(reverse(LIST))

    def _typed(self, request: HttpRequest) -> dict[str, Any]:
        """What `windows.create` takes; Unsaid where a form's words name nothing that is there."""
        form, what, which = request.POST, request.POST.get("what", ""), request.POST.get("which", "").strip()
        starts_at, ends_at = until_in(form.get("starts_at", "")) or timezone.now(), until_in(form.get("ends_at", ""))
        if ends_at is None:
            raise Unsaid("Say when it ends.")
        found: Any = {
            "terminal": Terminal.objects.filter(public_id=which).first() or Terminal.objects.filter(serial=which).first(),
            "store": Store.objects.filter(public_id=which).first(), "group": TerminalGroup.objects.filter(public_id=form.get("group", "")).first(),
            "merchant": Merchant.objects.filter(public_id=form.get("merchant", "")).first(),
        }.get(what)  # fmt: skip
        if what != "all" and found is None:
            raise Unsaid("Say for which terminal (serial or term_…), store (sto_…), group or merchant it is.")
        scope = {"is_for_all": True} if what == "all" else {what: found}
        return {"starts_at": starts_at, "ends_at": ends_at, "reason": form.get("reason", ""), **scope}
