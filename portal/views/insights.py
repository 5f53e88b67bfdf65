"""Insights: what sells with benefit cards, what could have, and what December may bring."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from checkout.declines.days import days_of
from common import witness
from common.cells import safe_cell
from common.csv_lines import Echo
from eligibility.catalogue.jobs.results import BOM
from merchants.models import Member
from portal.access import member_page, page_context
from portal.downloads import csv_download
from pos_monitor.models import Store
from sales import insights as asks
from sales.finding import day_of
from sales.forecast import december
from sales.insights import Asked
from sales.models import DayNote, ItemDay

COLUMNS: Final = ("title", "category", "status", "card", "lines", "units", "sold_cents", "benefit_cents")
ROWS_A_PART: Final = 500


@require_GET
@member_page(needs="sales.view", of_places=True)
def insights(request: HttpRequest, member: Member) -> HttpResponse:
    asked = _asked(request, member)
    sums = asks.totals(asked)
    witness.saw_list(ItemDay, count=asks.TOP, filters=request.GET.dict(), merchant_id=member.merchant.pk)
    stores = Store.objects.filter(merchant=member.merchant).order_by("name")
    context = page_context(
        member, "insights", sums=sums, top=asks.top_items(asked), missed=asks.missed_items(asked), categories=asks.by_category(asked),
        near=asks.near_misses(asked), forecast=december(asked), fsa_refusal=asks.why_no_fsa(member.merchant), most=asks.TOP,
        stores=list(stores.values_list("public_id", "name")), regions=sorted({region for region in stores.values_list("region", flat=True) if region}),
        filters={"from": asked.first.isoformat(), "to": asked.last.isoformat(), "store": asked.store, "region": asked.region},
        said=request.GET.urlencode(), is_filtered=bool(request.GET), is_behind=DayNote.objects.filter(merchant=member.merchant).exists(),
    )  # fmt: skip
    return render(request, "portal/insights.html", context)


@require_GET
@member_page(needs="sales.export", of_places=True)
def export(request: HttpRequest, member: Member) -> HttpResponseBase:
    """Every item of these days with its verdict, and why no benefit card paid it."""
    asked = _asked(request, member)
    witness.saw_list(ItemDay, count=0, filters=request.GET.dict(), merchant_id=member.merchant.pk)
    return csv_download(_parts(asked), name=f"items-{asked.first}-{asked.last}")


def _asked(request: HttpRequest, member: Member) -> Asked:
    typed = {name: request.GET.get(name, "").replace("\x00", "").strip()[:40] for name in ("from", "to", "store", "region")}
    days = days_of(member.merchant, day_of(typed["from"]), day_of(typed["to"]))
    return Asked(member.merchant, days.first, days.last, typed["store"], typed["region"])


def _parts(asked: Asked) -> Iterator[bytes]:
    writer = csv.writer(Echo())
    yield (BOM + writer.writerow(COLUMNS)).encode()
    lines: list[str] = []
    for row in asks.item_rows(asked):
        cells = (
            row["name"],
            row["category_name"],
            row["status"],
            row["fate_words"],
            row["lines"],
            row["sold_units"],
            row["sold"],
            row["benefit"],
        )
        lines.append(writer.writerow([safe_cell(str(cell)) for cell in cells]))
        if len(lines) == ROWS_A_PART:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()
