"""The bank's console: how each merchant's key stands, and what was done with it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from common.api.pages import CursorInvalid, page
from people.roles import BANK
from portal import custody_rows
from portal.access import staff_page
from vault.custody.port import CustodyError
from vault.governance.carrying_out import look_at
from vault.governance.selectors import (
    history,
    locked_directly,
    newest_rotation,
    open_requests,
    progress_0_100,
    sealed_counts,
)
from vault.governance.services import expire_requests
from vault.key_models import MerchantKey
from vault.rotation.models import KeyRotation

ROWS_A_PAGE, EVENTS_A_PAGE, REQUESTS_SHOWN = 50, 30, 20


@never_cache
@staff_page(BANK)
def keys(request: HttpRequest) -> HttpResponse:
    expire_requests()
    filters = {name: request.GET.get(name, "").replace("\x00", "").strip()[:100] for name in ("q", "state")}
    rows, older = _page(request, custody_rows.keys(words=filters["q"], state=filters["state"]), ROWS_A_PAGE)
    directly = list(locked_directly()[:REQUESTS_SHOWN])
    states = dict(MerchantKey.objects.order_by().values_list("state").annotate(Count("pk")))
    context = {
        "section": "keys", "rows": custody_rows.key_rows(rows), "older_url": older, "filters": filters,
        "is_filtered": any(filters.values()), "requests": custody_rows.request_rows(open_requests()[:REQUESTS_SHOWN]),
        "open_count": states.get("enabled", 0), "locked_count": sum(states.values()) - states.get("enabled", 0),
        "request_count": open_requests().count(),
        "directly": [custody_rows.merchant_names([key])[key.merchant_id] for key in directly],
        "rotation_count": KeyRotation.objects.filter(state=KeyRotation.State.RUNNING).count(),
    }  # fmt: skip
    return render(request, "custody/keys.html", context)


@never_cache
@staff_page(BANK)
def key(request: HttpRequest, owner: str) -> HttpResponse:
    """One merchant's key, asked of the bank as the page opens."""
    found = key_or_404(owner)
    expire_requests(key=found)
    live, silence = _live(found)
    events, older = _page(request, history(found), EVENTS_A_PAGE)
    row = custody_rows.key_rows(custody_rows.keys().filter(pk=found.pk))[0]
    context = {
        "section": "keys", "row": row, "key": row["key"], "name": row["name"], "live": live, "silence": silence,
        "versions": found.versions.order_by("-number"), "counts": sealed_counts(found),
        "requests": [custody_rows.request_row(r) for r in open_requests(found)], "verbs": _verbs(row["key"]),
        "rotation": _rotation(found), "steps": custody_rows.event_steps(events), "older_url": older,
    }  # fmt: skip
    return render(request, "custody/key.html", context)


def key_or_404(owner: str) -> MerchantKey:
    return get_object_or_404(MerchantKey, owner=owner)


def name_of(found: MerchantKey) -> str:
    return custody_rows.merchant_names([found])[found.merchant_id]


def _live(found: MerchantKey) -> tuple[dict[str, str] | None, str]:
    """How the key stands at the bank now, or why the bank does not say."""
    try:
        return custody_rows.state_words(str(look_at(found).state)), ""
    except CustodyError as error:
        return None, str(error)


def _verbs(found: MerchantKey) -> list[dict[str, str]]:
    """What may be asked for as the key stands: a locked key is restored before anything else."""
    allowed = ["revoke", "rewrap", "reseal"] if found.state == MerchantKey.State.ENABLED else ["restore"]
    asked = set(open_requests(found).values_list("verb", flat=True))
    return [{"verb": verb, **custody_rows.VERBS[verb]} for verb in allowed if verb not in asked]


def _rotation(found: MerchantKey) -> dict[str, Any] | None:
    rotation = newest_rotation(found)
    if rotation is None:
        return None
    return {"it": rotation, "percent": progress_0_100(rotation), "steps": list(rotation.steps.all())}


def _page(request: HttpRequest, rows: Any, limit: int) -> tuple[list[Any], str | None]:
    try:
        found, cursor = page(rows, cursor=request.GET.get("cursor", ""), limit=limit)
    except CursorInvalid:
        found, cursor = page(rows, limit=limit)
    if cursor is None:
        return found, None
    query = request.GET.copy()
    query["cursor"] = cursor
    return found, f"?{query.urlencode()}"
