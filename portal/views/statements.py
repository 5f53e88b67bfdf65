"""Statements of days and months, and the book as a file for an accountant."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from common import witness
from ledger.exports import FORMATS, entries_between, exported
from ledger.models import Entry, Statement
from merchants.models import Member
from portal.access import member_page, page_context
from portal.downloads import file_download
from portal.payout_rows import pocket_rows, statement_row, statement_sums
from portal.views.pages import older_page
from sales.finding import day_of


@member_page(needs="balance.view")
def statements(request: HttpRequest, member: Member) -> HttpResponse:
    period = Statement.Period.DAY if request.GET.get("period") == "day" else Statement.Period.MONTH
    rows, next_url = older_page(request, Statement.objects.filter(merchant=member.merchant, period=period))
    witness.saw_list(Statement, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(
        member,
        "balance",
        statements=[statement_row(one) for one in rows],
        next_url=next_url,
        is_days=period == Statement.Period.DAY,
    )
    return render(request, "portal/statements.html", context)


@member_page(needs="balance.view")
def statement(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = get_object_or_404(Statement, merchant=member.merchant, public_id=public_id)
    witness.saw(found)
    context = page_context(
        member, "balance", statement=statement_row(found), starts_at=found.starts_at, ends_at=found.ends_at,
        sums=statement_sums(found), pockets=pocket_rows(found), formats=FORMATS,
    )  # fmt: skip
    return render(request, "portal/statement.html", context)


@member_page(needs="sales.export")
def export(request: HttpRequest, member: Member, kind: str) -> HttpResponseBase:
    """The book between two days (`from`, `to`, both included), or of one statement (`statement`)."""
    if kind not in FORMATS:
        raise Http404
    if name := request.GET.get("statement", ""):
        found = get_object_or_404(Statement, merchant=member.merchant, public_id=name)
        entries = entries_between(member.merchant, found.starts_at, found.ends_at)
    else:
        entries = entries_between(member.merchant, *_days(request, member))
    witness.saw_list(Entry, count=entries.count(), merchant_id=member.merchant.pk)
    made = FORMATS[kind]
    return file_download(exported(entries, kind, member.merchant), name=f"balance-{made.suffix}", kind=made.content_type)


def _days(request: HttpRequest, member: Member) -> tuple[datetime, datetime]:
    """The days that the address names, or the last thirty."""
    today = timezone.localdate(timezone=member.merchant.zone)
    first = day_of(request.GET.get("from", "")) or today - timedelta(days=30)
    last = day_of(request.GET.get("to", "")) or today
    return (
        datetime.combine(first, time(), member.merchant.zone),
        datetime.combine(last + timedelta(days=1), time(), member.merchant.zone),
    )
