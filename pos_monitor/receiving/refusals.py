"""How the doors refuse over HTTP: the house's shape of an error, under a request id of its own."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.conf import settings

from common.api.errors import error_body
from common.errors import PlatformError
from common.ids import new_id
from common.request_context import request_id

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def refuse(
    send: Send, error: PlatformError, *, start: str = "http.response.start", body: str = "http.response.body"
) -> None:
    """Say what was raised. start, body: the messages of ASGI that carry it."""
    details = {name: value for name, value in error.details.items() if name != "retry_after_s"}
    more = {"retry-after": str(math.ceil(error.details["retry_after_s"]))} if "retry_after_s" in error.details else {}
    if error.http_status == 401:
        more["www-authenticate"] = 'Bearer realm="terminals"'
    kind = error.type if error.type != "invalid_request_error" else None
    told = {
        "status": error.http_status,
        "code": error.code,
        "message": error.message,
        "param": error.param,
        "type": kind,
        **details,
    }
    await _tell(send, told, more, start, body)


async def refuse_method(send: Send) -> None:
    """Only POST is known here."""
    told = {"status": 405, "code": "method_not_allowed", "message": "This address takes POST."}
    await _tell(send, told, {"allow": "POST"})


async def refuse_path(send: Send) -> None:
    """There is nothing here."""
    await _tell(send, {"status": 404, "code": "not_found", "message": "Reports are received here, and nothing else."}, {})


async def answer(
    send: Send, status: int, told: Mapping[str, Any], more: Mapping[str, str],
    start: str = "http.response.start", body: str = "http.response.body",
) -> None:  # fmt: skip
    """told: the body, for JSON; more: headers beside those that every answer has."""
    content = json.dumps(told, separators=(",", ":")).encode()
    headers = {"content-type": "application/json", "content-length": str(len(content)), "fsa-version": settings.API_VERSIONS[-1]}
    encoded = [(name.encode(), value.encode()) for name, value in (headers | dict(more)).items()]
    await send({"type": start, "status": status, "headers": encoded})
    await send({"type": body, "body": content})


async def _tell(
    send: Send,
    told: dict[str, Any],
    more: Mapping[str, str],
    start: str = "http.response.start",
    body: str = "http.response.body",
) -> None:
    mark = request_id.set(new_id("req"))
    content, headers = error_body(**told), {**more, "x-request-id": request_id.get()}
    request_id.reset(mark)
    await answer(send, told["status"], content, headers, start, body)
