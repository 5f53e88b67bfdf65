"""`/ws/fleet/`: the browser's end of the hub (`live.protocol`)."""

from __future__ import annotations

import asyncio
import logging
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from asgiref.typing import WebSocketScope
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.db import DatabaseError

from pos_monitor.live import admission
from pos_monitor.live.admission import NotAdmitted
from pos_monitor.live.hub import HubFull, hub, now_ms
from pos_monitor.live.protocol import MOST_ASKED, MOST_FOCUSED, TOO_MUCH, Ack, Asked, Focus, Have, Here, Look, Ping, Pong, asked
from pos_monitor.live.viewer import Viewer, text_of

logger = logging.getLogger(__name__)
MOST_A_SECOND: Final = 20  # texts of one browser, over some seconds
HERE_S: Final = 60.0
AGAIN: Final = 1012  # “service restart”: the browser tries again
MOST_PAGE: Final = 10_000


class FleetConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """One socket. Groups and layers are not for this: the hub writes to it."""

    channel_layer_alias = "none: a channel of its own for each viewer would be one subscription more"

    async def connect(self) -> None:
        self.viewer: Viewer | None = None
        self._sender: asyncio.Task[None] | None = None
        self._budget, self._budget_at, self._here_at = float(MOST_A_SECOND * 3), time.monotonic(), float("-inf")
        is_wall = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("wall") == ["1"]
        await self.accept()  # a refusal before it would reach the page without its reason
        try:
            self.viewer = await hub().join(self._write, session_key_of(self.scope), is_wall=is_wall)
        except NotAdmitted as refused:
            await self.close(refused.code, str(refused))
        except HubFull:
            await self.close(TOO_MUCH, "Too many screens are open. Close one and try again.")
        except DatabaseError as error:
            logger.warning("a screen cannot begin: %s", error)
            await self.close(AGAIN, "The platform cannot be reached for a moment.")
        else:
            self._sender = asyncio.get_running_loop().create_task(self._send_all(self.viewer))

    async def _send_all(self, viewer: Viewer) -> None:
        try:
            code, sentence = await viewer.run()
            await self.close(code, sentence)
        except Exception as error:  # the server says in its own way that the browser is gone
            logger.debug("a screen is gone: %s", error)
        finally:
            hub().leave(viewer)

    async def _write(self, message: str | bytes) -> None:
        await self.base_send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.viewer is None:
            return
        if text_data is None or len(text_data) > MOST_ASKED or not self._may_ask():
            self.viewer.end(TOO_MUCH, "This page asks too much. Reload it.")
            return
        try:
            message = asked.decode(text_data)
        except msgspec.DecodeError:
            self.viewer.end(TOO_MUCH, "This page asks what nobody understands. Reload it.")
            return
        await self._answer(self.viewer, message)

    async def _answer(self, viewer: Viewer, message: Asked) -> None:
        match message:
            case Ack(version):
                viewer.answered(version)
            case Ping(at):
                viewer.offer("pong", text_of(Pong(at=at, server_ms=now_ms())))
            case Look(page=page) if 0 <= page <= MOST_PAGE:
                hub().look(viewer, message)
            case Have(revision):
                hub().have(viewer, revision)
            case Focus(terminals) if len(terminals) <= MOST_FOCUSED and not viewer.is_wall:
                hub().close_look(viewer, frozenset(terminals))
            case Here():
                await self._touch(viewer)

    async def _touch(self, viewer: Viewer) -> None:
        """Once a minute at most, and never for a wall: nobody is there."""
        if not viewer.is_wall and time.monotonic() - self._here_at >= HERE_S:
            self._here_at = time.monotonic()
            await hub().in_thread(lambda: admission.touched(viewer.session_key))

    def _may_ask(self) -> bool:
        now = time.monotonic()
        self._budget = min(MOST_A_SECOND * 3.0, self._budget + (now - self._budget_at) * MOST_A_SECOND) - 1
        self._budget_at = now
        return self._budget >= 0

    async def disconnect(self, code: int) -> None:
        if self.viewer is not None:
            hub().leave(self.viewer)
        if self._sender is not None:
            self._sender.cancel()


def session_key_of(scope: WebSocketScope | dict[str, Any]) -> str:
    """What the browser shows as its session; empty if nothing."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                return ""
            return found.value if found else ""
    return ""


fleet_socket: Final = AllowedHostsOriginValidator(FleetConsumer.as_asgi())
