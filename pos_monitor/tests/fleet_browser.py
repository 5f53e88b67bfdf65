"""A browser at the fleet's socket, as the ASGI callable meets it, and an engine that speaks over a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import redis
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connection
from django.test import Client

from people.models import User
from people.tests.factors import give_second_factor
from pos_monitor.live import hub as hubs
from pos_monitor.live.board import decode_cells
from pos_monitor.live.consumer import fleet_socket
from pos_monitor.live.protocol import WHOLE
from pos_monitor.tests.live_samples import encoded
from pos_monitor.wire import frames

T = TypeVar("T")
SOON_S = 8.0  # a bound for a slow machine; nothing waits this long when all is well
ALL = ["cells", "counts", "worst", "groups", "incidents"]


def session_of(user: User, *, has_factor: bool = True) -> str:
    """The key of a session in which this person has opened a page."""
    if has_factor:
        give_second_factor(user)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/admin/")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Browser:
    """cells: by terminal number, as this browser has put them together of all its frames."""

    def __init__(self, session_key: str = "", *, wall: bool = False, origin: str = "http://testserver") -> None:
        headers = [(b"host", b"testserver"), (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode())]
        headers += [(b"origin", origin.encode())] if origin else []
        query = b"wall=1" if wall else b""
        scope = {"type": "websocket", "path": "/ws/fleet/", "query_string": query, "headers": headers, "subprotocols": []}
        self.line = ApplicationCommunicator(fleet_socket, scope)
        self.cells: dict[int, int] = {}
        self.version = -1
        self.kinds: list[int] = []
        self.last: dict[str, dict[str, Any]] = {}  # the newest text of each kind

    async def open(self) -> bool:
        await self.line.send_input({"type": "websocket.connect"})
        return (await self.line.receive_output(timeout=SOON_S))["type"] == "websocket.accept"

    async def say(self, **message: Any) -> None:
        await self.send(json.dumps(message))

    async def send(self, text: str) -> None:
        await self.line.send_input({"type": "websocket.receive", "text": text})

    async def look(self, *, wants: list[str] = ALL, by: str = "region", page: int = 0, **asked: Any) -> None:
        await self.say(type="look", wants=wants, filter=asked, by=by, page=page)

    async def hear(self) -> dict[str, Any]:
        """The next of anything: a text as it is, a frame taken up, the end as {"closed": code, "reason"}."""
        message = await self.line.receive_output(timeout=SOON_S)
        if message["type"] == "websocket.close":
            return {"closed": message["code"], "reason": message.get("reason", "")}
        if "text" in message:
            found = json.loads(message["text"])
            self.last[found["type"]] = found
            return found
        header, numbers, cells = decode_cells(message["bytes"])
        if header["kind"] == WHOLE:
            self.cells = {}
        self.cells |= dict(zip(numbers.tolist(), cells.tolist(), strict=True))
        self.version = int(header["version"])
        self.kinds.append(int(header["kind"]))
        return {"type": "cells", "behind_ms": int(header["behind_ms"]), "bytes": len(message["bytes"])}

    async def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(SOON_S):
            while True:
                if is_it(message := await self.hear()):
                    return message

    async def kind(self, kind: str) -> dict[str, Any]:
        return await self.until(lambda message: message.get("type") == kind)

    async def shows(self, kind: str, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The newest of a kind, once it is so; what is as before is not sent again."""
        async with asyncio.timeout(SOON_S):
            while not (kind in self.last and is_it(self.last[kind])):
                await self.hear()
        return self.last[kind]

    async def sees(self, cells: Mapping[int, int]) -> None:
        """Until these cells are on the screen."""
        async with asyncio.timeout(SOON_S):
            while any(self.cells.get(number) != cell for number, cell in cells.items()):
                await self.hear()

    async def leave(self) -> None:
        await self.line.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.line.wait(timeout=SOON_S)


class Engine:
    """One shard's voice."""

    def __init__(self) -> None:
        self.tick, self.client = 1000, redis.from_url(settings.REDIS_URL)

    def tell(self, cells: Mapping[int, int], *, misses: int = 0, **fields: Any) -> None:
        """A frame. misses: frames before it that nobody got."""
        before = self.tick
        self.tick += 1 + misses
        self.client.publish(frames.DIFF, encoded(cells, tick=self.tick, after=before + misses, **fields))

    async def heard(self) -> None:
        """Until a hub listens."""
        async with asyncio.timeout(SOON_S):
            while not self.client.pubsub_numsub(frames.DIFF)[0][1] or not hubs.hub().engines.is_connected:
                await asyncio.sleep(0.01)


async def aside(work: Callable[[], Any]) -> Any:
    """What somebody else does meanwhile, in a thread whose database connection ends with it."""

    def whole() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(whole)


def play(scene: Callable[[], Awaitable[T]]) -> T:
    """One scene in an event loop of its own, whose hub ends with it."""

    async def whole() -> T:
        try:
            return await scene()
        finally:
            hubs.hub().stop()

    return asyncio.run(whole())
