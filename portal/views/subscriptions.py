"""The merchant's subscriptions: the list, one with its periods, and what their people may do with it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from checkout.models import Subscription
from checkout.subscriptions import changing
from checkout.subscriptions.selectors import renewals_of, subscription_for, subscriptions_of
from common import witness
from common.errors import PlatformError
from merchants.capabilities import may
from merchants.models import Member
from portal.access import member_page, page_context
from portal.subscription_rows import DEEDS, STATUSES, page_of, renewal_row, subscription_row
from portal.views.pages import older_page

DOES = {
    "pause": changing.pause_subscription, "resume": changing.resume_subscription, "skip": changing.skip_renewal,
    "cancel": changing.cancel_subscription,
}  # fmt: skip


@member_page(needs="sales.view")
def subscriptions(request: HttpRequest, member: Member) -> HttpResponse:
    status = request.GET.get("status", "")
    found = subscriptions_of(member.merchant)
    if status in dict(STATUSES):
        found = found.filter(status=status)
    rows, next_url = older_page(request, found)
    witness.saw_list(Subscription, count=len(rows), filters={"status": status[:20]}, merchant_id=member.merchant.pk)
    context = page_context(
        member,
        "sales",
        subscriptions=[subscription_row(row) for row in rows],
        statuses=STATUSES,
        status=status,
        next_url=next_url,
    )
    return render(request, "portal/subscriptions.html", context)


@member_page(needs="sales.view")
def subscription(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    row = subscription_for(member.merchant, public_id)
    witness.saw(row)
    periods, next_url = older_page(request, renewals_of(row))
    context = page_context(
        member, "sales", renewals=[renewal_row(one) for one in periods], next_url=next_url,
        **page_of(row, may_change=may(member, "sales.capture")),
    )  # fmt: skip
    return render(request, "portal/subscription.html", context)


@require_POST
@member_page(needs="sales.capture")
def do(request: HttpRequest, member: Member, public_id: str, deed: str) -> HttpResponse:
    row = subscription_for(member.merchant, public_id)
    if deed not in DOES:
        raise Http404
    try:
        DOES[deed](subscription=row)
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, DEEDS[deed][1])
    return redirect("portal:subscription", public_id)
