"""What a wrong address or a failure looks like: the API's shape for programs, a page for people."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

from common.api.errors import RETRY_AFTER_S, plain_error
from common.api.refused_text import RefusedText
from common.errors import PlatformError
from common.request_context import request_id
from vault.errors import CustodianUnavailable, MerchantKeyRevoked

RESTARTING = "temporarily_unavailable"


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks, by the address."""
    return request.path.startswith("/v1/") or request.path.endswith(("/confirm/", "/status/"))


def _answer(request: HttpRequest, status: int, code: str, message: str, template: str) -> HttpResponse:
    if wants_json(request):
        return plain_error(request, status=status, code=code, message=message)
    return render(
        request, template, {"request_id": request_id.get(), "message": message, "restarting": code == RESTARTING}, status=status
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "not_found", "There is no such address: see /v1/docs/ for those there are.", "errors/404.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "permission_denied", "You may not do that.", "errors/403.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RefusedText):
        refusal = exception.refusal
        return _answer(request, 400, refusal.code, refusal.message, "errors/400.html")
    return _answer(request, 400, "request_malformed", "The request could not be read.", "errors/404.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request, 403, "page_expired", "This page is too old: reload it and try again. Nothing was charged.", "errors/403.html"
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """What nothing else has answered: a 503 where the database is away for a moment, so that callers send the same call again."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError, PoolTimeout)):
        words = "A part of the platform is restarting: send the same call again."
        response = _answer(request, 503, RESTARTING, words, "errors/503.html")
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return _answer(
        request,
        500,
        "internal_error",
        "We failed to handle this call; it has been logged under the request id.",
        "errors/500.html",
    )


class LockedMiddleware:
    """What a page answers when it needs a key that the bank has locked, or that nobody can be asked for just now."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        match exception:
            case MerchantKeyRevoked():
                return _named(request, exception, "errors/locked.html")
            case CustodianUnavailable():
                response = _named(request, exception, "errors/503.html")
                response["Retry-After"] = str(RETRY_AFTER_S)
                return response
        return None


def _named(request: HttpRequest, error: PlatformError, template: str) -> HttpResponse:
    return _answer(request, error.http_status, error.code, error.message, template)
