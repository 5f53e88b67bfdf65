"""Tips on the portal's home: Snoops to the merchant itself, out of its own figures."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.errors import PlatformError
from merchants.models import Member, Merchant
from portal.access import member_page
from portal.snoop_pages import KINDS, feed, just_dismissed, lead_on, note
from portal.support_view import is_looking
from rules.customers.ensure import customer_for_merchant

CHANNEL: Final = "portal"
MOST_TIPS: Final = 3  # home answers in ten seconds


def tips_context(request: HttpRequest, merchant: Merchant) -> dict[str, Any]:
    if is_looking(request):  # what support looks at must not count as shown to the merchant
        return {}
    customer = customer_for_merchant(merchant)
    return {
        "tips": feed(customer, channel=CHANNEL, limit=MOST_TIPS),
        "tip_undo": just_dismissed(customer, request.GET.get("dismissed", "")[:80]),
    }


@require_POST
@member_page
def tip(request: HttpRequest, member: Member, rule: str, verb: str) -> HttpResponse:
    """One member speaks for the business: a tip that one of them waves away is gone for all."""
    if verb not in KINDS:
        return HttpResponse(status=404)
    try:
        leads_to = note(request, customer_for_merchant(member.merchant), rule=rule, verb=verb, channel=CHANNEL)
    except PlatformError as refusal:
        if verb == "seen":
            return HttpResponse(status=refusal.http_status)
        messages.error(request, refusal.message)
        return redirect("portal:home")
    match verb:
        case "seen":
            return HttpResponse(status=204)
        case "dismiss":
            return redirect(f"{reverse('portal:home')}?dismissed={rule}")
        case "restore":
            messages.success(request, "The tip is back.")
    return lead_on(request, leads_to, "portal/tip_go.html", {}) if leads_to else redirect("portal:home")
