"""Signing in as a shopper, and what one bought."""

from __future__ import annotations

import re
import secrets

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from checkout.selectors import receipt_shopper
from common.errors import PlatformError
from eligibility.letters.selectors import letter_shopper
from people.devices import network_of
from people.letters import send_letter
from portal.me.access import browser_mark, current_session, mark_browser, shopper_page, sign_in_here, sign_out_here
from portal.me.selectors import purchases
from shoppers.accounts import ShopperAccount, ShopperSession
from shoppers.claims import claim
from shoppers.errors import LinkOver
from shoppers.sign_in import LINK_LIFE, end_sessions, is_same_browser, link_for, make_link, sessions_of, use_link

MINUTES = int(LINK_LIFE.total_seconds() // 60)
LONGEST_ID = 40
KEPT_ID = re.compile(r"[a-z]+_[0-9a-z]+")  # how the id of a receipt or letter is written; ids know no other letter
LETTER = "lmn_"  # how the id of a letter begins; any other is a receipt's


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether the address is known here or not."""
    given = request.POST if request.method == "POST" else request.GET
    receipt_id = _kept_id(given.get("receipt", "") or given.get("letter", ""))
    context = {"receipt_id": receipt_id, "is_letter": receipt_id.startswith(LETTER), "minutes": MINUTES}
    session = current_session(request)
    if session is not None and request.method == "GET":
        if receipt_id:
            _keep(request, session.account, receipt_id)
        return redirect(_place(receipt_id))
    if request.method != "POST":
        return render(request, "me/sign_in.html", context)
    email = request.POST.get("email", "").replace("\x00", "").strip()
    try:
        _check_address(email)
    except ValidationError:
        return render(
            request, "me/sign_in.html", {**context, "error": "Type a whole e-mail address.", "email": email[:254]}, status=400
        )
    mark = browser_mark(request) or secrets.token_urlsafe(24)
    try:
        with transaction.atomic():
            _, token = make_link(email=email, browser=mark, network=network_of(request), receipt_id=receipt_id)
            _send(email, token)
    except PlatformError as refusal:
        return render(
            request, "me/sign_in.html", {**context, "error": refusal.message, "email": email}, status=refusal.http_status
        )
    response = render(request, "me/sent.html", {**context, "email": email})
    mark_browser(request, response, mark)
    return response


def _kept_id(written: str) -> str:
    """What is to be kept after signing in; empty for what no id looks like, since whoever follows a broken link may sign in all the same."""
    return written if len(written) <= LONGEST_ID and KEPT_ID.fullmatch(written) else ""


def _check_address(email: str) -> None:
    """Django takes “ſ” and the Kelvin sign for letters, and the index takes them for s and k: that is somebody else's mailbox."""
    validate_email(email)
    if not email.rpartition("@")[0].isascii():
        raise ValidationError("not ASCII")


def _send(email: str, token: str) -> None:
    send_letter(
        to=email,
        subject="Your link to sign in",
        template="me/link",
        context={"path": reverse("me:open", args=[token]), "minutes": MINUTES},
        useful_for=LINK_LIFE,
    )


@never_cache
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Looking uses nothing up, since mail programs look; only the button does."""
    try:
        link = link_for(token)
        if request.method != "POST":
            context = {"link": link, "is_same_browser": is_same_browser(link, browser_mark(request))}
            return _said(render(request, "me/open.html", context))
        account = use_link(link=link)
    except LinkOver as refusal:
        return _said(render(request, "me/over.html", {"refusal": refusal}, status=refusal.http_status))
    if link.receipt_id:
        _keep(request, account, link.receipt_id)
    response = redirect(_place(link.receipt_id))
    sign_in_here(request, response, account)
    return _said(response)


def _said(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = (
        "same-origin"  # this page’s address is a secret; with “no-referrer” its own form would come from nowhere
    )
    return response


def _place(kept: str) -> str:
    """Where to go after signing in: to what was to be kept."""
    return "me:letters" if kept.startswith(LETTER) else "me:home"


def _keep(request: HttpRequest, account: ShopperAccount, receipt_id: str) -> None:
    whose = letter_shopper if receipt_id.startswith(LETTER) else receipt_shopper
    try:
        is_new = claim(account=account, shopper=whose(receipt_id))
    except PlatformError as refusal:
        messages.warning(request, refusal.message)
    else:
        if receipt_id.startswith(LETTER):
            return  # the page that opens shows the letter itself
        messages.success(
            request, "Your purchases there are now kept here." if is_new else "These purchases were kept here already."
        )


@shopper_page
def home(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    context = {"account": session.account, "purchases": purchases(session.account), "section": "purchases"}
    return render(request, "me/home.html", context)


@shopper_page
def account(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    context = {
        "account": session.account, "sessions": sessions_of(session.account), "here": session.public_id,
        "passkeys": list(session.account.passkeys.order_by("pk")), "section": "account",
    }  # fmt: skip
    return render(request, "me/account.html", context)


@require_POST
@shopper_page
def end(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    """End one sign-in of one's own, or all but this."""
    count = end_sessions(account=session.account, only=request.POST.get("session", "")[:LONGEST_ID], but=session.public_id)
    messages.success(request, f"{count} sign-in{'s' * (count != 1)} ended.")
    return redirect("me:account")


@require_POST
@shopper_page
def sign_out(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    end_sessions(account=session.account, only=session.public_id)
    response = redirect("me:sign_in")
    sign_out_here(response)
    return response
