"""What support and a merchant write to each other about tills, and the reports of each week."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common import witness
from merchants.models import Member
from portal.access import member_page, page_context
from portal.till_support_rows import case_page, case_rows, report_rows
from portal.views.pages import older_page
from pos_monitor.alerts.errors import AlertWorkRefused
from pos_monitor.care import cases, weekly
from pos_monitor.models import SupportCase, WeeklyReport

REPORTS_SHOWN: Final = 53  # a year of weeks


@require_safe
@never_cache
@member_page(needs="tills.view")
def support(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, cases.cases_of(member.merchant))
    witness.saw_list(SupportCase, count=len(rows), merchant_id=member.merchant.pk)
    reports = WeeklyReport.objects.filter(merchant=member.merchant).order_by("-week_on")[:REPORTS_SHOWN]
    context = page_context(member, "tills", cases=case_rows(rows), next_url=next_url, reports=report_rows(reports))
    return render(request, "portal/till_support.html", context)


@require_safe
@never_cache
@member_page(needs="tills.view")
def case(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    return _case(request, member, _case_of(member, public_id))


@require_POST
@member_page(needs="tills.manage")
def reply(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found, body = _case_of(member, public_id), request.POST.get("body", "").replace("\x00", "")
    try:
        cases.reply(case=found, body=body, by=member.user)
    except AlertWorkRefused as refused:
        return _case(request, member, found, typed=body, error=str(refused), status=400)
    messages.success(request, "Your answer is with support.")
    return redirect("portal:till_case", found.public_id)


@require_safe
@never_cache
@member_page(needs="tills.view")
def report(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = get_object_or_404(WeeklyReport.objects.select_related("merchant"), merchant=member.merchant, public_id=public_id)
    witness.saw(found)
    response = HttpResponse(weekly.pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="terminals-{found.week_on}.pdf"'
    return response


def _case(
    request: HttpRequest, member: Member, found: SupportCase, *, typed: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    witness.saw(found, "subject")
    context = page_context(member, "tills", **case_page(found), typed=typed, error=error)
    return render(request, "portal/till_case.html", context, status=status)


def _case_of(member: Member, public_id: str) -> SupportCase:
    return get_object_or_404(cases.cases_of(member.merchant), public_id=public_id)
