"""Webhooks: endpoints made, looked after and taken away; every delivery with what came back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from merchants.capabilities import may
from merchants.models import Member
from portal import webhook_pages as shown
from portal.access import member_page, page_context
from portal.views.pages import older_page
from sales.finding import day_of
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.selectors import deliveries_of, delivery_for, endpoint_for
from webhooks.services import endpoints, replay

MAX_DESCRIPTION = 200


@member_page(needs="webhooks.view")
def webhooks(request: HttpRequest, member: Member) -> HttpResponse:
    return _list(request, member)


@never_cache
@require_POST
@member_page(needs="webhooks.manage")
def create(request: HttpRequest, member: Member) -> HttpResponse:
    form = _form(request)
    try:
        endpoint, secret = endpoints.create_endpoint(merchant=member.merchant, api_version=settings.API_VERSIONS[-1], **form)
    except PlatformError as refusal:
        return _list(request, member, form=form, errors={"url": refusal.message}, status=400)
    return _page(request, member, endpoint, new_secret=secret)


@member_page(needs="webhooks.view")
def endpoint(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    return _page(request, member, endpoint_for(member.merchant, public_id))


@require_POST
@member_page(needs="webhooks.manage")
def change(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found, form = endpoint_for(member.merchant, public_id), _form(request)
    try:
        endpoints.change_endpoint(endpoint=found, fields=form)
    except PlatformError as refusal:
        return _page(request, member, found, form=form, errors={"url": refusal.message}, status=400)
    messages.success(request, "The endpoint is changed.")
    return redirect("portal:webhook", public_id)


@require_POST
@member_page(needs="webhooks.manage")
def set_state(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = endpoint_for(member.merchant, public_id)
    wanted = request.POST.get("state", "")
    if wanted in {"enabled", "paused"}:
        endpoints.change_endpoint(endpoint=found, fields={"state": wanted})
        messages.success(
            request, "The endpoint is on; what waited goes out now." if wanted == "enabled" else "The endpoint is paused."
        )
    return redirect("portal:webhook", public_id)


@require_POST
@member_page(needs="webhooks.manage")
def test(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        delivery = replay.send_test_event(endpoint=endpoint_for(member.merchant, public_id))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
        return redirect("portal:webhook", public_id)
    messages.success(request, "A test event is on its way. Reload to see what your server answered.")
    return redirect("portal:webhook_delivery", delivery.public_id)


@never_cache
@require_POST
@member_page(needs="webhooks.manage")
def rotate(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found, secret = endpoints.rotate_secret(endpoint=endpoint_for(member.merchant, public_id))
    return _page(request, member, found, new_secret=secret, is_rotated=True)


@require_POST
@member_page(needs="webhooks.manage")
def delete(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = endpoint_for(member.merchant, public_id)
    if request.POST.get("typed", "").strip() != "delete":
        messages.error(request, "The endpoint was not deleted: type “delete” to confirm.")
        return redirect("portal:webhook", public_id)
    endpoints.delete_endpoint(endpoint=found)
    messages.success(request, "The endpoint is deleted; nothing more is sent to it.")
    return redirect("portal:webhooks")


@require_POST
@member_page(needs="webhooks.manage")
def replay_days(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """Both days in the merchant's zone, and included."""
    found = endpoint_for(member.merchant, public_id)
    first, last = day_of(request.POST.get("from", "")), day_of(request.POST.get("to", ""))
    if first is None or last is None or last < first:
        messages.error(request, "Nothing was replayed: choose a first and a last day.")
        return redirect("portal:webhook", public_id)
    zone = member.merchant.zone
    since = datetime.combine(first, time.min, tzinfo=zone).astimezone(UTC)
    until = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)
    try:
        count = replay.replay_range(endpoint=found, since=since, until=min(until, timezone.now()))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{count:,} event{'s' * (count != 1)} of these days go out again.")
    return redirect("portal:webhook", public_id)


@member_page(needs="webhooks.view")
def delivery(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = delivery_for(member.merchant, public_id)
    witness.saw(found)
    context = page_context(
        member, "webhooks", can_edit=may(member, "webhooks.manage"), **shown.delivery_page(found),
    )  # fmt: skip
    return render(request, "portal/webhook_delivery.html", context)


@require_POST
@member_page(needs="webhooks.manage")
def replay_one(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        replay.replay_delivery(delivery=delivery_for(member.merchant, public_id))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "It is sent again. Reload to see what your server answered.")
    return redirect("portal:webhook_delivery", public_id)


def _form(request: HttpRequest) -> dict[str, Any]:
    """What was filled in; no box ticked means all events."""
    return {
        "url": request.POST.get("url", "").strip(),
        "description": request.POST.get("description", "").replace("\x00", "").strip()[:MAX_DESCRIPTION],
        "event_types": [name for name in request.POST.getlist("event_types") if name in shown.LISTENABLE],
    }


def _list(request: HttpRequest, member: Member, *, status: int = 200, **extra: Any) -> HttpResponse:
    chosen = extra.get("form", {}).get("event_types", [])
    context = page_context(
        member, "webhooks", endpoints=shown.endpoint_rows(member.merchant), can_edit=may(member, "webhooks.manage"),
        type_options=shown.type_options(chosen), **extra,
    )  # fmt: skip
    return render(request, "portal/webhooks.html", context, status=status)


def _page(request: HttpRequest, member: Member, found: WebhookEndpoint, *, status: int = 200, **extra: Any) -> HttpResponse:
    filters = {name: request.GET.get(name, "").replace("\x00", "")[:60] for name in ("state", "type")}
    rows, next_url = older_page(request, deliveries_of(found, **filters))
    witness.saw_list(WebhookDelivery, count=len(rows), filters=filters, merchant_id=found.merchant_id)
    chosen = extra.get("form", {}).get("event_types", found.event_types)
    context = page_context(
        member, "webhooks", deliveries=shown.delivery_rows(rows), next_url=next_url, filters=filters, is_filtered=any(filters.values()),
        states=shown.STATE_CHOICES, types_to_choose=shown.TYPE_CHOICES, can_edit=may(member, "webhooks.manage"),
        type_options=shown.type_options(chosen), **shown.endpoint_page(found), **extra,
    )  # fmt: skip
    return render(request, "portal/webhook.html", context, status=status)
