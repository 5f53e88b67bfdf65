"""A limit on request bodies that holds before Django spools them to disk."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class BodyTooLarge(Exception):
    """More bytes came than are allowed."""


class BodyLimit:
    """Refuses a body above `API_MAX_BODY_BYTES` with 413 in the API's error shape, whatever Content-Length claims."""

    def __init__(self, application: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = settings.API_MAX_BODY_BYTES
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
    message = f"The request body is larger than {limit:,} bytes: send fewer items at a time."
    body = json.dumps(
        {"error": {"type": "invalid_request_error", "code": "body_too_large", "message": message, "param": None,
                   "doc_url": "/v1/docs/#errors", "request_id": ""}}
    ).encode()  # fmt: skip
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
