"""WS /ws/terminal/ as a plain ASGI callable: any server can carry it, and tests speak to it. Dedicated receivers use `fast_socket` instead.

The token comes as `Authorization: Bearer …`, or in the first frame, {"token": "trm_…"}, within FIRST_FRAME_S. A socket whose token ends is closed within
seconds (`sessions`).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, Protocol

from common.errors import PlatformError
from pos_monitor.estate.tokens import Found
from pos_monitor.receiving.errors import TerminalTokenInvalid
from pos_monitor.receiving.http import address, bearer, certificate
from pos_monitor.receiving.receiver import Receiver
from pos_monitor.receiving.refusals import refuse
from pos_monitor.receiving.session import Line, Session

FIRST_FRAME_S: Final = 10.0
MOST_FIRST_FRAME: Final = 1_000  # bytes of what comes before anybody knows from whom; a token has 50
MOST_UNSENT: Final = 500  # frames down that a terminal has not taken: it does not read, and is let go
# No token: never again; too long a first frame; does not read; not now, so after the usual pause.
CLOSED_TOKEN, CLOSED_LONG, CLOSED_SLOW, CLOSED_LATER = 4401, 1009, 4408, 1013

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class TooLong(Exception):
    """A first frame of more than MOST_FIRST_FRAME."""


class AsgiLine:
    """A Line over ASGI: frames down wait in order for a task that exists only while there are any."""

    def __init__(self, send: Send) -> None:
        self._send, self._unsent = send, deque[MutableMapping[str, Any]]()
        self._sender: asyncio.Task[None] | None = None
        self._may_read = asyncio.Event()
        self._may_read.set()
        self.is_closed = False

    def tell(self, text: bytes) -> None:
        if len(self._unsent) >= MOST_UNSENT:
            return self.end(CLOSED_SLOW, "does not read")
        self._put({"type": "websocket.send", "text": text.decode()})

    def end(self, code: int, reason: str) -> None:
        self._put({"type": "websocket.close", "code": code, "reason": reason})
        self.is_closed = True
        self._may_read.set()

    def stop_reading(self) -> None:
        self._may_read.clear()

    def read_on(self) -> None:
        self._may_read.set()

    async def may_read(self) -> None:
        await self._may_read.wait()

    def _put(self, message: MutableMapping[str, Any]) -> None:
        if self.is_closed:
            return
        self._unsent.append(message)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._unsent:
                await self._send(self._unsent.popleft())
        except OSError:  # the other end is gone; the reading side hears of it
            self.is_closed = True
            self._unsent.clear()


class Host(Protocol):
    """Who keeps the sessions of this process (`doors.Doors`)."""

    def open_session(self, found: Found, token: str, line: Line) -> Session: ...
    def close_session(self, session: Session) -> None: ...


async def terminal_socket(receiver: Receiver, host: Host, scope: Scope, receive: Receive, send: Send) -> None:
    """One socket, from its handshake to its end."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    await receive()  # websocket.connect
    token = ""
    if b"authorization" in headers:
        try:
            token = bearer(headers)
            await receiver.admit(token, certificate=certificate(scope), address=address(scope))
        except PlatformError as error:
            return await _turn_away(scope, send, error)
    await send({"type": "websocket.accept"})
    line = AsgiLine(send)
    try:
        token = token or await _first_frame(receive)
        found = await receiver.admit(token, certificate=certificate(scope), address=address(scope))
    except TooLong:
        return line.end(CLOSED_LONG, "the first frame holds the token and nothing else")
    except PlatformError as error:
        line.tell(json.dumps({"error": {"code": error.code, "message": error.message}}).encode())
        return line.end(_code(error), error.code)
    session = host.open_session(found, token, line)
    try:
        while not line.is_closed:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                break
            text = message.get("text")
            session.message(message["bytes"] if text is None else text)
            await line.may_read()
    finally:
        host.close_session(session)


async def _first_frame(receive: Receive) -> str:
    """The token of {"token": …}. Raises TerminalTokenInvalid, TooLong."""
    try:
        message = await asyncio.wait_for(receive(), FIRST_FRAME_S)
        frame = message.get("text") or message.get("bytes") or b"null"
        if len(frame) > MOST_FIRST_FRAME:
            raise TooLong
        told = json.loads(frame)
        token = told.get("token") if isinstance(told, dict) else None
    except (TimeoutError, ValueError, RecursionError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token:
        raise TerminalTokenInvalid('Send {"token": "trm_…"} as the first frame, or the token in the header Authorization.')
    return token


async def _turn_away(scope: Scope, send: Send, error: PlatformError) -> None:
    """Before the handshake, so that the terminal sees a status of HTTP."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        return await send({"type": "websocket.close", "code": _code(error), "reason": error.code})
    await refuse(send, error, start="websocket.http.response.start", body="websocket.http.response.body")


def _code(error: PlatformError) -> int:
    """With which a socket is closed that is not let in."""
    return CLOSED_LATER if error.retryable else CLOSED_TOKEN
