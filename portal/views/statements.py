"""Statements of days and months, and the book as a file for an accountant."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from common import witness
from ledger.exports import FORMATS, entries_between, exported
from ledger.models import Entry, Statement
from merchants.models import Member
from portal.access import member_page, page_context
from portal.downloads import file_download
from portal.payout_rows import pocket_rows, statement_row, statement_sums
from portal.views.pages import last_days, older_page
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
        try:
            starts_at, ends_at = _days(request, member)
        except ValueError as refusal:
            return render(request, "errors/400.html", {"message": str(refusal)}, status=400)
        entries = entries_between(member.merchant, starts_at, ends_at)
    witness.saw_list(Entry, count=entries.count(), merchant_id=member.merchant.pk)
    made = FORMATS[kind]
    return file_download(exported(entries, kind, member.merchant), name=f"balance-{made.suffix}", kind=made.content_type)


def _days(request: HttpRequest, member: Member) -> tuple[datetime, datetime]:
    """The days that the address names, or the last thirty. Raises ValueError, in words for people, for what are no such days."""
    first, last = last_days(member.merchant)
    first, last = _day(request, "from", first), _day(request, "to", last)
    if first > last:
        raise ValueError(f"The first day, {first}, is after the last, {last}: give the earlier one as “from”.")
    return (
        datetime.combine(first, time(), member.merchant.zone),
        datetime.combine(last + timedelta(days=1), time(), member.merchant.zone),
    )


def _day(request: HttpRequest, name: str, otherwise: date) -> date:
    typed = request.GET.get(name, "").strip()
    if not typed:
        return otherwise
    if (day := day_of(typed)) is None:
        raise ValueError(f"“{typed[:20]}” is no day that there is. Give “{name}” as year, month and day, such as {otherwise}.")
    return day
