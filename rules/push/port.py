"""What a way to people's devices looks like. Another way, such as a vendor's service, is a neighbour of these adapters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Target:
    """One device: its public id, platform and the token by which the service knows it."""

    device: str
    platform: str
    token: str


@dataclass(frozen=True, slots=True)
class Note:
    """What is pushed. id: the same for every repeat, so that a service that is asked twice can tell.

    rule: public id, so that the app can open the Snoop and report what was done with it.
    """

    id: str
    customer: str
    rule: str
    title: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of it. gone: public ids of devices that the service knows no longer. note: its answer, safe to show."""

    is_taken: bool
    note: str = ""
    gone: Sequence[str] = ()


class PushUnsure(Exception):
    """No answer came: it may have arrived, or not. It is not sent again."""


class PushPort(Protocol):
    """A way to devices. `send` waits seconds at most and raises PushUnsure where it cannot tell what became of it."""

    name: str

    def send(self, note: Note, targets: Sequence[Target]) -> Sent: ...
