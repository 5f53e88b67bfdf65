"""Reports: the fleet's over a span of days, and each merchant's weekly one as a PDF."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from common import witness
from common.admin import ReadOnlyAdmin
from common.admin_cells import column, link, link_column, time_column
from common.cells import safe_cell
from pos_monitor.admin.guard import number_in, require
from pos_monitor.alerts.countdown import span
from pos_monitor.care import weekly
from pos_monitor.care.fleet_report import SPANS, csv_rows, fleet_report
from pos_monitor.care.times import Times
from pos_monitor.models import Incident, Severity, WeeklyReport


@admin.register(WeeklyReport)
class WeeklyReportAdmin(ReadOnlyAdmin):
    list_title = "Weekly reports"
    list_before_template = "admin/fleet/_tabs.html"
    list_display = ("public_id", "merchant_link", "week", "availability", "written", "file")
    list_select_related = ("merchant",)
    search_fields = ("public_id__exact", "merchant__name")
    ordering = ("-week_on", "-pk")
    empty_hint = "None is written yet. Each merchant with active terminals gets one on their Monday morning."
    fieldsets = ((None, {"fields": ("public_id", "merchant_link", "week", "availability", "written", "file")}),)
    merchant_link, written = link_column("merchant", "merchant"), time_column("created_at", "written")
    week = column("week_on", "week from", lambda day: f"{day:%Y-%m-%d}")

    @admin.display(description="available")
    def availability(self, row: WeeklyReport) -> str:
        return weekly.percent(row.figures["availability"])

    @admin.display(description="file")
    def file(self, row: WeeklyReport) -> Any:
        return link(reverse("admin:pos_monitor_weeklyreport_pdf", args=[row.pk]), "PDF")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("fleet/", view(self.fleet), name="fleet_reports"),
            path("fleet.csv", view(self.fleet_csv), name="fleet_reports_csv"),
            path("<int:pk>/report.pdf", view(self.pdf), name="pos_monitor_weeklyreport_pdf"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def fleet(self, request: HttpRequest) -> HttpResponse:
        require(request, "view_incident")
        days = _days(request)
        report = fleet_report(days)
        witness.saw_list(Incident, count=len(report.by_rule), filters=request.GET.dict())
        context = {
            **self.admin_site.each_context(request), "title": "Fleet report", "report": report, "days": days, "spans": SPANS.items(),
            "percent": weekly.percent(report.availability.percent), "times": _words(report.times) if report.times else None,
            "by_rule": [_words(row) for row in report.by_rule],
            "by_severity": [{**_words(row), "key": Severity(int(row.key)).label} for row in sorted(report.by_severity, key=lambda one: one.key, reverse=True)],
            "merchants": [(row, weekly.percent(row.availability.percent), f"{row.availability.silent_s / 3600:.1f} h") for row in report.merchants[:50]],
            "more_merchants": max(0, len(report.merchants) - 50),
        }  # fmt: skip
        return TemplateResponse(request, "admin/fleet/report.html", context)

    def fleet_csv(self, request: HttpRequest) -> HttpResponse:
        require(request, "view_incident")
        days = _days(request)
        report = fleet_report(days)
        witness.saw_list(Incident, count=len(report.merchants), filters=request.GET.dict())
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="fleet-{report.until:%Y-%m-%d}-{days}-days.csv"'
        writer = csv.writer(response)
        for row in csv_rows(report):
            writer.writerow([safe_cell(str(cell)) for cell in row])
        return response

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "view_weeklyreport")
        report = WeeklyReport.objects.select_related("merchant").filter(pk=pk).first()
        if report is None:
            raise Http404
        witness.saw(report)
        response = HttpResponse(weekly.pdf(report), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="terminals-{report.week_on}.pdf"'
        return response


def _days(request: HttpRequest) -> int:
    days = number_in(request.GET.get("days", ""))
    return days if days in SPANS else 7


def _words(row: Times) -> dict[str, Any]:
    def words(seconds: float | None) -> str:
        return "–" if seconds is None else span(timedelta(seconds=seconds))

    return {
        "key": row.key, "incidents": row.incidents, "detect": words(row.detect_mean_s), "answer": words(row.answer_mean_s),
        "answer_median": words(row.answer_median_s), "repair": words(row.repair_mean_s), "repair_median": words(row.repair_median_s),
        "answered_late": row.answered_late, "repaired_late": row.repaired_late,
    }  # fmt: skip
