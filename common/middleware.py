"""Middleware that every request passes."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse

from common.ids import new_id
from common.request_context import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]
ACCEPTED_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class NulMiddleware:
    """Refuse an address with a NUL in it: PostgreSQL can keep none, so it names nothing, and any look-up would fail."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest
        return self.get_response(request)


class RequestIdMiddleware:
    """Give each request an id: the caller's own `X-Request-Id` if it is well formed, else a new one."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-Id", "")
        value = offered if ACCEPTED_REQUEST_ID.fullmatch(offered) else new_id("req")
        mark = request_id.set(value)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(mark)
        response.headers["X-Request-Id"] = value
        return response
