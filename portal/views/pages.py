"""The merchant portal's pages: each asks one selector and renders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from checkout.selectors import session_for
from common import witness
from common.api.pages import CursorInvalid, page
from ledger.exports import FORMATS
from ledger.models import Entry
from ledger.selectors import merchant_entries
from merchants.models import Member, Merchant
from portal import selectors
from portal.access import member_page, page_context
from portal.sale_rows import sale_page
from treasury.selectors.available import available

M = TypeVar("M", bound=Model)
ROWS_A_PAGE = 50


@require_POST
@member_page(while_locked=True, of_places=True)
def switch(request: HttpRequest, member: Member) -> HttpResponse:
    """See another of one's merchants from now on; what is not one's own changes nothing."""
    request.session["merchant"] = request.POST.get("merchant", "")[:40]
    return redirect("portal:home")


@member_page(needs="sales.view", of_places=True)
def sale(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    session = session_for(member.merchant, public_id)
    witness.saw(session)
    return render(request, "portal/sale.html", page_context(member, "sales", **sale_page(session)))


@member_page(needs="balance.view")
def balance(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, merchant_entries(member.merchant).exclude(reference__startswith="bank:"))
    witness.saw(member.merchant, "balance")
    witness.saw_list(Entry, count=len(rows), merchant_id=member.merchant.pk)
    first, last = last_days(member.merchant)
    context = page_context(
        member,
        "balance",
        first=first,
        last=last,
        available=available(member.merchant),
        authorised_cents=selectors.authorised_cents(member.merchant),
        formats=FORMATS,
        entries=selectors.entry_rows(rows, member.merchant),
        next_url=next_url,
    )
    return render(request, "portal/balance.html", context)


def last_days(merchant: Merchant) -> tuple[date, date]:
    """The days that a file of the book has where nobody names others: the last thirty and today, by the merchant's clock."""
    today = timezone.localdate(timezone=merchant.zone)
    return today - timedelta(days=30), today


def older_page(request: HttpRequest, rows: QuerySet[M]) -> tuple[list[M], str | None]:
    """The rows that the address asks for, newest first, and the address of those before them."""
    try:
        found, next_cursor = page(rows, cursor=request.GET.get("cursor", ""), limit=ROWS_A_PAGE)
    except CursorInvalid:
        found, next_cursor = page(rows, limit=ROWS_A_PAGE)
    if next_cursor is None:
        return found, None
    query = request.GET.copy()
    query["cursor"] = next_cursor
    return found, f"?{query.urlencode()}"
