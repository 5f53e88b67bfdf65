"""A process that does nothing but receive reports, for fleets that are too large to be web processes' side job."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
from typing import Any, Final

import uvicorn
import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.readiness import refuse_unready
from pos_monitor.receiving.alone import alone
from pos_monitor.receiving.doors import Doors
from pos_monitor.receiving.fast_socket import fast_socket

BACKLOG: Final = 4_096  # connections that wait at one listener, as many as kernels allow; what is more is broken off
LISTENERS: Final = 5  # at the one port, for a fleet comes back at once
MOST_SOCKETS: Final = 18_000  # of one process; above, collections and wake-ups take longer than they save
SPARE_FILES: Final = 500
GC_THRESHOLDS: Final = (50_000, 20, 1_000)  # with 17,000 sockets a whole collection stops the process for a second


class Command(BaseCommand):
    help = "Receive terminals' reports over HTTPS and WebSocket, and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unready()
        self._raise_limit()
        address = options["host"], options["port"]
        try:
            socket.create_server(address).close()  # refused where another process has it; listeners that share would not be
            listeners = [socket.create_server(address, backlog=BACKLOG, reuse_port=True) for _ in range(LISTENERS)]
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used ({error.strerror}): give another.") from error
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(listeners))

    def _raise_limit(self) -> None:
        """As many sockets as the system lets one process have; said where that is few."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        if most < MOST_SOCKETS + SPARE_FILES:
            self.stderr.write(
                f"This process may have {most:,} open files: it takes about {max(0, most - SPARE_FILES):,} terminals."
            )


class _Server(uvicorn.Server):
    """Stores what was taken before sockets are closed."""

    def __init__(self, config: uvicorn.Config, doors: Doors) -> None:
        super().__init__(config)
        self.doors = doors

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.doors.stop()
        await super().shutdown(sockets)


async def _serve(listeners: list[socket.socket]) -> None:
    doors = Doors()
    receiver = await doors.start()
    config = uvicorn.Config(
        alone(doors), http="httptools", ws=fast_socket(doors), lifespan="off", log_level="warning", log_config=None, access_log=False,
        server_header=False, date_header=False, timeout_keep_alive=75, timeout_graceful_shutdown=5, backlog=BACKLOG, ws_ping_interval=300,
        ws_ping_timeout=60, ws_max_size=1_000_000, ws_per_message_deflate=False, proxy_headers=bool(settings.TRUSTED_PROXIES),
        forwarded_allow_ips=settings.TRUSTED_PROXIES or None,
    )  # fmt: skip
    server = _Server(config, doors)
    receiver.on_failure(lambda: setattr(server, "should_exit", True))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    await server.serve(sockets=listeners)
