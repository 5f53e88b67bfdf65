"""The merchant's public checker: on or off, its address, and how to put it on a site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from eligibility.checker.services import is_checker_on, switch_checker
from merchants.models import Member
from portal.access import member_page, page_context


@member_page(needs="products.view")
def checker(request: HttpRequest, member: Member) -> HttpResponse:
    address = f"{settings.BASE_URL}{reverse('checker:page', args=[member.merchant.public_id])}"
    context = page_context(
        member, "products", is_on=is_checker_on(member.merchant), address=address, origins=member.merchant.embed_origins,
        snippet=f'<iframe src="{address}" title="Can my FSA or HSA card pay for it?" width="100%" height="720" loading="lazy"></iframe>',
    )  # fmt: skip
    return render(request, "portal/checker.html", context)


@require_POST
@member_page(needs="products.manage")
def switch(request: HttpRequest, member: Member) -> HttpResponse:
    """Show the checker to the public, or take it away."""
    row = switch_checker(merchant=member.merchant, is_on=request.POST.get("is_on") == "yes")
    messages.success(request, "Your checker is on." if row.is_on else "Your checker is off: its address shows nothing.")
    return redirect("portal:checker")
