"""The one shape of every error the API answers."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.http.request import RawPostDataException
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response

from common.api.requests import UNKNOWN
from common.errors import PlatformError
from common.request_context import request_id

logger = logging.getLogger(__name__)
RETRY_AFTER_S = 2
FAILED = "We failed to handle this call; it has been logged under the request id."

TYPES = {401: "authentication_error", 402: "card_error", 403: "permission_error", 404: "not_found_error",
         429: "rate_limit_error"}  # fmt: skip


def error_body(
    *, status: int, code: str, message: str, param: str | None = None, type: str | None = None, **extra: Any
) -> dict[str, Any]:
    return {
        "error": {
            "type": type or TYPES.get(status) or ("api_error" if status >= 500 else "invalid_request_error"),
            "code": code,
            "message": _whole(message),
            "param": None if param is None else _whole(param),
            "doc_url": f"{settings.BASE_URL}/v1/docs/errors/#{code}",
            "request_id": request_id.get(),
            **extra,
        }
    }


def _whole(text: str) -> str:
    """What a caller wrote may come back in a sentence; half a character (an unpaired surrogate) cannot be sent and becomes “?”."""
    return text.encode("utf-8", "replace").decode("utf-8")


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever a view raised into the error shape; nothing internal is told."""
    match error:
        case PlatformError() if error.http_status == 500:  # a rule that only we can break: its words are for the log
            logger.exception("%s: %s", error.code, error.message)
            return _respond(500, error.code, FAILED)
        case PlatformError():
            response = _respond(
                error.http_status,
                error.code,
                error.message,
                error.param,
                type=error.type if error.type != "invalid_request_error" else None,
                **error.details,
            )
            if error.retryable:
                response["Retry-After"] = str(math.ceil(error.details.get("retry_after_s", RETRY_AFTER_S)))
            if error.http_status == 401:
                response["WWW-Authenticate"] = 'Bearer realm="api"'
            return response
        case exceptions.ValidationError():
            param, message = first_complaint(error.detail)
            if _is_of_unknown(error.detail):
                return _respond(400, "parameter_unknown", message, param or None)
            return _respond(400, "parameter_invalid", message, param or None)
        case exceptions.Throttled():
            response = _respond(429, "rate_limited", "Too many requests with this key: wait as long as Retry-After says.")
            response["Retry-After"] = str(max(1, round(getattr(error, "wait", None) or 1)))
            return response
        case exceptions.MethodNotAllowed():
            known = ", ".join(method for method in context["view"].allowed_methods if method != "OPTIONS")
            return _respond(405, "method_not_allowed", f"{error.detail} This address takes {known}.")
        case exceptions.APIException():
            code = {"parse_error": "json_invalid"}.get(str(error.default_code), str(error.default_code))
            response = _respond(error.status_code, code, str(error.detail))
            if challenge := getattr(error, "auth_header", None):
                response["WWW-Authenticate"] = challenge
            return response
        case Http404():
            return _respond(404, "not_found", "There is no such object, or it is not yours.")
        case PermissionDenied():
            return _respond(403, "permission_denied", "This key may not do that.")
        case RequestDataTooBig():
            return _respond(413, "body_too_large", "The request body is too large: send fewer items at a time.")
        case BadRequest() | SuspiciousOperation() | RawPostDataException() | UnreadablePostError():
            return _respond(400, "request_malformed", "The request could not be read: send its body as JSON.")
        case OperationalError() | InterfaceError() | PoolTimeout():
            logger.warning("database unavailable: %s", error)
            response = _respond(503, "temporarily_unavailable", "A part of the platform is restarting: send the same call again.")
            response["Retry-After"] = str(RETRY_AFTER_S)
            return response
        case _:
            logger.exception("unexpected error")
            return _respond(500, "internal_error", FAILED)


def _respond(status: int, code: str, message: str, param: str | None = None, **extra: Any) -> Response:
    return Response(error_body(status=status, code=code, message=message, param=param, **extra), status=status)


def first_complaint(detail: Any, path: str = "") -> tuple[str, str]:
    """The first thing wrong with what was sent: the path of its field, and a sentence."""
    return next(_flatten(detail, path))


def _is_of_unknown(detail: Any) -> bool:
    """Is the first complaint about a field that the call does not have?"""
    while isinstance(detail, (dict, list)):
        detail = next(inner for inner in (detail.values() if isinstance(detail, dict) else detail) if inner)
    return bool(detail.code == UNKNOWN)


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The first complaint of a validation error first, each with the path of its field: `line_items[0].quantity`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            if inner:
                here = (
                    path
                    if name == "non_field_errors"
                    else f"{path}[{name}]"
                    if isinstance(name, int)
                    else f"{path}.{name}".lstrip(".")
                )
                yield from _flatten(inner, here)
    elif isinstance(detail, list) and any(isinstance(inner, (dict, list)) for inner in detail):
        for index, inner in enumerate(detail):
            if inner:
                yield from _flatten(inner, f"{path}[{index}]")
    elif isinstance(detail, list):
        yield path, f"{path or 'request'}: {detail[0]}"
    else:
        yield path, f"{path or 'request'}: {detail}"


def plain_error(request: HttpRequest, *, status: int, code: str, message: str) -> JsonResponse:
    """The error shape from outside DRF, such as for a path that no view owns."""
    headers = {"Fsa-Version": settings.API_VERSIONS[-1], "Cache-Control": "no-store"}
    return JsonResponse(error_body(status=status, code=code, message=message), status=status, headers=headers)
