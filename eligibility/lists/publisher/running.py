"""Both doors of one publisher, for a command (`serve`) or for a test on a thread of its own (`RunningPublisher`)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from common.loopback_server import LOOPBACK
from eligibility.lists.publisher import keys
from eligibility.lists.publisher.http_server import HttpDoor
from eligibility.lists.publisher.publisher import Publisher
from eligibility.lists.publisher.sftp_server import listen_sftp

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ports:
    http: int
    sftp: int


@asynccontextmanager
async def serve(
    publisher: Publisher, *, host: str = LOOPBACK, http: int = 0, sftp: int = 0, pause: Pause = asyncio.sleep
) -> AsyncIterator[Ports]:
    """Listen inside the `with` block. Port 0 takes any that is free. Raises OSError where a port is taken."""
    folder = publisher.shelf.folder
    runner = web.AppRunner(
        HttpDoor(publisher, pause=pause).application(), access_log=None, handler_cancellation=True, shutdown_timeout=1
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, http).start()
        over_ssh = await listen_sftp(
            publisher, host=host, port=sftp, user=keys.USER, host_key=keys.ssh_key(folder, keys.HOST),
            reader=keys.ssh_key(folder, keys.READER), pause=pause,
        )  # fmt: skip
        try:
            yield Ports(http=int(runner.addresses[0][1]), sftp=over_ssh.get_port())
        finally:
            over_ssh.close()
            await over_ssh.wait_closed()
    finally:
        await runner.cleanup()


class RunningPublisher:
    """A context manager: the publisher listens on loopback inside the `with` block, on a thread of its own."""

    def __init__(self, publisher: Publisher, *, pause: Pause = asyncio.sleep) -> None:
        self.publisher = publisher
        self.ports = Ports(0, 0)
        self._pause = pause
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="list-publisher", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.http}"

    @property
    def sftp_reader_key(self) -> Path:
        """The private key with which keys.USER signs in."""
        return self.publisher.shelf.folder / keys.READER

    @property
    def sftp_host_key(self) -> str:
        """What the server shows, in OpenSSH's form."""
        return keys.ssh_key(self.publisher.shelf.folder, keys.HOST).export_public_key().decode()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with serve(self.publisher, pause=self._pause) as self.ports:
                self._ready.set()
                await self._stop.wait()
        finally:
            self._ready.set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if not self.ports.http:
            raise OSError("The sandbox's publisher could not listen.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
