"""One terminal's connection, whatever its transport: opened, broken, reports out, answers in."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

Name = tuple[int, int]  # boot and seq of a report


class Heard(Protocol):
    """Who is told what happens on the lines: the fleet's part that this process plays. place: of the terminal."""

    def opened(self, place: int) -> None: ...
    def closed(self, place: int, why: str) -> None: ...
    def acked(self, place: int, names: list[Name]) -> None: ...
    def refused(self, place: int, code: str, names: list[Name]) -> None: ...
    def kept_back(self, place: int, names: list[Name]) -> None: ...
    def paused(self, place: int, for_s: float) -> None: ...
    def commanded(self, place: int, command: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal needs to know to speak. number: its primary key, source: the loopback address from which it calls."""

    place: int
    number: int
    public_id: str
    token: str
    source: str = "127.0.0.1"


class Line(asyncio.Protocol, ABC):
    """A connection in the making or open. Subclasses know one transport's words."""

    def __init__(self, terminal: Terminal, heard: Heard) -> None:
        self.terminal, self.heard = terminal, heard
        self.transport: asyncio.Transport | None = None
        self.is_open = self.was_open = False

    def has_opened(self) -> None:
        """The platform knows who we are."""
        self.is_open = self.was_open = True
        self.heard.opened(self.terminal.place)

    @abstractmethod
    def send(self, reports: list[tuple[Name, bytes]]) -> None:
        """Send these, each JSON of its own. Only while `is_open`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its ancestry
        self.greet()

    @abstractmethod
    def greet(self) -> None:
        """Say who we are."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.heard.closed(self.terminal.place, str(exc or "closed"))

    def is_full(self) -> bool:
        """Does the network take no more for now?"""
        return self.transport is not None and self.transport.get_write_buffer_size() > MOST_UNSENT_BYTES

    def close(self) -> None:
        if self.transport:
            self.transport.close()

    def abort(self) -> None:
        """As when the network is gone."""
        if self.transport:
            self.transport.abort()

    def write(self, data: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)


MOST_UNSENT_BYTES: Final = 256_000


@dataclass(slots=True)
class Counts:
    """What a part of the fleet has done. made: reports that terminals had to tell; refused: by code."""

    made: int = 0
    sent: int = 0
    acked: int = 0
    waiting: int = 0
    lost_on_purpose: int = 0
    thrown_away: int = 0
    connected: int = 0
    connects: int = 0
    failures: int = 0
    commands: int = 0
    refused: dict[str, int] = field(default_factory=dict)
