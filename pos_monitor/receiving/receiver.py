"""What all doors of one process share: tokens, limits, the buffer and how much can still be taken. One meaning for every door."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from pos_monitor.estate.tokens import Found, TokenMap
from pos_monitor.receiving import metrics
from pos_monitor.receiving.buffer import Buffer, Owner
from pos_monitor.receiving.errors import TerminalCertificateWrong, TerminalTokenInvalid
from pos_monitor.receiving.limits import Limits
from pos_monitor.receiving.pressure import Pressure
from pos_monitor.receiving.strangers import Strangers
from pos_monitor.wire.schema import MOST_BYTES, MOST_REPORTS, Batch, BodyUnreadable, read

logger = logging.getLogger(__name__)
FLEETS_EVERY_S: Final = 30.0
BYTES_A_REPORT: Final = MOST_BYTES // MOST_REPORTS  # what cannot be read costs as much as what can


@dataclass(slots=True)
class Counts:
    """Since the process began."""

    reports: int = 0  # taken into the buffer
    refused: int = 0  # reports that could not be taken
    flawed: int = 0  # reports of which a value was left out or bounded
    limited: int = 0  # messages that came too fast
    turned_away: int = 0  # messages while the doors were shut
    strangers: int = 0  # tokens that let nobody in


@dataclass
class Receiver:
    """One for each process and event loop; made inside the loop that runs it."""

    tokens: TokenMap = field(default_factory=TokenMap)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        url = settings.TELEMETRY_REDIS_URL or settings.REDIS_URL
        # Nothing here waits in Redis: whoever does not answer within seconds is gone, and asked again.
        self.client = redis.asyncio.from_url(url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=0)
        self.pressure = Pressure(self.client, range(settings.TELEMETRY_SHARDS))
        self.buffer = Buffer(self.client, self.pressure)
        self.limits = Limits(settings.TELEMETRY_TERMINAL_RATE_PER_S)
        self.strangers = Strangers(self.tokens.look_up)
        self._over = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, with_tokens: bool = True) -> None:
        """Know all tokens, unless somebody else has proved who sends; then send what comes. Ends with `stop`."""
        if with_tokens:
            self._over = await asyncio.to_thread(self._follow)
        await self._know_fleets()
        self._sending = asyncio.create_task(self.buffer.run(), name="buffer")
        self._tasks = [asyncio.create_task(self.pressure.watch()), asyncio.create_task(self._watch_fleets())]

    def on_failure(self, call: Callable[[], None]) -> None:
        """Call when sending itself breaks, which only a fault of ours does: the process must end, so that terminals go elsewhere."""

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and task.exception() is not None:
                logger.critical("reports are no longer sent on", exc_info=task.exception())
                call()

        self._sending.add_done_callback(ended)

    async def stop(self) -> None:
        """Send what is left, and end."""
        await self.buffer.close()
        await asyncio.gather(self._sending, return_exceptions=True)
        self._over.set()
        self.strangers.close()
        self.pressure.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()

    async def admit(self, token: str, *, certificate: str = "", address: str = "") -> Found:
        """Whose token it is. certificate: SHA-256 in hex of the client's, where one was shown; address: the caller's.

        Raises what says why not: ReportsNotNow where that cannot be known now.
        """
        found = self.tokens.find(token)
        if found is None and (found := await self.strangers.whose(token, address)) is None:
            self.counts.strangers += 1
            raise TerminalTokenInvalid
        if found.certificate and found.certificate != certificate:
            self.counts.strangers += 1
            raise TerminalCertificateWrong
        return found

    def read(self, found: Found, body: bytes | str) -> Batch:
        """What a message comes to. Raises BodyUnreadable, and then it counts as many reports as it could have held."""
        try:
            return read(body, terminal=found.number, received_ms=time.time_ns() // 1_000_000)
        except BodyUnreadable:
            self.wait_s(found, 1 + len(body) // BYTES_A_REPORT, is_here=True)
            raise

    def is_over(self, found: Found) -> float:
        """How long this terminal is to wait before anything of it is read at all; 0: it may come."""
        return self.wait_s(found, 0, is_here=False)

    def wait_s(self, found: Found, reports: int, *, is_here: bool) -> float:
        """How long this terminal is to wait, see Limits.wait_s."""
        is_strained = self.pressure.is_strained
        wait = self.limits.wait_s(
            found.number, found.merchant, reports, time.monotonic(), is_strained=is_strained, is_here=is_here
        )
        self.counts.limited += wait > 0
        return wait

    def hand_over(self, shard: int, batch: Batch, owner: Owner | None) -> None:
        """Give the reports to the buffer; `owner` hears when they are stored."""
        add = self.buffer.add
        for record, extra, name in zip(batch.records, batch.extras, batch.names, strict=True):
            add(shard, record, extra, owner, name)
        if batch.words:
            self.buffer.tell(shard, batch.words)
        self.counts.reports += len(batch.records)
        if batch.faults:
            self._count_faults(batch)

    async def say(self, sockets: Callable[[], int], commands: Callable[[], int]) -> None:
        """Tell `metrics` of this process every few seconds, until the doors shut.

        Redis' client turns a cancellation in the middle of connecting into an error of its own, so being cancelled is no way to end it.
        """
        while not self._over.is_set():
            with contextlib.suppress(RedisError, OSError):
                text = metrics.figures(self, sockets=sockets(), commands=commands())
                await self.client.hset(metrics.KEY, metrics.name(), text)
            if not self._over.is_set():
                await asyncio.sleep(metrics.SAY_S)

    def _count_faults(self, batch: Batch) -> None:
        self.counts.refused += sum(fault.is_refused for fault in batch.faults)
        self.counts.flawed += len({fault.index for fault in batch.faults if not fault.is_refused})

    def _follow(self) -> threading.Event:
        try:
            return self.tokens.follow()
        finally:
            connection.close()

    async def _watch_fleets(self) -> None:
        while True:
            await asyncio.sleep(FLEETS_EVERY_S)
            await self._know_fleets()

    async def _know_fleets(self) -> None:
        try:
            await asyncio.to_thread(self._refresh_fleets)
        except DatabaseError as error:
            logger.warning("the size of fleets cannot be read: %s", error)

    def _refresh_fleets(self) -> None:
        try:
            self.limits.refresh()
        finally:
            connection.close()
