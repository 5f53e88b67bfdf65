"""What a wrong address or a failure looks like: the API's shape for programs, a page for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.api.errors import plain_error
from common.api.refused_text import RefusedText
from common.request_context import request_id


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/v1/") or request.path.endswith("/confirm/")


def _answer(request: HttpRequest, status: int, code: str, message: str, template: str) -> HttpResponse:
    if _wants_json(request):
        return plain_error(request, status=status, code=code, message=message)
    return render(request, template, {"request_id": request_id.get(), "message": message}, status=status)


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
    return _answer(
        request,
        500,
        "internal_error",
        "We failed to handle this call; it has been logged under the request id.",
        "errors/500.html",
    )
