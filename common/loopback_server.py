"""A small HTTP server on this machine: what the sandbox's bank and its keeper of keys listen with."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

LOOPBACK: Final = "127.0.0.1"


class LoopbackServer:
    """A context manager: listens inside the `with` block, on a thread for each connection. Port 0 takes any that is free.

    handler: a subclass of LoopbackHandler, whose `owner` is this server. tls: makes it HTTPS.
    """

    def __init__(
        self,
        handler: type[BaseHTTPRequestHandler],
        *,
        name: str,
        host: str = LOOPBACK,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._name, self._scheme = name, "https" if tls else "http"
        self._http = _Listener((host, port), handler)
        self._http.owner = self
        if tls:  # each connection shakes hands on its own thread, so that one who says nothing holds up nobody
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve, name=self._name, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: LoopbackServer


S = TypeVar("S", bound=LoopbackServer)


class LoopbackHandler(BaseHTTPRequestHandler, Generic[S]):
    """What answers one connection of a server of kind S."""

    timeout = 5  # a caller that says nothing is let go

    @property
    def owner(self) -> S:
        owner: S = self.server.owner  # type: ignore[attr-defined]  # set by LoopbackServer
        return owner
