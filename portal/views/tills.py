"""A merchant's own tills: how each is now, and its faults."""

from __future__ import annotations

from typing import Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from merchants.models import Member
from portal.access import member_page, page_context
from portal.till_commands import delivery_rows
from portal.till_deeds import moves_of, standing_of
from portal.till_history import RANGES, USUAL, history_of
from portal.till_imports import as_csv
from portal.till_rows import counts_of, faults_of, till_page, till_rows, tills_of
from portal.till_story import story_of
from portal.views.pages import older_page
from portal.views.till_deeds import till_of
from pos_monitor.commands.selectors import deliveries_of
from pos_monitor.models import Store, Terminal

COMMANDS_SHOWN: Final = 10
EXPORT_ROWS: Final = 1000  # at a time, of which the whole list is made
FILTERS: Final = ("q", "state", "store", "is")


@never_cache
@member_page(needs="tills.view", of_places=True)
def tills(request: HttpRequest, member: Member) -> HttpResponse:
    filters = _filters(request)
    rows, next_url = older_page(request, tills_of(member.merchant, filters))
    context = page_context(
        member, "tills", tills=till_rows(rows), filters=filters, states=Terminal.State.choices, is_filtered=any(filters.values()),
        next_url=next_url, counts=counts_of(member.merchant), stores=Store.objects.filter(merchant=member.merchant).order_by("name"),
        query=request.GET.urlencode(),
    )  # fmt: skip
    return render(request, "portal/tills.html", context)


@require_GET
@never_cache
@member_page(needs="tills.view", of_places=True)
def export(request: HttpRequest, member: Member) -> HttpResponse:
    """The list as a spreadsheet reads it, as it is filtered."""
    found = list(tills_of(member.merchant, _filters(request)))
    rows = [row for at in range(0, len(found), EXPORT_ROWS) for row in till_rows(found[at : at + EXPORT_ROWS])]
    text = as_csv(
        ("id", "name", "shop", "model", "serial", "state", "now", "faults", "battery", "signal", "firmware", "app", "last heard of"),
        (
            [row["public_id"], row["name"], row["store"], till.model, till.serial, till.get_state_display(), row["status"]["word"], "; ".join(row["trouble"]),
             row["battery"] or "", row["signal"] or "", till.firmware, till.app, row["heard_at"].isoformat(timespec="seconds") if row["heard_at"] else ""]
            for till, row in zip(found, rows, strict=True)
        ),
    )  # fmt: skip
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tills.csv"'
    return response


def _filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\x00", "").strip()[:60] for name in FILTERS}


@require_GET
@never_cache
@member_page(needs="tills.view", of_places=True)
def tills_now(request: HttpRequest, member: Member) -> HttpResponse:
    """The part of the list that changes by itself."""
    return render(request, "portal/_tills_now.html", {"counts": counts_of(member.merchant)})


@never_cache
@member_page(needs="tills.view", of_places=True)
def till(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = till_of(member, public_id)
    sent = delivery_rows(deliveries_of(found).select_related("terminal__store")[:COMMANDS_SHOWN], member.merchant)
    if member.reach is not None:  # a command's own page shows all the tills to which it went
        sent = [{**row, "command": ""} for row in sent]
    context = page_context(
        member, "tills", till=till_page(found), kind=found.kind, incidents=faults_of(found), story=story_of(found),
        deliveries=sent, ranges=[(key, words) for key, (_, words) in RANGES.items()], usual=USUAL,
        moves=moves_of(found), **standing_of(found),
    )  # fmt: skip
    return render(request, "portal/till.html", context)


@require_GET
@never_cache
@member_page(needs="tills.view", of_places=True)
def till_history(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """What the charts are drawn of."""
    found = history_of(till_of(member, public_id), request.GET.get("range", ""))
    return HttpResponse(msgspec.json.encode(found), content_type="application/json")


@require_GET
@never_cache
@member_page(needs="tills.view", of_places=True)
def till_now(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """The part of a till's page that changes by itself."""
    return render(request, "portal/_till_now.html", {"till": till_page(till_of(member, public_id))})
