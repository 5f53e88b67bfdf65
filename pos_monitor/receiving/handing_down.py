"""Commands on their way to terminals that hold a socket, or call: the ledger is asked in a thread, what it gives goes out in the loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from itertools import islice
from typing import Final, Protocol

from django.db import DatabaseError, connection

from pos_monitor.commands.downlink import Downlink, Order

logger = logging.getLogger(__name__)
AT_ONCE: Final = 5_000  # terminals whose commands are claimed together


class Listeners(Protocol):
    """The terminals that this process can speak to now."""

    def numbers(self) -> list[int]: ...
    def hand(self, number: int, frame: bytes) -> bool:
        """False: it left in these milliseconds, and is given it when it is back."""
        ...


class HandingDown:
    """One for each process and event loop."""

    def __init__(self, listeners: Listeners) -> None:
        self.listeners, self.downlink, self.sent = listeners, Downlink(), 0
        self._woken = asyncio.Event()
        self._over: threading.Event | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._over = await asyncio.to_thread(self._follow, loop)

    def stop(self) -> None:
        if self._over is not None:
            self._over.set()

    def has_come(self, number: int) -> None:
        """A terminal connected or reported: does something wait for it?"""
        if self.downlink.has(number):
            self._woken.set()

    async def run(self) -> None:
        """Send what may go out, whenever somebody wakes us, for ever."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._send_all()
            except DatabaseError as error:
                logger.warning("commands wait, for the database does not answer: %s", error)
                await asyncio.sleep(1)
                self._woken.set()

    async def orders_of(self, number: int) -> list[Order]:
        """What one terminal that calls over HTTPS is to be given with its answer."""
        if not self.downlink.has(number):
            return []
        try:
            return await asyncio.to_thread(self._claim, [number])
        except DatabaseError as error:
            logger.warning("a command waits, for the database does not answer: %s", error)
            return []

    async def _send_all(self) -> None:
        numbers = iter(self.downlink.among(self.listeners.numbers()))
        while some := list(islice(numbers, AT_ONCE)):
            for order in await asyncio.to_thread(self._claim, some):
                self.sent += self.listeners.hand(order.number, b'{"command":' + order.body + b"}")

    def _claim(self, numbers: list[int]) -> list[Order]:
        try:
            return self.downlink.claim(numbers)
        finally:
            connection.close()

    def _follow(self, loop: asyncio.AbstractEventLoop) -> threading.Event:
        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._woken.set)

        try:
            return self.downlink.follow(wake)
        finally:
            connection.close()
