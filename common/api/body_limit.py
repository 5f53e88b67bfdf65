"""A limit on request bodies that holds before Django spools them to disk."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from common.api.errors import error_body
from common.ids import new_id
from common.request_context import request_id

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class BodyTooLarge(Exception):
    """More bytes came than are allowed."""


class BodyLimit:
    """Refuses a body above `API_MAX_BODY_BYTES`, or what settings allow where files come in, with 413, whatever Content-Length claims: the API's
    callers in its error shape, people with a page."""

    def __init__(self, application: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = _limit(scope)
        announced = next((value for name, value in scope.get("headers", ()) if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > limit:
            return await self._refuse(scope, send, limit)
        received, started = 0, False

        async def counted_receive() -> MutableMapping[str, Any]:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge
            return message

        async def watched_send(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.application(scope, counted_receive, watched_send)
        except BodyTooLarge:
            if not started:
                await self._refuse(scope, send, limit)

    async def _refuse(self, scope: Scope, send: Send, limit: int) -> None:
        await (refuse if str(scope.get("path", "")).startswith("/v1/") else refuse_person)(send, limit)


def _limit(scope: Scope) -> int:
    """In bytes."""
    path = str(scope.get("path", ""))
    usual: int = settings.API_MAX_BODY_BYTES
    if scope.get("method") != "POST":
        return usual
    if path.startswith(settings.UPLOAD_PATHS):
        return int(settings.UPLOAD_MAX_BYTES)
    return next((limit for page, limit in settings.PAGE_FILE_PATHS.items() if path.startswith(page)), usual)


async def refuse(send: Send, limit: int) -> None:
    message = f"The request body is larger than {limit:,} bytes: send fewer items at a time."
    request = new_id("req")
    mark = request_id.set(request)
    body = json.dumps(error_body(status=413, code="body_too_large", message=message)).encode()
    request_id.reset(mark)
    await _answer(send, "application/json", body, **{"x-request-id": request, "fsa-version": settings.API_VERSIONS[-1]})


async def refuse_person(send: Send, limit: int) -> None:
    body = render_to_string("errors/413.html", {"limit_mb": limit // 1_000_000}).encode()
    await _answer(send, "text/html; charset=utf-8", body)


async def _answer(send: Send, kind: str, body: bytes, **more: str) -> None:
    headers = {"content-type": kind, "content-length": str(len(body)), "connection": "close", **more}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 413, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
