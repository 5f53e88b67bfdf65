"""A terminal that reports: over a WebSocket (or MQTT) while that can be had, else over HTTPS, and back again."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from integrations.terminal_client.buffer import Buffer, Kept, Name
from integrations.terminal_client.identity import Identity

logger = logging.getLogger(__name__)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
TRIES_BEFORE_HTTPS = 3  # connections that broke at once: something on the way does not let them through
HTTPS_FOR_S = 300.0  # then another connection is tried
CLOSED_TOKEN, CLOSED_AGAIN = 4401, 1012  # enrol anew; come back at once, to another process
TOGETHER = 100  # reports of one message, when there are many
UNACKNOWLEDGED_S = 60.0  # a report on the wire for so long was lost: the connection is made anew, and it is sent again

Command = dict[str, Any]
OnCommand = Callable[[Command], Awaitable[tuple[str, str]]]


class TokenRefused(Exception):
    """The platform does not know this token any more: the terminal must be enrolled anew."""


class Connection(Protocol):
    """What carries frames both ways: a WebSocket, or `mqtt.MqttConnection`. It ends by the end of the iteration, or by OSError or ConnectionClosed."""

    async def send(self, text: str, /) -> None: ...
    def __aiter__(self) -> AsyncIterator[str | bytes]: ...
    async def close(self) -> None: ...


class Dial(Protocol):
    """Opens a connection. Raises OSError, TimeoutError or InvalidHandshake where there is none to be had."""

    async def __call__(self, identity: Identity) -> Connection: ...


async def dial(identity: Identity) -> Connection:
    """Pings are left out: reports say as much, and cost less."""
    headers = {"Authorization": f"Bearer {identity.token}"}
    return await connect(identity.websocket, additional_headers=headers, compression=None, ping_interval=None, open_timeout=10)


class TerminalClient:
    """`report` whenever there is something to say; `run` sees to everything else until it is cancelled.

    on_command: does what a command asks and returns ("done" or "failed", a sentence). What it returned for an id is remembered, because the
    same command may come twice.
    """

    def __init__(
        self, identity: Identity, buffer: Buffer, on_command: OnCommand, *, http: httpx.AsyncClient | None = None
    ) -> None:
        self.identity, self.buffer, self.on_command = identity, buffer, on_command
        self.http = http or httpx.AsyncClient(timeout=20)
        self._news, self._quiet_until = asyncio.Event(), 0.0
        self._sent, self._last_sent = (
            deque[tuple[Name, float]](),
            (0, 0),
        )  # on this connection, in order; and the greatest name of them
        self._did: dict[str, tuple[str, str]] = {}
        self._doing: set[asyncio.Task[None]] = set()

    def report(self, **values: Any) -> Name:
        """Say how the terminal is; fields as in docs/terminals-protocol.md. On the disk when this returns."""
        name = self.buffer.add(values)
        self._news.set()
        return name

    async def run(self, dial: Dial = dial) -> None:
        """Until cancelled. Raises TokenRefused."""
        failures = 0
        while True:
            if failures >= TRIES_BEFORE_HTTPS:
                with suppress(TimeoutError):
                    async with asyncio.timeout(HTTPS_FOR_S):
                        await self._over_https()
                failures = 0
            began, least_s, is_asked_back = time.monotonic(), 0.0, False
            try:
                await self._over_connection(dial)
            except (InvalidHandshake, ConnectionClosed, OSError, TimeoutError) as error:
                logger.info("the connection broke, or there was none: %s", error)
                is_asked_back, least_s = what_follows(error)
            lasted = time.monotonic() - began > LONGEST_PAUSE_S
            failures = 0 if is_asked_back else 1 if lasted else failures + 1
            await asyncio.sleep(max(least_s, pause_s(failures)))

    # Over a connection that stays open.
    async def _over_connection(self, dial: Dial) -> None:
        socket = await dial(self.identity)
        self._begin()
        both = [asyncio.create_task(self._hear(socket)), asyncio.create_task(self._send(socket))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            ended = await asyncio.gather(*both, return_exceptions=True)
            await socket.close()
        why = [error for error in ended if isinstance(error, Exception)]
        if why:
            raise next((error for error in why if isinstance(error, TokenRefused)), why[0])

    async def _send(self, socket: Connection) -> None:
        while True:
            await self._wait_for_news()
            if reports := self._next(TOGETHER):
                await socket.send(json.dumps(reports[0] if len(reports) == 1 else reports))
            if self._sent and time.monotonic() - self._sent[0][1] > UNACKNOWLEDGED_S:
                raise TimeoutError("a report was not acknowledged")

    async def _hear(self, socket: Connection) -> None:
        async for frame in socket:
            told = json.loads(frame)
            if error := told.get("error"):
                logger.warning("%s: %s", error["code"], error["message"])
                if error["code"] in ("terminal_token_invalid", "terminal_certificate_wrong"):
                    raise TokenRefused(error["message"])
            self._heed(told)

    # Over HTTPS.
    async def _over_https(self) -> None:
        self._begin()
        while True:
            await self._wait_for_news()
            reports = self._next(TOGETHER)
            if not reports:
                continue
            try:
                answer = await self.http.post(
                    self.identity.https, json=reports, headers={"Authorization": f"Bearer {self.identity.token}"}
                )
            except httpx.HTTPError as error:
                logger.info("HTTPS: %s", error)
                self._begin()
                await asyncio.sleep(pause_s(3))
                continue
            self._answered(answer)

    def _answered(self, answer: httpx.Response) -> None:
        if answer.status_code == 401:
            raise TokenRefused
        if answer.status_code in (429, 503) or answer.status_code >= 500:
            self._quiet_until = time.monotonic() + seconds(answer.headers.get("retry-after"), 2.0)
            return self._begin()  # the same ones are sent again
        told = answer.json()
        self._heed({"faults": told.get("faults") or told.get("error", {}).get("faults", [])})
        names = [name for name, _ in self._sent]  # stored, or refused for good: either way they are not sent again
        self._sent.clear()
        self.buffer.forget(names)
        for command in told.get("commands", ()):
            self._heed({"command": command})

    # What both do.
    def _begin(self) -> None:
        """Everything that is not acknowledged goes out again, oldest first."""
        self._sent.clear()
        self._last_sent = (0, 0)
        self._news.set()

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):  # not wait_for, which passes over a cancellation that comes with the news
            async with asyncio.timeout(5):
                await self._news.wait()
        self._news.clear()
        while (rest := self._quiet_until - time.monotonic()) > 0:
            await asyncio.sleep(rest)

    def _next(self, most: int) -> list[dict[str, Any]]:
        """What is to be sent now; what waited from before says so."""
        kept: list[Kept] = self.buffer.after(self._last_sent, most)
        now_ms = time.time() * 1000
        for one in kept:
            self._sent.append((one.name, time.monotonic()))
            self._last_sent = one.name
            if now_ms - one.body["at"] > self.identity.report_every_s * 1000:
                one.body["stored"] = True
        if len(kept) == most:
            self._news.set()
        return [one.body for one in kept]

    def _heed(self, told: dict[str, Any]) -> None:
        if ack := told.get("ack"):
            self._acknowledged((ack["boot"], ack["seq"]), ack.get("from"))
        if pause := told.get("pause"):
            self._quiet_until = time.monotonic() + pause["ms"] / 1000
        if command := told.get("command"):
            task = asyncio.create_task(self._obey(command))
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)
        for fault in told.get("faults", ()):
            logger.warning("%s: %s", fault["code"], fault["message"])
            if fault["refused"] and "seq" in fault:
                self.buffer.forget([(fault["boot"], fault["seq"])])

    def _acknowledged(self, name: Name, first: int | None) -> None:
        """Everything that was sent on this connection before it, and it, is stored; over MQTT the reports from `first` on, and no others."""
        if first is not None:
            self._sent = deque(one for one in self._sent if not (name[0], first) <= one[0] <= name)
            self.buffer.forget((name[0], seq) for seq in range(first, name[1] + 1))
            return
        if all(sent != name for sent, _ in self._sent):
            return
        names: list[Name] = []
        while not names or names[-1] != name:
            names.append(self._sent.popleft()[0])
        self.buffer.forget(names)

    async def _obey(self, command: Command) -> None:
        known = self._did.get(command["id"])
        if known is None and command["expires_at_ms"] < time.time() * 1000:
            known = ("failed", "It had expired when it came.")
        if known is None:
            self.report(command_results=[{"id": command["id"], "state": "received"}])  # before a reboot ends our memory
            try:
                known = await self.on_command(command)
            except Exception as error:  # whatever a command breaks, the terminal goes on reporting
                logger.exception("the command %s failed", command["id"])
                known = ("failed", f"{type(error).__name__}: {error}")
        self._did[command["id"]] = known
        self.report(command_results=[{"id": command["id"], "state": known[0], "message": known[1]}])


def what_follows(error: Exception) -> tuple[bool, float]:
    """Are we asked to come back at once, and how many seconds are we to wait at least? Raises TokenRefused."""
    if isinstance(error, InvalidStatus):
        if error.response.status_code == 401:
            raise TokenRefused from error
        return False, seconds(error.response.headers.get("Retry-After"), 0.0)
    if isinstance(error, ConnectionClosed) and error.rcvd is not None:
        if error.rcvd.code == CLOSED_TOKEN:
            raise TokenRefused(error.rcvd.reason) from error
        return error.rcvd.code == CLOSED_AGAIN, 0.0
    return False, 0.0


def seconds(written: str | None, otherwise: float) -> float:
    """Of a Retry-After; a proxy on the way may write a date."""
    return float(written) if written and written.isdigit() else otherwise


def pause_s(failures: int) -> float:
    """Twice as long after each failure, up to a minute, and somewhere in the upper half of that: a fleet must not come back in step."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failures)
    return random.uniform(longest / 2, longest)  # noqa: S311  # spreads terminals, guards nothing
