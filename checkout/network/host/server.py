"""The sandbox host on its ports: ISO 8583 for questions, and a small status page on loopback."""

from __future__ import annotations

import asyncio
import errno
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

from checkout.network import iso8583
from checkout.network.errors import MalformedMessage
from checkout.network.framing import FrameBuffer, frame
from checkout.network.host.clearing import write_closed_days
from checkout.network.host.journal import Journal
from checkout.network.host.processor import SLOW_S, Processor
from checkout.network.host.status import serve_status
from checkout.network.iso8583 import Message
from checkout.network.messages import SIGN_OFF, SIGN_ON, management_message
from checkout.network.profiles import SANDBOX, Profile

logger = logging.getLogger(__name__)

LOOPBACK: Final = "127.0.0.1"
CLEARING_CHECK_S: Final = 30.0


class PortUnusable(Exception):
    """The host cannot listen there. The message says why, in one sentence."""


class HostProtocol(asyncio.Protocol):
    """One client. Answers leave as they are ready, so a slow one does not hold up the others."""

    def __init__(self, processor: Processor, open_transports: set[asyncio.Transport]) -> None:
        self._processor, self._open_transports = processor, open_transports
        self._buffer = FrameBuffer()
        self._is_signed_on = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open_transports.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        try:
            for raw in self._buffer.feed(data):
                self._reply(raw)
        except MalformedMessage as refused:
            logger.warning("client disconnected: %s", refused)
            self._transport.close()

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # who does not read our answers may not ask more

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def _reply(self, raw: bytes) -> None:
        reply = self._processor.reply(raw, is_signed_on=self._is_signed_on)
        if reply.network_code in (SIGN_ON, SIGN_OFF):
            self._is_signed_on = reply.network_code == SIGN_ON
        if reply.message is None:
            return
        if reply.delay_s:
            asyncio.get_running_loop().call_later(reply.delay_s, self._send, reply.message)
        else:
            self._send(reply.message)

    def _send(self, message: Message) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame(iso8583.encode(message)))


class SandboxHost:
    """A running host. Port 0 lets the system choose; `port` and `status_port` then say which."""

    def __init__(
        self, *, journal: Path | None = None, clearing: Path | None = None, slow_s: float = SLOW_S, profile: Profile = SANDBOX
    ) -> None:
        self._journal, self._clearing = Journal(journal), clearing
        self._closing_days: asyncio.Task[None] | None = None
        self._processor = Processor(self._journal, slow_s=slow_s, profile=profile)
        self._transports: set[asyncio.Transport] = set()
        self._servers: list[asyncio.Server] = []
        self.port = self.status_port = 0

    async def start(self, *, host: str = LOOPBACK, port: int = 0, status_port: int | None = None) -> None:
        """Listen. Raises PortUnusable. status_port None: no status page."""
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: HostProtocol(self._processor, self._transports), host, port)
            self._servers.append(server)
            self.port = _port_of(server)
        except OSError as refused:
            await self.stop()
            raise PortUnusable(_why(refused, host, port)) from None
        if self._clearing is not None:
            self._closing_days = asyncio.create_task(self._close_days(self._clearing))
        if status_port is None:
            return
        try:
            server = await serve_status(self._processor.book, LOOPBACK, status_port)
            self._servers.append(server)
            self.status_port = _port_of(server)
        except OSError as refused:
            await self.stop()
            raise PortUnusable(_why(refused, LOOPBACK, status_port)) from None

    async def _close_days(self, folder: Path) -> None:
        """Write the clearing file of each day that is over. One that cannot be written now is tried again."""
        while True:
            try:
                write_closed_days(folder, self._processor.book.advices.values(), today=datetime.now(UTC).date())
            except OSError as refused:
                logger.error("the clearing file cannot be written: %s", refused)
            await asyncio.sleep(CLEARING_CHECK_S)

    async def stop(self) -> None:
        """Sign off, then close every port and connection, and the journal."""
        if self._closing_days is not None:
            self._closing_days.cancel()
        for server in self._servers:
            server.close()
        signing_off = frame(iso8583.encode(management_message(SIGN_OFF, "000000", datetime.now(UTC))))
        for transport in list(self._transports):
            transport.write(signing_off)
            transport.close()
        for server in self._servers:
            await server.wait_closed()
        self._journal.close()


def _port_of(server: asyncio.Server) -> int:
    return cast(int, server.sockets[0].getsockname()[1])


def _why(refused: OSError, host: str, port: int) -> str:
    if refused.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already in use; choose another one with --port or --status-port."
    return f"Cannot listen on port {port} of {host}: {refused.strerror or refused}."
