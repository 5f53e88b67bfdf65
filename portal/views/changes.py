"""Changes of the catalogue: the page, and the same as a file."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
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
from portal.views.pages import ROWS_A_PAGE, day_of

IN_MEMORY = 2_000_000


@never_cache
@member_page(needs="products.view")
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
    """What the page shows, all of it; made here, while the merchant's scope holds, on disk where it is large."""
    filters, merchant = shown.filters_of(request.GET.dict(), day_of), member.merchant
    found = shown.changes_of(merchant, filters)
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the response closes it
    for part in changes_csv(found, merchant):
        file.write(part)
    length = file.tell()
    file.seek(0)
    witness.saw_list(ToldChange, count=found.count(), filters=filters.said, merchant_id=merchant.pk)
    response = FileResponse(file, content_type="text/csv; charset=utf-8")
    response["Content-Length"] = str(length)
    response["Content-Disposition"] = f'attachment; filename="changes-{filters.state}.csv"'
    return response
