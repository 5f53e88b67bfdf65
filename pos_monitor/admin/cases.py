"""Cases with merchants: their list, the page of one, and opening one."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from common import witness
from common.admin import ReadOnlyAdmin, word_filter
from common.admin_cells import badge_column, link_column, time_column
from merchants.models import Merchant
from pos_monitor.admin.guard import number_in, only_looks, require
from pos_monitor.alerts.errors import AlertWorkRefused, Unsaid
from pos_monitor.alerts.services import may_work
from pos_monitor.care import cases
from pos_monitor.models import Alert, CaseEntry, Incident, SupportCase, Terminal

STATES: Final = {"open": ("Open", "fault"), "waiting": ("Waits for the merchant", "warn"), "closed": ("Closed", "silent")}
KINDS: Final = [(kind.value, kind.label) for kind in cases.WRITTEN]


@admin.register(SupportCase)
class SupportCaseAdmin(ReadOnlyAdmin):
    list_title = "Cases with merchants"
    list_before_template = "admin/fleet/_tabs.html"
    list_display = ("public_id", "state_badge", "merchant_link", "owner_link", "changed", "incident_link")
    list_filter = (word_filter("state", "state", STATES),)
    list_select_related = ("merchant", "owner", "incident")
    search_fields = ("public_id__exact", "merchant__name")
    ordering = ("-changed_at",)
    empty_hint = "No case yet. Open one from an incident's page when a merchant must do something, or should know more than the notice said."
    state_badge = badge_column("state", "state", STATES)
    merchant_link, owner_link, incident_link = (
        link_column("merchant", "merchant"),
        link_column("owner", "who has it"),
        link_column("incident", "incident"),
    )
    changed = time_column("changed_at", "last changed")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("open/", view(self.open), name="pos_monitor_supportcase_open"),
            path("<int:pk>/write/", view(require_POST(self.write)), name="pos_monitor_supportcase_write"),
            path("<int:pk>/state/", view(require_POST(self.state)), name="pos_monitor_supportcase_state"),
            path("<int:pk>/take/", view(require_POST(self.take)), name="pos_monitor_supportcase_take"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(request, "view_supportcase")
        only_looks(request)
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        return self._page(request, case)

    def open(self, request: HttpRequest) -> HttpResponse:
        """Of an incident: with one merchant's terminals that it hits."""
        by = require(request, "change_incident")
        incident = Incident.objects.filter(pk=number_in(request.GET.get("incident", "")) or 0).first()
        merchants = self._merchants(incident)
        fault = ""
        if request.method == "POST":
            try:
                merchant = next((one for one in merchants if one.public_id == request.POST.get("merchant")), None)
                if merchant is None:
                    raise Unsaid("Choose the merchant.")
                hit = Alert.objects.filter(incident=incident, terminal__merchant=merchant) if incident else Alert.objects.none()
                terminals = list(hit.values_list("terminal_id", flat=True).distinct()[:500])
                case = cases.open_case(
                    merchant=merchant, subject=request.POST.get("subject", ""), by=by, incident=incident, terminals=terminals
                )
            except AlertWorkRefused as refused:
                fault = str(refused)
            else:
                return HttpResponseRedirect(reverse("admin:pos_monitor_supportcase_change", args=[case.pk]))
        context = {
            **self.admin_site.each_context(request), "title": "Open a case", "incident": incident, "merchants": merchants, "fault": fault,
            "subject": request.POST.get("subject", incident.title if incident else ""), "chosen": request.POST.get("merchant", ""),
        }  # fmt: skip
        return TemplateResponse(request, "admin/fleet/case_open.html", context, status=400 if fault else 200)

    def write(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, case = require(request, "change_incident"), self._case(pk)
        kind, body = request.POST.get("kind", ""), request.POST.get("body", "")
        return self._do(
            request, case, "It stands in the thread.", lambda: cases.add_entry(case=case, kind=kind, body=body, by=by)
        )

    def state(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, case = require(request, "change_incident"), self._case(pk)
        state = request.POST.get("state", "")
        return self._do(request, case, "The case is moved on.", lambda: cases.set_state(case=case, state=state, by=by))

    def take(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, case = require(request, "change_incident"), self._case(pk)
        return self._do(request, case, "The case is yours.", lambda: cases.take(case=case, by=by))

    def _do(self, request: HttpRequest, case: SupportCase, done: str, deed: Any) -> HttpResponse:
        try:
            deed()
        except AlertWorkRefused as refused:
            return self._page(request, case, str(refused), status=409)
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:pos_monitor_supportcase_change", args=[case.pk]))

    def _page(self, request: HttpRequest, case: SupportCase, fault: str = "", status: int = 200) -> HttpResponse:
        witness.saw(case, "subject")
        self._name_list(request)
        case = SupportCase.objects.select_related("merchant", "owner", "incident", "opened_by").get(pk=case.pk)
        context = {
            **self.admin_site.each_context(request), "title": str(case.subject), "case": case, "thread": cases.thread_of(case), "fault": fault,
            "terminals": Terminal.objects.filter(pk__in=case.terminals).select_related("store").order_by("pk")[:100], "kinds": KINDS,
            "states": SupportCase.State.choices, "may_work": may_work(request.user), "typed": request.POST if fault else {},
            "tones": {entry.value: entry.label for entry in CaseEntry.Kind},
        }  # fmt: skip
        return TemplateResponse(request, "admin/fleet/case.html", context, status=status)

    def _merchants(self, incident: Incident | None) -> list[Merchant]:
        found = Merchant.objects.filter(terminals__isnull=False)
        if incident is not None:
            found = Merchant.objects.filter(terminals__alerts__incident=incident)
        return list(found.distinct().order_by("name")[:500])

    def _case(self, pk: int) -> SupportCase:
        case = SupportCase.objects.filter(pk=pk).first()
        if case is None:
            raise Http404
        return case
