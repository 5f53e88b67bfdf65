"""One web process, on an address or on a socket that is already listening."""

from __future__ import annotations

import gc
import socket
import sys
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.readiness import NotReady, refuse_unready
from eligibility.classifier import TitleItem, classify
from pos_monitor.receiving.guarded_socket import GuardedSocket

GC_THRESHOLDS = (20_000, 20, 50)  # a sale makes thousands of short-lived objects; the default looks for rings every 700

# Threads here wait for the database far more than they work: changing between the working ones four times less often
# sold 7 to 21 % more a second in three pairs of runs.
SWITCH_INTERVAL_S = 0.02


class Command(BaseCommand):
    help = "Serve the platform over HTTP and WebSocket."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--fd", type=int, help="A listening socket handed down by the parent process.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refuse_unready()
        except NotReady as error:
            raise CommandError(str(error)) from error
        if settings.ENCODER_LOAD_AT_START:
            classify([TitleItem(title="Aspirin")])  # the first title loads encoder and model
        listener = self._listener(options)
        config = uvicorn.Config(
            "fsa_platform.asgi:application", loop="uvloop", http="httptools", ws=GuardedSocket, lifespan="off",
            ws_max_size=1_000_000,  # what a till may say at once; nobody else says as much
            ws_per_message_deflate=False,  # frames are shared by all viewers, and each would be deflated for each of them
            log_level="warning", log_config=None, access_log=False, server_header=False, proxy_headers=bool(settings.TRUSTED_PROXIES),
            forwarded_allow_ips=settings.TRUSTED_PROXIES or None, timeout_keep_alive=30, timeout_graceful_shutdown=5,
        )  # fmt: skip
        # What is loaded stays: looking through it again at each collection costs milliseconds in the middle of a sale.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        uvicorn.Server(config).run(sockets=[listener])

    def _listener(self, options: dict[str, Any]) -> socket.socket:
        if options["fd"] is not None:
            return socket.socket(fileno=options["fd"])
        try:
            return socket.create_server((options["host"], options["port"]), backlog=2048)
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used ({error.strerror}): set PORT to another.") from error
