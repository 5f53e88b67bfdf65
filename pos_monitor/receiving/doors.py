"""The doors of one process as one ASGI callable: mounted before Django in web processes, and alone in dedicated receivers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from pos_monitor.estate.tokens import Found
from pos_monitor.receiving.handing_down import HandingDown
from pos_monitor.receiving.http import telemetry
from pos_monitor.receiving.receiver import Receiver
from pos_monitor.receiving.session import Line, Session
from pos_monitor.receiving.sessions import Sessions
from pos_monitor.receiving.websocket import terminal_socket

HTTP_PATH: Final = "/v1/telemetry"
SOCKET_PATH: Final = "/ws/terminal/"
OURS: Final = {("http", HTTP_PATH), ("websocket", SOCKET_PATH)}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Doors:
    """Starts with its first caller, in the loop that serves it, or with `start`."""

    def __init__(self) -> None:
        self.sessions = Sessions()
        self.handing_down: HandingDown | None = None
        self.receiver: Receiver | None = None
        self._starting: asyncio.Task[Receiver] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        receiver = self.receiver or await self.start()
        if scope["type"] == "websocket":
            await terminal_socket(receiver, self, scope, receive, send)
        else:
            assert self.handing_down is not None
            await telemetry(receiver, self.handing_down, scope, receive, send)

    def open_session(self, found: Found, token: str, line: Line) -> Session:
        """A terminal has come. `close_session` once it is gone."""
        assert self.receiver is not None
        assert self.handing_down is not None
        session = Session(self.receiver, found, token, line, self.handing_down.has_come)
        self.sessions.add(session)
        self.handing_down.has_come(found.number)
        return session

    def close_session(self, session: Session) -> None:
        self.sessions.remove(session)
        session.gone()

    async def start(self) -> Receiver:
        """Safe to repeat, and beside itself."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        return await asyncio.shield(self._starting)

    async def _start(self) -> Receiver:
        receiver = Receiver()
        await receiver.start()
        handing_down = HandingDown(self.sessions)
        await handing_down.start()
        saying = receiver.say(lambda: len(self.sessions), lambda: handing_down.sent)
        self._tasks = [
            asyncio.create_task(one) for one in (self.sessions.watch_tokens(receiver.tokens), handing_down.run(), saying)
        ]
        self.receiver, self.handing_down = receiver, handing_down
        return receiver

    async def stop(self) -> None:
        """Sockets are told to come back; what was taken is stored first, if it can be."""
        if self.receiver is None or self.handing_down is None:
            return
        self.handing_down.stop()
        await self.receiver.stop()
        self.sessions.close_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def in_front_of(application: Application) -> Application:
    """The doors, and behind them everything else: a report must not pay for what pages need."""
    doors = Doors()

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        if (scope["type"], scope.get("path")) in OURS:
            await doors(scope, receive, send)
        else:
            await application(scope, receive, send)

    return routed
