"""A few tills as the reference client plays them, for tests in which the platform's processes fall."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from integrations.terminal_client import Buffer, Identity, TerminalClient
from integrations.terminal_client import client as client_module
from integrations.terminal_client.client import dial
from integrations.terminal_client.mqtt import mqtt_dial

PATIENCE_S = 90
Report = tuple[int, int, int]  # terminal's number, boot, seq


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a second and less, and another try soon after HTTPS."""
    for name, value in (("FIRST_PAUSE_S", 0.05), ("LONGEST_PAUSE_S", 0.5), ("HTTPS_FOR_S", 0.5), ("UNACKNOWLEDGED_S", 2.0)):
        monkeypatch.setattr(client_module, name, value)


class PlayedTill:
    """One of them. said: every report that it has made."""

    def __init__(self, number: int, identity: Identity, folder: Path) -> None:
        self.number, self.identity = number, identity
        self.client = TerminalClient(identity, Buffer(folder / f"till{number}"), _did_nothing)
        self.said: set[Report] = set()
        self.running: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Reports that nobody has acknowledged."""
        return len(self.client.buffer)

    def say(self, **values: Any) -> None:
        self.said.add((self.number, *self.client.report(**values)))

    def start(self) -> None:
        how = mqtt_dial(self.client.buffer) if self.identity.mqtt else dial
        self.running = asyncio.create_task(self.client.run(how))

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
        await self.client.http.aclose()


@contextlib.asynccontextmanager
async def alive(*tills: PlayedTill) -> AsyncIterator[None]:
    for till in tills:
        till.start()
    try:
        yield
    finally:
        for till in tills:
            await till.stop()


@contextlib.asynccontextmanager
async def talking(*tills: PlayedTill, every_s: float = 0.05) -> AsyncIterator[None]:
    """Each reports all the while."""

    async def talk() -> None:
        while True:
            for till in tills:
                till.say(battery_percent=50)
            await asyncio.sleep(every_s)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        await asyncio.sleep(0.05)


def acknowledged(tills: list[PlayedTill]) -> int:
    return sum(len(till.said) - till.waiting for till in tills)


async def _did_nothing(command: dict[str, Any]) -> tuple[str, str]:
    return "done", ""
