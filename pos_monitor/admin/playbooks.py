"""Playbooks: which there are, and the page on which a lead writes one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from common.admin import ReadOnlyAdmin
from common.admin_cells import column, link_column, time_column
from pos_monitor.admin.guard import number_in, require
from pos_monitor.alerts.errors import AlertWorkRefused
from pos_monitor.alerts.services import may_lead
from pos_monitor.care import playbooks
from pos_monitor.models import AlertRule, Playbook


@admin.register(Playbook)
class PlaybookAdmin(ReadOnlyAdmin):
    """What leads wrote, revision by revision; the room's own texts stand on the page of each rule's playbook."""

    list_title = "Playbooks that leads wrote"
    list_before_template = "admin/fleet/_tabs.html"
    list_display = ("slug", "revision", "who", "written")
    list_filter = ("slug",)
    empty_hint = "The platform's own texts are in force. A lead changes one from an incident's page."
    fieldsets = ((None, {"fields": ("slug", "revision", "who", "written", "text")}),)
    who, written = link_column("written_by", "by"), time_column("written_at", "written")
    text = column("body", "text", lambda body: body)

    def get_urls(self) -> list[URLPattern]:
        own = [path("write/<slug:slug>/", self.admin_site.admin_view(self.write), name="pos_monitor_playbook_write")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def write(self, request: HttpRequest, slug: str) -> HttpResponse:
        by = require(request, "view_playbook")
        if not may_lead(by):
            raise PermissionDenied
        rule = AlertRule.objects.filter(slug=slug).first()
        if rule is None and slug not in AlertRule.Kind.values:
            raise Http404
        text = playbooks.text_of(slug) if rule is None else playbooks.playbook_for(rule)
        seen = text.revision if text.slug == slug else 0
        body, fault = request.POST.get("body", text.body), ""
        if request.method == "POST" and "preview" not in request.POST:
            try:
                typed = number_in(request.POST.get("seen_revision", ""))
                playbooks.write(slug=slug, body=body, seen_revision=-1 if typed is None else typed, by=by)
            except AlertWorkRefused as refused:
                fault = str(refused)
            else:
                messages.success(request, "The text is in force.")
                return HttpResponseRedirect(reverse("admin:pos_monitor_playbook_write", args=[slug]))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "title": f"What to do: {rule or slug}", "slug": slug, "body": body, "fault": fault,
            "seen": seen, "preview": playbooks.Text(slug, body).html, "revisions": playbooks.revisions(slug),
        }  # fmt: skip
        return TemplateResponse(request, "admin/fleet/playbook.html", context, status=409 if fault else 200)
