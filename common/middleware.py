"""Middleware that every request passes."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse

from common.card_numbers import holds_card_number
from common.ids import new_id
from common.request_context import request_id
from common.scopes import enter_across_merchants, guarded
from common.secrets_in_text import holds_key

GetResponse = Callable[[HttpRequest], HttpResponse]
ACCEPTED_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class NulMiddleware:
    """Refuse a NUL in an address, or in a form of the admin: PostgreSQL can keep none, so any look-up and any save would fail."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """Of the admin alone: its pages are many and read forms themselves, and no keyboard writes a NUL."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.app_name != "admin":
            return
        if any("\x00" in value for _, values in request.POST.lists() for value in values):
            raise BadRequest


class RequestIdMiddleware:
    """Give each request an id: the caller's own `X-Request-Id` if it is well formed, else a new one."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-Id", "")
        value = offered if _is_acceptable(offered) else new_id("req")
        mark = request_id.set(value)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(mark)
        response.headers["X-Request-Id"] = value
        return response


def _is_acceptable(offered: str) -> bool:
    """It goes into logs, events and the audit trail: so neither a card number nor a key may pass for an id."""
    return bool(ACCEPTED_REQUEST_ID.fullmatch(offered)) and not holds_card_number(offered) and not holds_key(offered)


class ScopeMiddleware:
    """Each request starts without a merchant, whatever its thread did before; a door enters one, and here it is left."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with guarded():
            return self.get_response(request)


class AdminScopeMiddleware:
    """Staff look across merchants in the admin, and nowhere else by this door. What each may look at is asked by the admin."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        match = request.resolver_match
        user = getattr(request, "user", None)
        if match and match.app_names[:1] == ["admin"] and user and user.is_active and user.is_staff:
            enter_across_merchants("staff look across merchants in the admin")
