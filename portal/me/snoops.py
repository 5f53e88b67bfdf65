"""What a person should know about their own money, most urgent first."""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.errors import PlatformError
from common.scopes import across_merchants
from portal.me.access import shopper_page
from portal.snoop_pages import KINDS, feed, just_dismissed, lead_on, note, note_seen
from rules.customers.ensure import customer_for_account
from shoppers.accounts import ShopperSession

A_PAGE: Final = 10
CHANNEL: Final = "feed"
MOST_SEEN: Final = 50
PIXEL: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@shopper_page
@across_merchants("a shopper's own Snoops")
def snoops(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    customer = customer_for_account(session.account)
    found = feed(customer, channel=CHANNEL, limit=A_PAGE, cursor=request.GET.get("cursor", "")[:4000])
    seen_url = reverse("me:snoops_seen") + "?" + "&".join(f"rule={card['snoop'].rule}" for card in found.cards)
    context = {
        "feed": found, "undo": just_dismissed(customer, request.GET.get("dismissed", "")[:80]), "seen_url": seen_url,
        "section": "snoops", "is_later_page": "cursor" in request.GET,
    }  # fmt: skip
    return render(request, "me/snoops.html", context)


@require_POST
@shopper_page
@across_merchants("a shopper's own Snoops")
def snoop(request: HttpRequest, session: ShopperSession, rule: str, verb: str) -> HttpResponse:
    if verb not in KINDS:
        return HttpResponse(status=404)
    try:
        leads_to = note(request, customer_for_account(session.account), rule=rule, verb=verb, channel=CHANNEL)
    except PlatformError as refusal:
        if verb == "seen":
            return HttpResponse(status=refusal.http_status)
        messages.error(request, refusal.message)
        return redirect("me:snoops")
    match verb:
        case "seen":
            return HttpResponse(status=204)
        case "dismiss":
            return redirect(f"{reverse('me:snoops')}?dismissed={rule}")
        case "restore":
            messages.success(request, "It is back.")
    return lead_on(request, leads_to, "me/snoop_go.html", {"section": "snoops"}) if leads_to else redirect("me:snoops")


@require_GET
@shopper_page
@across_merchants("a shopper's own Snoops")
def seen(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    """A picture of one point, which browsers without scripts fetch with the page."""
    note_seen(customer_for_account(session.account), request.GET.getlist("rule")[:MOST_SEEN], CHANNEL, request)
    return HttpResponse(PIXEL, content_type="image/gif")
