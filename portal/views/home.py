"""The portal's home: what came in, what is the merchant's now, what needs somebody, and the first steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from checkout.models import CheckoutSession
from checkout.selectors import sales_of
from common import witness
from common.api.pages import page
from common.errors import PlatformError
from merchants.details import set_details
from merchants.models import Member
from portal import change_pages, selectors
from portal.access import member_page, page_context
from portal.first_run import end_guide, first_run
from portal.trend import span_of, trend
from portal.views.tips import tips_context
from sales.figures import NOTHING, today_of
from treasury.selectors.available import available

RECENT = 8


@member_page(of_places=True)
def home(request: HttpRequest, member: Member) -> HttpResponse:
    merchant = member.merchant
    recent, _ = page(selectors.with_benefit(sales_of(merchant)), limit=RECENT)
    witness.saw_list(CheckoutSession, count=len(recent), merchant_id=merchant.pk)
    figures, drawn = trend(merchant, span_of(request.GET.get("days", "")))
    today = today_of(merchant)
    context = page_context(
        member, "home", today=figures.days.get(today, NOTHING), week_ago=figures.days.get(today - timedelta(days=7), NOTHING), trend=drawn,
        recent_sales=selectors.sale_rows(recent), **(_of_the_chain(request, member) if member.reach is None else _of_places(member)),
    )  # fmt: skip
    return render(request, "portal/home.html", context)


def _of_the_chain(request: HttpRequest, member: Member) -> dict[str, Any]:
    """What is of no store: money, keys, the catalogue, tips and the first steps."""
    merchant = member.merchant
    witness.saw(merchant, "balance")
    return {
        "available": available(merchant), "needs_attention": selectors.needs_attention(merchant), "coming_changes": change_pages.soon(merchant),
        "guide": first_run(member), "test_cards_url": reverse("checkout:test_cards"), **tips_context(request, merchant),
    }  # fmt: skip


def _of_places(member: Member) -> dict[str, Any]:
    return {"needs_attention": selectors.sales_to_capture(member.merchant)}


@require_POST
@member_page
def first_run_end(request: HttpRequest, member: Member) -> HttpResponse:
    """Put the guide away, once every step of it is done."""
    if end_guide(member):
        messages.success(request, "The guide is put away.")
    return redirect("portal:home")


@member_page(needs="settings.manage")
def business(request: HttpRequest, member: Member) -> HttpResponse:
    """What stands on receipts, and whom shoppers write to."""
    merchant = member.merchant
    typed = {"address": merchant.address, "support_email": merchant.support_email}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:1000] for name in typed}
        try:
            set_details(merchant=merchant, **typed)
            messages.success(request, "Your business details are saved. Receipts from now on show them.")
            return redirect("portal:business")
        except PlatformError as refusal:
            errors = {refusal.param or "address": refusal.message}
    context = page_context(member, "home", typed=typed, errors=errors)
    return render(request, "portal/business.html", context, status=400 if errors else 200)
