"""The doors behind a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn

from pos_monitor.receiving.alone import alone
from pos_monitor.receiving.doors import Doors
from pos_monitor.receiving.fast_socket import fast_socket


@contextlib.asynccontextmanager
async def served(
    *, port: int = 0, sockets: bool = True, protocol: Callable[[Doors], type[asyncio.Protocol]] = fast_socket
) -> AsyncIterator[tuple[Doors, int]]:
    """The doors and their port. Without sockets: as behind a proxy that lets no WebSocket through. protocol: for WebSockets."""
    doors = Doors()
    await doors.start()
    listener = socket.create_server(("127.0.0.1", port))
    application = alone(doors)

    async def without_sockets(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            return await send({"type": "websocket.close"})
        return await application(scope, receive, send)

    config = uvicorn.Config(
        application if sockets else without_sockets, lifespan="off", log_config=None, access_log=False, ws_max_size=1_000_000,
        ws_per_message_deflate=False, ws=protocol(doors) if sockets else "websockets-sansio", timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield doors, listener.getsockname()[1]
    finally:
        await doors.stop()
        server.should_exit = True
        await serving
        listener.close()
