"""Why cards said no: the merchant's declines by cause."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from checkout.declines.days import days_of
from checkout.declines.statistics import decline_figures
from checkout.declines.table import explain
from checkout.models import Payment
from common import witness
from merchants.models import Member
from portal.access import member_page, page_context
from sales.finding import day_of


@member_page(needs="sales.view")
def declines(request: HttpRequest, member: Member) -> HttpResponse:
    said = {name: request.GET.get(name, "").strip()[:10] for name in ("from", "to")}
    days = days_of(member.merchant, day_of(said["from"]), day_of(said["to"]))
    figures = decline_figures(member.merchant, start=days.start, end=days.end)
    witness.saw_list(Payment, count=figures.failed, filters=said, merchant_id=member.merchant.pk)
    causes = [
        {
            "title": one.words.title, "advice": one.words.advice, "count": one.count, "amount_cents": one.amount_cents,
            "percent": f"{figures.share(one.count):.1%}",
            "codes": [{"code": code, "count": count, "meaning": explain(code).meaning} for code, count in one.codes.most_common() if code],
        }
        for one in figures.causes
    ]  # fmt: skip
    context = page_context(
        member, "sales", causes=causes, figures=figures, failed_percent=f"{figures.failed_share:.1%}", is_filtered=any(said.values()),
        filters={"from": days.first.isoformat(), "to": days.last.isoformat()},
    )  # fmt: skip
    return render(request, "portal/declines.html", context)
