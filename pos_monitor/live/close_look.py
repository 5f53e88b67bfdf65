"""Terminals that somebody looks at closely: the engines are told which, and each of their reports goes to whoever looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import redis.asyncio
from django.conf import settings

from pos_monitor.live.protocol import encode
from pos_monitor.live.readings import report_of
from pos_monitor.wire.frames import FOCUS

if TYPE_CHECKING:
    from pos_monitor.live.viewer import Viewer

KEPT_S: Final = 15  # how long an engine believes that somebody looks; a hub that dies leaves no more behind than this


class CloseLook:
    """Who looks at what. Everything in one event loop."""

    RENEW_S: ClassVar[float] = 5.0

    def __init__(self, soon: Callable[[Callable[[], Coroutine[Any, Any, None]]], None]) -> None:
        self._viewers: dict[int, set[Viewer]] = {}
        self._soon = soon

    def set(self, viewer: Viewer, numbers: frozenset[int]) -> None:
        """From now on this viewer looks at these, and at no others."""
        for number in viewer.focus - numbers:
            watching = self._viewers.get(number, set())
            watching.discard(viewer)
            if not watching:
                self._viewers.pop(number, None)
        is_new = any(number not in self._viewers for number in numbers)
        for number in numbers:
            self._viewers.setdefault(number, set()).add(viewer)
        viewer.focus = numbers
        if is_new:
            self._soon(self.renew)

    def tell(self, record: np.void) -> None:
        """record: one RECORD. Encoded only if somebody of this process looks at it."""
        viewers = self._viewers.get(int(record["terminal"]))
        if viewers:
            text = encode(report_of(record)).decode()
            for viewer in viewers:
                viewer.report(text)

    async def renew(self) -> None:
        """Tell the engines until when somebody looks. One that Redis does not take is told again in some seconds."""
        if not self._viewers:
            return
        until = time.time() + KEPT_S
        async with redis.asyncio.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            await client.zadd(FOCUS, {str(number): until for number in self._viewers})
