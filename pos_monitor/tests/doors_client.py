"""Speaking to the doors for reports as a terminal does, against the ASGI callable itself, with real tokens, Redis and PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import redis
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from pos_monitor.receiving.alone import alone
from pos_monitor.receiving.doors import Doors
from pos_monitor.wire import entry
from pos_monitor.wire.record import stream_of

SOON_S = 5
LONGEST_S = 60  # of a scenario: whatever breaks, no test hangs


@asynccontextmanager
async def open_doors() -> AsyncIterator[Doors]:
    doors = Doors()
    await doors.start()
    try:
        yield doors
    finally:
        await doors.stop()


def with_doors(scenario: Callable[[Doors], Awaitable[Any]]) -> Any:
    """Run a scenario beside open doors, in a loop of its own."""

    async def run() -> Any:
        async with asyncio.timeout(LONGEST_S), open_doors() as doors:
            return await scenario(doors)

    return asyncio.run(run())


async def post(doors: Doors, body: Any, token: str | None, *, address: str = "127.0.0.1", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(alone(doors), client=(address, 50_000)), base_url="http://till"
    ) as client:
        return await client.post("/v1/telemetry", content=content, headers=headers)


class Socket:
    """One terminal's WebSocket."""

    def __init__(self, doors: Doors, token: str | None = None) -> None:
        headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
        scope = {
            "type": "websocket", "path": "/ws/terminal/", "headers": headers, "extensions": {"websocket.http.response": {}},
        }  # fmt: skip
        self._wire = ApplicationCommunicator(alone(doors), scope)

    async def open(self) -> dict[str, Any]:
        await self._wire.send_input({"type": "websocket.connect"})
        return await self._wire.receive_output(SOON_S)

    async def say(self, *frames: Any) -> None:
        for frame in frames:
            await self._wire.send_input(
                {"type": "websocket.receive", "text": frame if isinstance(frame, str) else json.dumps(frame)}
            )

    async def hear(self) -> Any:
        """The next frame down; of a close its code."""
        message = await self._wire.receive_output(SOON_S)
        return message["code"] if message["type"] == "websocket.close" else json.loads(message["text"])

    async def hears_nothing(self) -> bool:
        return bool(await self._wire.receive_nothing(0.2))

    async def leave(self) -> None:
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(SOON_S)


def stored(shard: int = 0) -> list[entry.Entry]:
    """The entries of a shard's stream."""
    with redis.from_url(settings.TELEMETRY_REDIS_URL or settings.REDIS_URL) as client:
        return [entry.read(fields) for _, fields in client.xrange(stream_of(shard))]


def stored_names(shard: int = 0) -> list[tuple[int, int, int]]:
    """(terminal, boot, seq) of every report in a shard's stream, in order."""
    records = [one.records for one in stored(shard)]
    rows = np.concatenate(records) if records else np.zeros(0, [("terminal", int), ("boot", int), ("seq", int)])
    return list(zip(rows["terminal"].tolist(), rows["boot"].tolist(), rows["seq"].tolist(), strict=True))
