"""The publisher over HTTP: conditional and partial reading (RFC 9110), and for people on this machine the levers of a sandbox."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from aiohttp import web

from eligibility.lists.publisher.bad_versions import NotPossible
from eligibility.lists.publisher.faults import Delivery
from eligibility.lists.publisher.publisher import FAULTS, Publisher
from eligibility.lists.publisher.shelf import ShelfUnusable

Pause = Callable[[float], Awaitable[None]]
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_KINDS: Final = {".json": "application/json", ".sig": "text/plain", ".gz": "application/gzip"}


class HttpDoor:
    """pause: how a slow delivery waits."""

    def __init__(self, publisher: Publisher, *, pause: Pause = asyncio.sleep) -> None:
        self._publisher, self._pause = publisher, pause

    def application(self) -> web.Application:
        application = web.Application(client_max_size=10_000)
        application.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/control", self._state),
                web.post("/control/misbehave", self._misbehave),
                web.post("/control/publish", self._publish),
                web.post("/control/withdraw", self._withdraw),
                web.get("/{path:.+}", self._file),
            ]
        )
        return application

    # --- Files ---

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        look = self._publisher.find if request.method == "HEAD" else self._publisher.deliver
        delivery = await asyncio.to_thread(look, path)
        if delivery is None:
            raise web.HTTPNotFound(text="There is no such file.\n")
        if delivery.is_busy:
            raise web.HTTPServiceUnavailable(text="Try again later.\n", headers={"Retry-After": "30"})
        etag = f'"{delivery.etag}"'
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
        if any(known.value in (delivery.etag, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        span = _span(request.headers.get("Range", ""), delivery.size)
        if request.headers.get("If-Range", etag) != etag:
            span = None  # it is another file by now: begin anew
        if span == (0, 0):
            headers["Content-Range"] = f"bytes */{delivery.size}"
            return web.Response(status=416, headers=headers)
        start, stop = span or (0, delivery.size)
        if span:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{delivery.size}"
        response = web.StreamResponse(status=206 if span else 200, headers=headers)
        response.content_length = stop - start
        response.content_type = _KINDS.get(f".{path.rpartition('.')[2]}", "application/octet-stream")
        await response.prepare(request)
        if request.method != "HEAD":
            await self._send(request, response, delivery, start, stop)
        return response

    async def _send(self, request: web.Request, response: web.StreamResponse, delivery: Delivery, start: int, stop: int) -> None:
        while start < stop:
            data = await asyncio.to_thread(delivery.read, start, min(stop, start + delivery.chunk_bytes))
            if not data:  # the line breaks
                if request.transport:
                    request.transport.close()  # after what is under way, before what was promised
                return
            await response.write(data)
            start += len(data)
            if delivery.pause_s and start < stop:
                await self._pause(delivery.pause_s)
        await response.write_eof()

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    # --- The levers ---

    async def _state(self, request: web.Request) -> web.Response:
        _only_from_here(request)
        return web.json_response(self._told())

    async def _misbehave(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        times = asked.get("times", 1)
        if not isinstance(times, int) or isinstance(times, bool) or not 0 <= times <= 1_000_000:
            raise web.HTTPBadRequest(text="“times” is a whole number from 0 on.\n")
        return await self._pull(self._publisher.misbehave, str(asked.get("fault", "")), times)

    async def _publish(self, request: web.Request) -> web.Response:
        shelf, now = self._publisher.shelf, datetime.now(UTC)
        verbs: dict[Any, Callable[..., int]] = {"month": shelf.publish_next_month, "hot_fix": shelf.publish_hot_fix}
        verb = verbs.get((await _asked(request)).get("kind"))
        if verb is None:
            raise web.HTTPBadRequest(text="“kind” is “month” or “hot_fix”.\n")

        def publish() -> None:
            verb(published_at=now)
            self._publisher.spoil()

        return await self._pull(publish)

    async def _withdraw(self, request: web.Request) -> web.Response:
        version = str((await _asked(request)).get("version", ""))
        if not await asyncio.to_thread(self._publisher.shelf.withdraw, version, published_at=datetime.now(UTC)):
            raise web.HTTPNotFound(text=f"The index has no version “{version}”.\n")
        return await self._pull(self._publisher.spoil)

    async def _pull(self, lever: Callable[..., Any], *arguments: Any) -> web.Response:
        try:
            await asyncio.to_thread(lever, *arguments)
        except (ValueError, NotPossible, ShelfUnusable) as refused:
            raise web.HTTPBadRequest(text=f"{refused}\n") from None
        return web.json_response(self._told())

    def _told(self) -> dict[str, Any]:
        shelf, armed = self._publisher.shelf, self._publisher.armed
        return {
            "list_id": shelf.index.list_id, "public_key": shelf.public_key, "newest": shelf.index.newest,
            "versions": sorted({entry.version for entry in shelf.index.entries}),
            "misbehaves": {"fault": armed.fault, "times": armed.times} if armed else None, "faults": FAULTS,
        }  # fmt: skip


def _span(header: str, size: int) -> tuple[int, int] | None:
    """(start, stop) of one range; None: all of it, as for anything that is no single range; (0, 0): there is nothing there."""
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    return (start, stop) if start < stop else (0, 0)


async def _asked(request: web.Request) -> dict[str, Any]:
    _only_from_here(request)
    if request.content_type != "application/json":  # a page in a browser cannot send this without asking first
        raise web.HTTPUnsupportedMediaType(text="Send application/json.\n")
    try:
        asked = await request.json()
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest(text="The body is no JSON object.\n")
    return asked


def _only_from_here(request: web.Request) -> None:
    if not request.remote or not ip_address(request.remote).is_loopback:
        raise web.HTTPForbidden(text="The levers are for this machine alone.\n")
