"""Django's ASGI door for synchronous views: a whole request, middleware and view, in one thread of a fixed pool.

Django's own handler changes thread for each signal and each synchronous part, and makes a new thread for every
request; that was a third of a sale's time. Nothing here is asynchronous but the socket: devices and dashboards have
doors of their own beside this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
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
        socket = Socket(loop, receive, send)
        try:
            answer = await loop.run_in_executor(self.threads, self._respond, scope, body, socket)
        finally:
            socket.forget()
        if answer is not None:
            status, headers, content = answer
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    def _respond(
        self, scope: dict[str, Any], body: SpooledTemporaryFile[bytes] | IO[bytes], socket: Socket
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
        """Status, headers and the whole body; None where the answer left while it was made, part by part.

        The signals that hand database connections back fire in this thread.
        """
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, error = self.create_request(scope, body)
        response = self.get_response(request) if request is not None else error
        assert response is not None  # create_request gives one or the other
        try:
            if response.streaming and not response.has_header("Content-Length"):
                socket.stream(response)
                return None
            content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
            return response.status_code, _headers(response), content
        finally:
            response.close()
            body.close()


class HungUp(Exception):
    """Who asked for a long answer is gone: nobody reads the rest."""


class Socket:
    """The caller's line, as the thread of a request sees it: for answers of unknown length, which leave while they are made."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send) -> None:
        self._loop, self._receive, self._send = loop, receive, send
        self._gone: Future[None] | None = None

    def stream(self, response: HttpResponseBase) -> None:
        """Send it part by part. Where the caller hangs up the rest is not made; what the parts hold open ends in this thread."""
        self._gone = asyncio.run_coroutine_threadsafe(self._hung_up(), self._loop)
        parts = iter(response)
        try:
            first = next(parts, b"")  # what fails before the first part fails before the answer begins
            self._say({"type": "http.response.start", "status": response.status_code, "headers": _headers(response)})
            self._say({"type": "http.response.body", "body": first, "more_body": True})
            for part in parts:
                self._say({"type": "http.response.body", "body": part, "more_body": True})
            self._say({"type": "http.response.body", "body": b""})
        except HungUp:
            pass
        finally:
            if close := getattr(parts, "close", None):
                close()

    def forget(self) -> None:
        if self._gone is not None:
            self._gone.cancel()

    def _say(self, message: Mapping[str, Any]) -> None:
        """Wait until the socket took it, so that nobody's slow line fills the memory."""
        if self._gone is not None and self._gone.done():
            raise HungUp
        asyncio.run_coroutine_threadsafe(self._sent(message), self._loop).result()

    async def _sent(self, message: Mapping[str, Any]) -> None:
        await self._send(message)

    async def _hung_up(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            await asyncio.sleep(1)


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    if not response.has_header("Content-Length") and not response.streaming:
        headers.append((b"Content-Length", str(len(response.content)).encode()))  # type: ignore[attr-defined]
    return headers
