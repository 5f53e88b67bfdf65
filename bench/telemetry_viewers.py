"""Viewers of the fleet page, as browsers hold the socket: they ask, draw (here: decode) every frame, and acknowledge what they drew.

A process of its own, told by lines on stdin, telling lines of JSON. Some tills are its own: it sends a report of theirs that changes the band of their
battery, and measures until each viewer has the new cell. python -m bench.telemetry_viewers --help
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import sys
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from pos_monitor.live.protocol import ACK_EVERY_MS, HEADER, WHOLE
from pos_monitor.wire.cells import BATTERY, Band

FULL, LOW = 80, 22  # %: two bands, neither of which opens an alert
BAND_OF: Final = {FULL: Band.GOOD, LOW: Band.LOW}
MARK_EVERY_S: Final = 2.0  # of one till
AGAIN_S: Final = 0.5


@dataclass
class Figures:
    """Since the last `start`. screen_ms: from sending a marked report to a viewer's having its cell; stale_ms: the worst gap between two frames."""

    screen_ms: list[float] = field(default_factory=list)
    frames: int = 0
    size: int = 0
    began_s: float = field(default_factory=time.perf_counter)
    drops: int = 0
    stale_ms: float = 0.0

    def told(self, viewers: int, sent: int, open_now: int) -> dict[str, Any]:
        times = np.array(self.screen_ms)
        passed = time.perf_counter() - self.began_s
        return {
            "marks": sent, "seen": len(times), "viewers": open_now, "frames": self.frames, "drops": self.drops, "stale_ms": round(self.stale_ms),
            "p50_ms": round(float(np.percentile(times, 50)), 1) if len(times) else None,
            "p99_ms": round(float(np.percentile(times, 99)), 1) if len(times) else None,
            "max_ms": round(float(times.max()), 1) if len(times) else None,
            "kb_per_s_each": round(self.size / passed / max(1, viewers) / 1000, 2),
        }  # fmt: skip


class Marked:
    """The tills that are ours. sent: number -> (band that was asked for, when)."""

    def __init__(self, tills: list[dict[str, Any]]) -> None:
        self.tills = tills
        self.numbers = np.array([till["number"] for till in tills], np.int64)
        self.sent: dict[int, tuple[int, float]] = {}
        self.count = 0
        self.is_on = False

    async def play(self, till: dict[str, Any], delay_s: float) -> None:
        """Hold one till's socket, reporting by turns that it is full and low."""
        await asyncio.sleep(delay_s)
        boot, seq = int(time.time()), 0
        while True:
            with contextlib.suppress(WebSocketException, OSError):
                headers = {"Authorization": f"Bearer {till['token']}"}
                async with connect(till["url"], additional_headers=headers, compression=None, ping_interval=None) as socket:
                    reader = asyncio.create_task(_drain(socket))
                    try:
                        while True:
                            seq += 1
                            battery = (FULL, LOW)[seq % 2]
                            report = {
                                "boot": boot,
                                "seq": seq,
                                "at": time.time_ns() // 1_000_000,
                                "battery_percent": battery,
                                "charging": False,
                            }
                            if self.is_on:
                                self.sent[till["number"]] = (BAND_OF[battery], time.perf_counter())
                                self.count += 1
                            await socket.send(json.dumps(report))
                            await asyncio.sleep(MARK_EVERY_S)
                    finally:
                        reader.cancel()
            await asyncio.sleep(AGAIN_S)


async def _drain(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


class Viewer:
    """One socket of a browser."""

    def __init__(self, url: str, cookie: str, origin: str, marked: Marked, figures: list[Figures]) -> None:
        self.url, self.cookie, self.origin, self.marked, self.figures = url, cookie, origin, marked, figures
        self.version, self.is_open, self.last_s = 0, False, 0.0
        self.seen: dict[int, float] = {}  # number -> `sent` time of the mark that it has

    async def watch(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        while True:
            try:
                headers = {"Cookie": self.cookie, "Origin": self.origin}
                async with connect(
                    self.url, additional_headers=headers, compression=None, ping_interval=None, max_size=None
                ) as socket:
                    self.is_open = True
                    await socket.send(
                        json.dumps({"type": "look", "wants": ["cells", "counts", "worst", "groups", "incidents"], "by": "region"})
                    )
                    acking = asyncio.create_task(self._ack(socket))
                    try:
                        async for message in socket:
                            self._heard(message)
                    finally:
                        acking.cancel()
            except (WebSocketException, OSError):
                self.figures[0].drops += 1
            self.is_open = False
            await asyncio.sleep(AGAIN_S)

    async def _ack(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(ACK_EVERY_MS / 1000)
            if self.version:
                await socket.send(json.dumps({"type": "ack", "version": self.version}))

    def _heard(self, message: str | bytes) -> None:
        now, figures = time.perf_counter(), self.figures[0]
        figures.size += len(message)
        if isinstance(message, str):
            return
        self.waits(now)
        self.last_s = now
        figures.frames += 1
        header, numbers, cells = decoded(message)
        self.version = int(header["version"])
        if self.marked.is_on:
            self._note(numbers, cells, now)

    def waits(self, now: float) -> None:
        """Note how long nothing has come by now."""
        if self.last_s:
            figures = self.figures[0]
            figures.stale_ms = max(figures.stale_ms, (now - max(self.last_s, figures.began_s)) * 1000)

    def _note(self, numbers: np.ndarray, cells: np.ndarray, now: float) -> None:
        places = np.searchsorted(numbers, self.marked.numbers)
        for number, place in zip(self.marked.numbers.tolist(), places.tolist(), strict=True):
            if place == len(numbers) or numbers[place] != number or number not in self.marked.sent:
                continue
            band, sent_s = self.marked.sent[number]
            if (int(cells[place]) >> BATTERY[0]) & BATTERY[1] == band and self.seen.get(number) != sent_s:
                self.seen[number] = sent_s
                self.figures[0].screen_ms.append((now - sent_s) * 1000)


def decoded(frame: bytes) -> tuple[Any, np.ndarray, np.ndarray]:
    """Header, ascending numbers, cells: as pos_monitor.live.protocol has it."""
    header = np.frombuffer(frame, HEADER, 1)[0]
    body = frame[HEADER.itemsize :]
    if header["kind"] == WHOLE:
        body = zlib.decompress(body)
    count, width = int(header["count"]), int(header["width"])
    gaps = np.frombuffer(body, f"<u{width}", count).astype(np.int64)
    return header, np.cumsum(gaps), np.frombuffer(body, "<u2", count, count * width)


async def main(asked: argparse.Namespace) -> None:
    setting = json.loads(Path(asked.setting).read_text())
    marked, figures = Marked(setting["marked"]), [Figures()]
    viewers = [Viewer(setting["url"], setting["cookie"], setting["origin"], marked, figures) for _ in range(asked.viewers)]
    tasks = [asyncio.create_task(viewer.watch(place * 0.01)) for place, viewer in enumerate(viewers)]
    tasks += [
        asyncio.create_task(marked.play(till, place * MARK_EVERY_S / max(1, len(marked.tills))))
        for place, till in enumerate(marked.tills)
    ]
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().strip():
        if line == "start":
            figures[0], marked.is_on, marked.count = Figures(), True, 0
            for viewer in viewers:
                viewer.figures = figures
        elif line == "tell":
            for viewer in viewers:
                viewer.waits(time.perf_counter())
            told = figures[0].told(len(viewers), marked.count, sum(viewer.is_open for viewer in viewers))
            print(json.dumps(told), flush=True)
        elif line == "quit":
            break
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--setting", required=True, help="A file of JSON: url, cookie, origin, marked [{number, token, url}].")
    parser.add_argument("--viewers", type=int, default=50)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(main(parser.parse_args()))
