"""Changes of the catalogue: the page, and the same as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from common import witness
from eligibility.decision import STATUS_WORDS
from eligibility.models import ToldChange
from merchants.models import Member
from portal import change_pages as shown
from portal.access import member_page, page_context
from portal.change_files import changes_csv
from portal.downloads import csv_download
from portal.views.pages import ROWS_A_PAGE
from sales.finding import day_of


@never_cache
@member_page(needs="products.view", of_places=True)
def changes(request: HttpRequest, member: Member) -> HttpResponse:
    filters, merchant = shown.filters_of(request.GET.dict(), day_of), member.merchant
    found = shown.changes_of(merchant, filters)
    rows, cursor = shown.page_of(found, filters, cursor=request.GET.get("cursor", ""), limit=ROWS_A_PAGE)
    witness.saw_list(ToldChange, count=len(rows), filters=filters.said, merchant_id=merchant.pk)
    tally = shown.counts(merchant)
    context = page_context(
        member, "products", rows=shown.rows_shown(rows, merchant), filters=filters, statuses=STATUS_WORDS.items(),
        tabs=[(state, word, tally[state]) for state, word in shown.TABS.items()], query=urlencode(filters.said),
        next_url=f"?{urlencode({**filters.said, 'cursor': cursor})}" if cursor else None,
    )  # fmt: skip
    return render(request, "portal/changes.html", context)


@require_GET
@never_cache
@member_page(needs="products.view")
def export(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What the page shows, all of it."""
    filters, merchant = shown.filters_of(request.GET.dict(), day_of), member.merchant
    found = shown.changes_of(merchant, filters)
    witness.saw_list(ToldChange, count=found.count(), filters=filters.said, merchant_id=merchant.pk)
    return csv_download(changes_csv(found, merchant), name=f"changes-{filters.state}")
