"""A limit on request bodies that holds before Django spools them to disk."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from common.api.errors import error_body
from common.ids import new_id
from common.request_context import request_id

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class BodyTooLarge(Exception):
    """More bytes came than are allowed."""


class BodyLimit:
    """Refuses a body above `API_MAX_BODY_BYTES`, or `UPLOAD_MAX_BYTES` where files come in, with 413 in the API's error shape, whatever Content-Length claims."""

    def __init__(self, application: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        takes_files = scope.get("method") == "POST" and str(scope.get("path", "")).startswith(settings.UPLOAD_PATHS)
        limit = settings.UPLOAD_MAX_BYTES if takes_files else settings.API_MAX_BODY_BYTES
        announced = next((value for name, value in scope.get("headers", ()) if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > limit:
            return await refuse(send, limit)
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
                await refuse(send, limit)


async def refuse(send: Send, limit: int) -> None:
    request = new_id("req")
    mark = request_id.set(request)
    message = f"The request body is larger than {limit:,} bytes: send fewer items at a time."
    body = json.dumps(error_body(status=413, code="body_too_large", message=message)).encode()
    request_id.reset(mark)
    headers = {
        "content-type": "application/json", "content-length": str(len(body)), "connection": "close",
        "x-request-id": request, "fsa-version": settings.API_VERSIONS[-1],
    }  # fmt: skip
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 413, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
