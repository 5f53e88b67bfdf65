"""A closed-loop load generator: a few hundred lines of HTTP would cost more than the server if they were not this plain."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


class Connection:
    """One keep-alive HTTP/1.1 connection to loopback."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def open(self) -> Connection:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4_000_000)
        return self

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of one call."""
        payload = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Content-Length: {len(payload)}",
            "Content-Type: application/json",
        ]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + payload)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:] if line)
        }
        answer = await self.reader.readexactly(int(fields.get("content-length", "0")))
        return int(head.split(" ", 2)[1]), answer, fields

    def close(self) -> None:
        if writer := getattr(self, "writer", None):
            writer.close()


@dataclass(slots=True)
class Result:
    """Latencies in ms of what succeeded, in the order it ended, and what failed."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.latencies_ms) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


Job = Callable[[Connection], Awaitable[None]]


async def closed_loop(port: int, job: Job, *, clients: int, seconds: float) -> Result:
    """`clients` callers, each starting its next job when the last one ended.

    Every job opens a connection of its own, as the servers of many merchants do: eight connections kept for ever would
    fall on the web processes as it happened, and measure that.
    """
    result, end = Result(), time.perf_counter() + seconds
    started = time.perf_counter()

    async def caller() -> None:
        while time.perf_counter() < end:
            await _timed(port, job, result)

    await asyncio.gather(*(caller() for _ in range(clients)))
    result.seconds = time.perf_counter() - started
    return result


async def paced(port: int, job: Job, *, per_s: float, clients: int, seconds: float) -> Result:
    """Jobs at a steady rate, whether or not the last one ended; latency counts from when a job was due."""
    result, due = Result(), asyncio.Queue[float]()
    started = time.perf_counter()

    async def clock() -> None:
        for number in range(int(per_s * seconds)):
            await asyncio.sleep(max(0.0, started + number / per_s - time.perf_counter()))
            due.put_nowait(started + number / per_s)
        for _ in range(clients):
            due.put_nowait(-1.0)

    async def caller() -> None:
        while (moment := await due.get()) >= 0:
            await _timed(port, job, result, moment)

    await asyncio.gather(clock(), *(caller() for _ in range(clients)))
    result.seconds = time.perf_counter() - started
    return result


async def _timed(port: int, job: Job, result: Result, since: float | None = None) -> None:
    since = since or time.perf_counter()
    connection = Connection(port)
    try:
        await job(await connection.open())
    except (RuntimeError, OSError, asyncio.IncompleteReadError) as error:
        result.failures.append(str(error)[:200])
    else:
        result.latencies_ms.append((time.perf_counter() - since) * 1000)
    finally:
        connection.close()
