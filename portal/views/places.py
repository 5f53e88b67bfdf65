"""Stores: a chain's sales by region, a region's by store, and one store with its days, items, tills and people."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from checkout.declines.days import days_of
from common import witness
from common.cells import safe_cell
from common.csv_lines import Echo
from eligibility.catalogue.jobs.results import BOM
from merchants.models import Member
from portal import place_rows as shown
from portal.access import member_page, page_context
from portal.downloads import csv_download
from portal.trend import trend_between
from pos_monitor.models import Store
from sales import insights as asks
from sales.finding import day_of
from sales.insights import Asked
from sales.models import DayNote, SalesDay
from sales.places import Place, Span, chain_of, ordered, sums_of_store, total

ITEMS: Final = 10
COLUMNS: Final = (
    "region", "store", "id", "stores", "sales", "gross_cents", "benefit_cents", "sold_cents", "eligible_cents", "missed_cents", "refunds", "refunded_cents",
    "gross_before_cents",
)  # fmt: skip


@require_GET
@member_page(needs="sales.view", of_places=True)
def places(request: HttpRequest, member: Member) -> HttpResponse:
    span, region = _span(request, member), _region(request)
    found = _places(member, span, region)
    sort = request.GET.get("sort", "")[:20]
    witness.saw_list(SalesDay, count=len(found), filters=request.GET.dict(), merchant_id=member.merchant.pk)
    said = {"from": span.first.isoformat(), "to": span.last.isoformat(), **({"region": region} if region is not None else {})}
    context = page_context(
        member, "places", region=region, level="store" if region is not None else "region", rows=shown.place_rows(ordered(found, sort), said),
        sums=shown.sum_words(total(found)), heads=shown.heads(sort, said, is_region=region is not None), span=span, filters=said, said=urlencode(said),
        is_filtered=bool(set(request.GET) - {"region"}), has_stores=any(place.stores_count for place in found),
        is_behind=DayNote.objects.filter(merchant=member.merchant).exists(),
    )  # fmt: skip
    return render(request, "portal/places.html", context)


@require_GET
@member_page(needs="sales.export", of_places=True)
def export(request: HttpRequest, member: Member) -> HttpResponseBase:
    """The level that is seen, as a spreadsheet reads it."""
    span, region = _span(request, member), _region(request)
    found = ordered(_places(member, span, region), request.GET.get("sort", "")[:20])
    witness.saw_list(SalesDay, count=len(found), filters=request.GET.dict(), merchant_id=member.merchant.pk)
    return csv_download(_parts(found), name=f"{'stores' if region is not None else 'regions'}-{span.first}-{span.last}")


@require_GET
@member_page(needs="sales.view", of_places=True)
def place(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    store = get_object_or_404(Store, merchant=member.merchant, public_id=public_id)
    span = _span(request, member)
    witness.saw(store)
    asked = Asked(member.merchant, span.first, span.last, store=store.public_id)
    said = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    context = page_context(
        member, "places", store=store, span=span, filters=said, said=urlencode(said), is_filtered=bool(request.GET),
        sums=shown.sum_words(sums_of_store(member.merchant, store, span)), trend=trend_between(member.merchant, span.first, span.last, [store.pk]),
        top=asks.top_items(asked, ITEMS), missed=asks.missed_items(asked, ITEMS), tills=shown.tills_of_store(store),
        people=shown.people_of_store(store) if member.reach is None else [],
    )  # fmt: skip
    return render(request, "portal/place.html", context)


def _places(member: Member, span: Span, region: str | None) -> list[Place]:
    """The regions, or the stores of one; a region without a store that may be seen is none."""
    chain = chain_of(member.merchant, span)
    if region is None:
        return chain.regions()
    if not (found := chain.stores_of(region)):
        raise Http404
    return found


def _span(request: HttpRequest, member: Member) -> Span:
    first, last = (day_of(request.GET.get(name, "").strip()[:10]) for name in ("from", "to"))
    days = days_of(member.merchant, first, last)
    return Span(days.first, days.last)


def _region(request: HttpRequest) -> str | None:
    """None: all of them. Stores whose region was left empty are a region too."""
    return request.GET["region"].replace("\x00", "")[:40] if "region" in request.GET else None


def _parts(found: list[Place]) -> Iterator[bytes]:
    writer = csv.writer(Echo())
    yield (BOM + writer.writerow(COLUMNS)).encode()
    for one in found:
        yield writer.writerow([safe_cell(str(cell)) for cell in _cells(one)]).encode()


def _cells(one: Place) -> list[Any]:
    sums = one.sums
    return [
        one.region or ("" if one.store or one.stores_count else one.name), one.name if one.store else "", one.store, one.stores_count, sums.sales_count,
        sums.gross_cents, sums.benefit_cents, sums.sold_cents, sums.eligible_cents, sums.missed_cents, sums.refunds_count, sums.refunded_cents,
        sums.before_cents,
    ]  # fmt: skip
