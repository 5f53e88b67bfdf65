"""Who is signed in as a shopper: a cookie of its own, sent to /me/ alone, that has nothing to do with the staff's and merchants' session."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from common.request_context import Actor, acting_as, actor
from common.tokens import digest_of, new_token
from people.devices import device_of, network_of
from shoppers.accounts import ShopperAccount, ShopperSession
from shoppers.sign_in import SESSION_LIFE, begin_session, session_for

SESSION, BROWSER, QUESTION = "fsa_shopper", "fsa_shopper_browser", "fsa_shopper_question"
PATH = "/me/"
QUESTION_LIFE_S = 300

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, ShopperSession, P], HttpResponse]


def shopper_page(view: View[P]) -> Callable[..., HttpResponse]:
    """A page for a signed-in shopper: the view is handed the session. Others are led to the sign-in."""

    @never_cache
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        session = current_session(request)
        if session is None:
            if SESSION in request.COOKIES:
                messages.info(request, "You were signed out because nothing happened for a while. Sign in to go on.")
            return redirect("me:sign_in")
        with acting_as(Actor("shopper", session.account.public_id, "", actor.get().address)):
            return view(request, session, *args, **kwargs)

    return guarded


def current_session(request: HttpRequest) -> ShopperSession | None:
    text = request.COOKIES.get(SESSION, "")
    return session_for(text) if text else None


def _set(response: HttpResponse, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(name, value, max_age=max_age_s, path=PATH, secure=settings.IS_HTTPS, httponly=True, samesite="Lax")


def sign_in_here(request: HttpRequest, response: HttpResponse, account: ShopperAccount) -> None:
    """Begin a session with a cookie that nobody knew before; an older one of this browser ends."""
    if old := current_session(request):
        old.delete()
    text = begin_session(account=account, device=device_of(request), network=network_of(request))
    _set(response, SESSION, text, int(SESSION_LIFE.total_seconds()))


def sign_out_here(response: HttpResponse) -> None:
    response.delete_cookie(SESSION, path=PATH, samesite="Lax")


def browser_mark(request: HttpRequest) -> str:
    """What this browser is known by between asking for a link and using it."""
    return request.COOKIES.get(BROWSER, "")[:64]


def mark_browser(request: HttpRequest, response: HttpResponse, mark: str) -> None:
    _set(response, BROWSER, mark, 24 * 3600)


def keep_question(response: HttpResponse, state: dict[str, Any]) -> None:
    """Keep a passkey's challenge until the answer; the browser holds the only key to it."""
    key = new_token()
    cache.set(f"passkey:{digest_of(key)}", state, QUESTION_LIFE_S)
    _set(response, QUESTION, key, QUESTION_LIFE_S)


def take_question(request: HttpRequest) -> dict[str, Any]:
    """The challenge that this browser was asked; each is taken once."""
    key = f"passkey:{digest_of(request.COOKIES.get(QUESTION, ''))}"
    state: dict[str, Any] = cache.get(key) or {}
    return state if state and cache.delete(key) else {}
