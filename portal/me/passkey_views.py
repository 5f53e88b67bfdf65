"""Passkeys of shoppers: adding one, removing one, signing in with one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import PlatformError
from portal.me.access import keep_question, shopper_page, sign_in_here, take_question
from shoppers import passkeys
from shoppers.accounts import ShopperSession

LONGEST_ANSWER = 20_000


@shopper_page
def add(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    if request.method == "POST":
        name = request.POST.get("name", "").replace("\x00", "").strip()
        try:
            passkeys.add(account=session.account, state=take_question(request), answer=_answer(request), name=name)
        except PlatformError as refusal:
            messages.error(request, refusal.message)
            return redirect("me:passkey_add")
        messages.success(request, "The passkey is added. Next time, sign in with it.")
        return redirect("me:account")
    options, state = passkeys.begin_adding(session.account)
    context = {
        "js_data": {"creation_options": options},
        "name": f"Passkey {session.account.passkeys.count() + 1}",
        "section": "account",
    }
    response = render(request, "me/passkey_add.html", context)
    keep_question(response, state)
    return response


@require_POST
@shopper_page
def remove(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    if passkeys.remove(account=session.account, public_id=public_id):
        messages.success(request, "The passkey is removed. A link by e-mail always signs you in.")
    return redirect("me:account")


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The question by GET, the browser's answer by POST."""
    if request.method != "POST":
        options, state = passkeys.begin_sign_in()
        asked = JsonResponse({"request_options": options})
        keep_question(asked, state)
        return asked
    try:
        account = passkeys.sign_in(state=take_question(request), answer=_answer(request))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
        return redirect("me:sign_in")
    response = redirect("me:home")
    sign_in_here(request, response, account)
    return response


def _answer(request: HttpRequest) -> Any:
    try:
        return json.loads(request.POST.get("credential", "")[:LONGEST_ANSWER])
    except (ValueError, RecursionError):
        return None
