"""The loop: write what came back, lay out what is new, claim what is due, call."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Final, TypeVar

import redis.asyncio
import uvloop
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from common.bell import bell_key
from common.outgoing import SafeSession, safe_session
from common.scopes import across_merchants
from merchants.services import EVENTS_BELL
from vault.audit.services import write_reads
from webhooks.engine.attempt import TIMEOUT_S, Outcome, attempt
from webhooks.engine.claims import SLOTS, Due, InFlight, claim_deliveries, due_endpoints, release_claims, shares
from webhooks.engine.custody import SecretKeeper
from webhooks.engine.results import write_outcomes
from webhooks.models import WebhookDelivery
from webhooks.services.outbox import BATCH, lay_out_deliveries
from webhooks.signing import Secrets

logger = logging.getLogger(__name__)
T = TypeVar("T")
IDLE_S: Final = 1.0  # looks for itself at least this often: a retry becomes due without anybody ringing
GATHER_S: Final = 0.01  # lets answers that come together be written together
DRAIN_S: Final = 4.0  # when told to stop, calls under way have so long to end
AFTER_ERROR_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery to be called now, with the secrets that sign it."""

    delivery: WebhookDelivery
    due: Due
    secrets: Secrets


@dataclass(slots=True)
class Turn:
    """What one visit to the database brought. is_full: there may be more events to lay out at once."""

    claimed: list[Claimed]
    is_full: bool


@across_merchants("one outbox for all merchants")
def take_turn(outcomes: list[Outcome], busy: InFlight, keeper: SecretKeeper) -> Turn:
    """Three short transactions, none of them open during a call. `outcomes` is emptied once it is written."""
    try:
        write_outcomes(outcomes)
        outcomes.clear()
        is_full = lay_out_deliveries() == BATCH
        return Turn(claim_share(busy, keeper), is_full)
    finally:
        connection.close()  # back into the pool


def claim_share(busy: InFlight, keeper: SecretKeeper) -> list[Claimed]:
    """Claim what there is room for beside what is under way."""
    due = due_endpoints()
    endpoints = keeper.callable(due)
    write_reads()  # what was opened is on record before it signs anything, not when the task ends minutes later
    by_id = {one.endpoint_id: one for one in due if one.endpoint_id in endpoints}
    claimed = []
    for delivery in claim_deliveries(shares(list(by_id.values()), busy)):
        delivery.endpoint, secrets = endpoints[delivery.endpoint_id]
        claimed.append(Claimed(delivery, by_id[delivery.endpoint_id], secrets))
    return claimed


@across_merchants("one outbox for all merchants")
def finish(outcomes: list[Outcome], unfinished: list[tuple[int, int]]) -> None:
    """Write what came back at the end, and give back (delivery id, claim) of calls that were broken off."""
    try:
        write_outcomes(outcomes)
        release_claims(unfinished)
    finally:
        connection.close()


@dataclass(slots=True)
class Dispatcher:
    """One loop of one process. `stop` ends it early; what is under way then has DRAIN_S to end."""

    stop: threading.Event = field(default_factory=threading.Event)
    before_drain: Callable[[], None] = lambda: None  # told when it takes up nothing more: another loop may begin
    busy: InFlight = field(default_factory=InFlight)
    keeper: SecretKeeper = field(default_factory=SecretKeeper)
    outcomes: list[Outcome] = field(default_factory=list)
    calls: dict[asyncio.Task[None], WebhookDelivery] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    database: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="webhooks-database"))

    async def run(self, *, seconds: float) -> None:
        """Deliver for so long, then let what is under way end."""
        until = time.monotonic() + seconds
        async with safe_session(connections=SLOTS) as session:
            bell = asyncio.create_task(self._hear_bell())
            try:
                while time.monotonic() < until and not self.stop.is_set():
                    await self._turn(session)
                self.before_drain()
                await self._drain()
            finally:
                bell.cancel()
                self.database.shutdown(wait=True)

    async def _turn(self, session: SafeSession) -> None:
        self.news.clear()
        written, self.outcomes = self.outcomes, []
        try:
            turn = await self._in_database(lambda: take_turn(written, self.busy, self.keeper))
        except (DatabaseError, PoolTimeout) as error:
            logger.warning("webhooks wait for the database: %s", error)
            self.outcomes = written + self.outcomes  # none is lost: who holds a claim settles it later
            await asyncio.sleep(AFTER_ERROR_S)
            return
        for claimed in turn.claimed:
            self.busy.add(claimed.due)
            self.calls[asyncio.create_task(self._call(claimed, session))] = claimed.delivery
        if not turn.is_full:
            await self._wait()

    async def _call(self, claimed: Claimed, session: SafeSession) -> None:
        try:
            outcome = await attempt(claimed.delivery, claimed.secrets, session)
            self.outcomes.append(outcome)  # looked up now: the list that was there before the call is being written
        finally:
            self.busy.add(claimed.due, -1)
            self.calls.pop(asyncio.current_task(), None)  # type: ignore[arg-type]
            self.news.set()

    async def _wait(self) -> None:
        """Until an answer comes, the bell rings, or it is time to look."""
        try:
            await asyncio.wait_for(self.news.wait(), IDLE_S)
        except TimeoutError:
            return
        await asyncio.sleep(GATHER_S)

    async def _drain(self) -> None:
        """Wait for calls under way, as long as a call may take when nobody is in a hurry; write; give back the rest."""
        patience_s = DRAIN_S if self.stop.is_set() else TIMEOUT_S + DRAIN_S
        if self.calls:
            await asyncio.wait(list(self.calls), timeout=patience_s)
        unfinished = [(delivery.pk, delivery.claim) for delivery in self.calls.values()]
        for call in list(self.calls):
            call.cancel()

        await self._in_database(lambda: finish(self.outcomes, unfinished))

    async def _hear_bell(self) -> None:
        async with redis.asyncio.from_url(settings.REDIS_URL, socket_timeout=None) as client:
            while True:
                try:
                    if await client.blpop([bell_key(EVENTS_BELL)], timeout=5):
                        self.news.set()
                except (RedisError, OSError):
                    await asyncio.sleep(AFTER_ERROR_S)

    async def _in_database(self, work: Callable[[], T]) -> T:
        """In the loop's one database thread, as the actor of the task."""
        return await asyncio.get_running_loop().run_in_executor(self.database, copy_context().run, work)


def deliver(*, seconds: float, stop: threading.Event | None = None, before_drain: Callable[[], None] = lambda: None) -> None:
    """Run one loop in this thread. Several, in any processes, share the work.

    before_drain: called after `seconds`, when calls under way are only waited for, which a dead receiver can make long.
    """

    async def run() -> None:
        await Dispatcher(stop=stop or threading.Event(), before_drain=before_drain).run(seconds=seconds)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
