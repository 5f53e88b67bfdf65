"""Linking a bank: what is read, for how long and why, said before anybody is sent there; and the end of it, in one click."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from common.errors import PlatformError
from portal.me.access import shopper_page
from portal.me.account_rows import bank_row
from shoppers.accounts import ShopperSession
from shoppers.bank.consents import LONGEST, finish_consent, revoke_consent, start_consent
from shoppers.bank.providers import is_offered
from shoppers.bank.refreshing import refresh_now
from shoppers.bank.selectors import consent_of

SECTION = "accounts"
DAYS = LONGEST.days


@shopper_page
def link(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    """The page that asks, and the way to the bank for whoever agrees. Its answer counts in this sign-in alone."""
    if not is_offered():
        raise Http404
    context = {"days": DAYS, "section": SECTION}
    if request.method != "POST":
        return render(request, "me/bank_link.html", context)
    return_url = f"{settings.BASE_URL}{reverse('me:bank_return')}"
    try:
        url = start_consent(account=session.account, browser=session.digest, return_url=return_url)
    except PlatformError as refusal:
        return render(request, "me/bank_link.html", {**context, "error": refusal.message}, status=refusal.http_status)
    # A form may lead to this site alone (the page's own policy), so the browser goes on by itself from a page in between.
    response = render(request, "me/bank_go.html", {"url": url, "section": SECTION})
    response["Refresh"] = f"0; url={url}"
    return response


@shopper_page
def come_back(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    """Where the bank sends the browser back to. The answer is taken once; looking again shows the accounts."""
    given = {name: request.GET.get(name, "").replace("\x00", "")[:500] for name in ("state", "code")}
    try:
        consent = finish_consent(account=session.account, browser=session.digest, **given)
    except PlatformError as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"{consent.institution} is linked. Its payments are being read and show within a minute.")
    return redirect("me:accounts")


@require_POST
@shopper_page
def refresh(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    try:
        refresh_now(consent=consent_of(session.account, public_id), pause=lambda _: None)
    except PlatformError as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, "Read again just now.")
    return redirect("me:accounts")


@shopper_page
def end(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    """Say what will happen, and do it at one click."""
    consent = consent_of(session.account, public_id)
    if request.method != "POST":
        return render(request, "me/bank_end.html", {"row": bank_row(consent), "section": SECTION})
    revoke_consent(consent=consent)
    messages.success(request, f"{consent.institution} is no longer linked. What we had read of it is deleted.")
    return redirect("me:accounts")
