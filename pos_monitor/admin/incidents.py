"""Incidents in the admin: the inbox in place of the list, and each one's page."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from common import witness
from common.admin import ReadOnlyAdmin
from people.models import User
from pos_monitor.admin import inbox
from pos_monitor.admin.guard import back, numbers_in, only_looks, require
from pos_monitor.admin.incident_page import page_context
from pos_monitor.alerts import services
from pos_monitor.alerts.errors import AlertWorkRefused
from pos_monitor.alerts.selectors import Filters
from pos_monitor.models import Incident

INBOX: Final = "admin:pos_monitor_incident_changelist"


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_title = "Inbox"
    search_fields = ("public_id__exact", "title")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("changes/", view(require_GET(self.changes)), name="pos_monitor_incident_changes"),
            path("do/<slug:verb>/", view(require_POST(self.do)), name="pos_monitor_incident_do"),
            path("<int:pk>/live/", view(require_GET(self.live)), name="pos_monitor_incident_live"),
            path("<int:pk>/note/", view(require_POST(self.note)), name="pos_monitor_incident_note"),
            path("<int:pk>/reopen/", view(require_POST(self.reopen)), name="pos_monitor_incident_reopen"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        by = require(request, "view_incident")
        self._name_list(request)
        context = inbox.page_context(request, Filters.of(request.GET), by)
        witness.saw_list(Incident, count=len(context["rows"]), filters=request.GET.dict())
        return TemplateResponse(request, "admin/fleet/inbox.html", {**self.admin_site.each_context(request), **context})

    def changes(self, request: HttpRequest) -> HttpResponse:
        """What is another since the inbox was drawn."""
        return inbox.changes(request, Filters.of(request.GET), require(request, "view_incident"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(request, "view_incident")
        only_looks(request)
        incident = self.get_object(request, object_id)
        if incident is None:
            raise Http404
        return self._page(request, incident)

    def live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The parts of an incident's page that change."""
        by = require(request, "view_incident")
        return TemplateResponse(request, "admin/fleet/_incident_live.html", page_context(self._incident(pk), by, is_whole=False))

    def do(self, request: HttpRequest, verb: str) -> HttpResponse:
        """One deed to one incident or many; a program on the page hears it as JSON."""
        by = require(request, "change_incident")
        if verb not in inbox.DEEDS:
            raise Http404
        chosen = numbers_in(request.POST.getlist("incident"))
        status, words = 200, ""
        try:
            words = inbox.said(verb, inbox.DEEDS[verb][1](chosen, by, request.POST.dict()), len(chosen))
        except AlertWorkRefused as refused:
            status, words = 409, str(refused)
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"message": words}, status=status)
        messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, words)
        return HttpResponseRedirect(back(request, reverse(INBOX)))

    def note(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = require(request, "change_incident")
        return self._single(request, pk, "Written down.", lambda: services.note(pk, by=by, text=request.POST.get("text", "")))

    def reopen(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = require(request, "change_incident")
        reason = request.POST.get("reason", "")
        return self._single(
            request, pk, "The incident is open again, and yours.", lambda: services.reopen(pk, by=by, reason=reason)
        )

    def _single(self, request: HttpRequest, pk: int, done: str, deed: Any) -> HttpResponse:
        incident = self._incident(pk)
        try:
            deed()
        except AlertWorkRefused as refused:
            return self._page(request, incident, str(refused), status=409)
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:pos_monitor_incident_change", args=[pk]))

    def _page(self, request: HttpRequest, incident: Incident, fault: str = "", status: int = 200) -> HttpResponse:
        assert isinstance(request.user, User)
        witness.saw(incident)
        self._name_list(request)
        context = {**self.admin_site.each_context(request), **page_context(incident, request.user), "fault": fault}
        context["typed"] = request.POST.dict() if fault else {}
        return TemplateResponse(request, "admin/fleet/incident.html", context, status=status)

    def _incident(self, pk: int) -> Incident:
        incident = Incident.objects.select_related("rule", "owner", "merchant", "merged_into").filter(pk=pk).first()
        if incident is None:
            raise Http404
        return incident
