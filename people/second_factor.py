"""Who must have a second factor, and what they reach without one: the pages where it is set up, and the way out."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.module_loading import import_string

from people.models import User

SETTING_UP = frozenset({
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    "account_logout", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
})  # fmt: skip
# Doors that never ask who is signed in: whoever has the address or a key may pass, signed in or not.
OPEN_TO_ALL = (
    "/v1/",
    "/sdk/",
    "/docs/",
    "/static/",
    "/pay/",
    "/l/",
    "/looks/",
    "/receipts/",
    "/check/",
    "/card-frame/",
    "/test-cards/",
    "/sandbox-bank/",
    "/me/",
    "/healthz",
    "/readyz",
    "/metrics",
)
REAL_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for one of these


def needs_second_factor(user: User | AnonymousUser) -> bool:
    """Is this one of those who may not go without? Each room that knows somebody says so in `SECOND_FACTOR_REQUIRED_FOR`."""
    return isinstance(user, User) and any(import_string(rule)(user) for rule in settings.SECOND_FACTOR_REQUIRED_FOR)


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=REAL_FACTORS).exists())


def is_last_factor(factor: Authenticator) -> bool:
    others = Authenticator.objects.filter(user_id=factor.user_id, type__in=REAL_FACTORS).exclude(pk=factor.pk)
    return factor.type in REAL_FACTORS and not others.exists()


def passkeys_are_possible() -> bool:
    """Browsers tie a passkey to a host name: at an address of mere numbers there is none to tie it to."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return settings.IS_HTTPS or host == "localhost" or host.endswith(".localhost")
    return False


class SecondFactorMiddleware:
    """Lead whoever must have a second factor, and has none, to where it is set up; nothing else opens before.

    Stands after the middleware that knows the user. A request without the session's cookie passes at once.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(OPEN_TO_ALL):
            return self.get_response(request)
        user = request.user
        if not isinstance(user, User) or _sets_up(request.path_info) or not needs_second_factor(user) or has_second_factor(user):
            return self.get_response(request)
        return _refuse(request)


def _sets_up(path: str) -> bool:
    try:
        return resolve(path).url_name in SETTING_UP
    except Resolver404:
        return False


def _refuse(request: HttpRequest) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": {"code": "second_factor_required", "message": "Set up a second factor first."}}, status=403)
    if request.method in {"GET", "HEAD"}:
        return HttpResponseRedirect(f"{reverse('mfa_index')}?{urlencode({'next': request.get_full_path()})}")
    return render(request, "errors/second_factor.html", status=403)
