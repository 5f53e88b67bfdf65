"""Bringing in a list of tills: the file, a look at what it would do row by row, then its progress and its results."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common import witness
from common.api.pages import CursorInvalid, decode_cursor, encode_cursor
from merchants.models import Member
from portal import till_imports as shown
from portal.access import member_page, page_context
from portal.views.pages import ROWS_A_PAGE, older_page
from pos_monitor.estate.errors import ImportOver, ImportUnreadable
from pos_monitor.estate.importing import cancel_import, create_import, start_import
from pos_monitor.models import TerminalImport

MOST_BYTES: Final = 10_000_000
DEEDS: Final = {"start": start_import, "cancel": cancel_import}


@never_cache
@require_GET
@member_page(needs="tills.manage")
def imports(request: HttpRequest, member: Member) -> HttpResponse:
    return _list(request, member)


@require_POST
@member_page(needs="tills.manage")
def bring(request: HttpRequest, member: Member) -> HttpResponse:
    """Read the file and say what it would do; nothing is done yet."""
    file = request.FILES.get("file")
    if file is None or file.file is None or file.size is None:
        return _list(request, member, error="Choose a file.")
    if file.size > MOST_BYTES:
        return _list(request, member, error="The file has more than 10 MB: divide it.")
    try:
        made = create_import(file=file.file, filename=file.name or "", merchant=member.merchant, by=member.user, may_group=False)
    except ImportUnreadable as refused:
        return _list(request, member, error=refused.message)
    return redirect("portal:till_import", made.public_id)


@never_cache
@require_GET
@member_page(needs="tills.manage")
def one(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    source = _source_of(member, public_id)
    witness.saw(source)
    page = shown.import_page(source)
    word = request.GET.get("status", "")[:20]
    rows, next_url = _rows(request, source, word if word in shown.OUTCOMES else "")
    context = page_context(member, "tills", **page, rows=rows, next_url=next_url, word=word)
    return render(request, "portal/till_import.html", context)


@never_cache
@require_GET
@member_page(needs="tills.manage")
def status(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """What the page asks for every second or two while the list is worked through."""
    return JsonResponse(shown.status_of(_source_of(member, public_id)))


@require_POST
@member_page(needs="tills.manage")
def do(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """Start it or cancel it. A list that was started is not started again."""
    source, deed = _source_of(member, public_id), DEEDS.get(request.POST.get("do", ""))
    try:
        if deed is not None:
            deed(source=source)
    except ImportOver as refused:
        messages.error(request, refused.message)
    return redirect("portal:till_import", public_id)


@never_cache
@require_GET
@member_page(needs="tills.manage")
def results(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    source = _source_of(member, public_id)
    witness.saw(source)
    word = request.GET.get("status", "")
    return _file(shown.results_csv(source, word if word in shown.OUTCOMES else ""), f"{source.public_id}.csv")


@require_GET
@member_page(needs="tills.manage")
def example(request: HttpRequest, member: Member) -> HttpResponse:
    """A list to begin with, with each column that we read."""
    return _file(shown.as_csv(shown.COLUMNS, shown.EXAMPLE), "tills.csv")


def _source_of(member: Member, public_id: str) -> TerminalImport:
    return get_object_or_404(TerminalImport, merchant=member.merchant, public_id=public_id)


def _list(request: HttpRequest, member: Member, *, error: str = "") -> HttpResponse:
    rows, next_url = older_page(request, TerminalImport.objects.filter(merchant=member.merchant))
    context = page_context(
        member,
        "tills",
        imports=[shown.import_row(row) for row in rows],
        next_url=next_url,
        error=error,
        columns=shown.COLUMNS[2:],
    )
    return render(request, "portal/till_imports.html", context, status=400 if error else 200)


def _rows(request: HttpRequest, source: TerminalImport, word: str) -> tuple[list[shown.Row], str | None]:
    """A page of the list’s rows, and the address of the next."""
    try:
        after = decode_cursor(request.GET["cursor"]) if request.GET.get("cursor") else 0
    except CursorInvalid:
        after = 0
    found = [row for row, _ in zip(shown.rows_of(source, after=after, word=word), range(ROWS_A_PAGE + 1), strict=False)]
    if len(found) <= ROWS_A_PAGE:
        return found, None
    query = request.GET.copy()
    query["cursor"] = encode_cursor(found[ROWS_A_PAGE - 1]["number"])
    return found[:ROWS_A_PAGE], f"?{query.urlencode()}"


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")  # the mark tells spreadsheets what it is
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
