"""Django's ASGI door for synchronous views: a whole request, middleware and view, in one thread of a fixed pool.

Django's own handler changes thread for each signal and each synchronous part, and makes a new thread for every
request; that was a third of a sale's time. Nothing here is asynchronous but the socket: devices and dashboards have
doors of their own beside this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase
from django.urls import set_script_prefix

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class OneThreadHandler(ASGIHandler):
    """Serves HTTP; a request that has begun runs to its end even if the caller hangs up, for it may move money."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(max_workers=settings.WEB_THREADS, thread_name_prefix="request")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(self.threads, self._respond, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _respond(
        self, scope: dict[str, Any], body: SpooledTemporaryFile[bytes] | IO[bytes]
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and the whole body. The signals that hand database connections back fire in this thread."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, error = self.create_request(scope, body)
        response = self.get_response(request) if request is not None else error
        assert response is not None  # create_request gives one or the other
        try:
            content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
            return response.status_code, _headers(response), content
        finally:
            response.close()
            body.close()


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    if not response.has_header("Content-Length") and not response.streaming:
        headers.append((b"Content-Length", str(len(response.content)).encode()))  # type: ignore[attr-defined]
    return headers
