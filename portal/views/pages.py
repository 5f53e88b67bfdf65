"""The merchant portal's pages: each asks one selector and renders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from checkout.models import CheckoutSession
from checkout.selectors import sales_of, session_for
from common import witness
from common.api.pages import CursorInvalid, page
from ledger.models import Entry
from ledger.selectors import merchant_balance, merchant_entries
from merchants.models import Member, Merchant
from portal import change_pages, selectors
from portal.access import member_page, page_context
from portal.sale_rows import sale_page
from portal.views.tips import tips_context

M = TypeVar("M", bound=Model)
ROWS_A_PAGE = 50


@member_page
def home(request: HttpRequest, member: Member) -> HttpResponse:
    merchant = member.merchant
    recent, _ = page(selectors.with_benefit(sales_of(merchant)), limit=8)
    witness.saw(merchant, "balance")
    witness.saw_list(CheckoutSession, count=len(recent), merchant_id=merchant.pk)
    context = page_context(
        member, "home", today=selectors.today(merchant), balance_cents=merchant_balance(merchant).total_cents,
        needs_attention=selectors.needs_attention(merchant), coming_changes=change_pages.soon(merchant), recent_sales=selectors.sale_rows(recent),
        test_cards_url=reverse("checkout:test_cards"), **tips_context(request, merchant),
    )  # fmt: skip
    return render(request, "portal/home.html", context)


@require_POST
@member_page(while_locked=True)
def switch(request: HttpRequest, member: Member) -> HttpResponse:
    """See another of one's merchants from now on; what is not one's own changes nothing."""
    request.session["merchant"] = request.POST.get("merchant", "")[:40]
    return redirect("portal:home")


@member_page(needs="sales.view")
def sales(request: HttpRequest, member: Member) -> HttpResponse:
    filters = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "status", "from", "to")}
    status = filters["status"] if filters["status"] in dict(selectors.SALE_STATUSES) else ""
    found = _between(
        sales_of(member.merchant, words=filters["q"], status=status), member.merchant, filters["from"], filters["to"]
    )
    rows, next_url = older_page(request, selectors.with_benefit(found))
    witness.saw_list(CheckoutSession, count=len(rows), filters=filters, merchant_id=member.merchant.pk)
    context = page_context(
        member, "sales", sales=selectors.sale_rows(rows), filters=filters, statuses=selectors.SALE_STATUSES,
        is_filtered=any(filters.values()), next_url=next_url,
    )  # fmt: skip
    return render(request, "portal/sales.html", context)


def _between(sales: QuerySet[CheckoutSession], merchant: Merchant, first: str, last: str) -> QuerySet[CheckoutSession]:
    """Days in the merchant's zone, both included; what is no date is no limit."""
    if start := day_of(first):
        sales = sales.filter(created_at__gte=datetime.combine(start, time.min, tzinfo=merchant.zone))
    if end := day_of(last):
        sales = sales.filter(created_at__lt=datetime.combine(end + timedelta(days=1), time.min, tzinfo=merchant.zone))
    return sales


def day_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


@member_page(needs="sales.view")
def sale(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    session = session_for(member.merchant, public_id)
    witness.saw(session)
    return render(request, "portal/sale.html", page_context(member, "sales", **sale_page(session)))


@member_page(needs="balance.view")
def balance(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, merchant_entries(member.merchant))
    witness.saw(member.merchant, "balance")
    witness.saw_list(Entry, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(
        member,
        "balance",
        balance=selectors.balance(member.merchant),
        entries=selectors.entry_rows(rows, member.merchant),
        next_url=next_url,
    )
    return render(request, "portal/balance.html", context)


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
