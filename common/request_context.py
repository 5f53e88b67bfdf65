"""Who asks, and under which id: for whoever writes an error, an event, an audit row or a log line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does what is being done.

    kind: user, api_key, page (a shopper on a hosted page), system (a task or command), anonymous.
    id: a public id, or the name of the task. role: as the door found it (`owner`, `support`, `secret`, …).
    """

    kind: str = "system"
    id: str = ""
    role: str = ""
    address: str = ""


request_id: ContextVar[str] = ContextVar("request_id", default="")
NOBODY = Actor()
actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


@contextmanager
def acting_as(someone: Actor) -> Iterator[None]:
    """Whatever happens inside is done by `someone`."""
    mark = actor.set(someone)
    try:
        yield
    finally:
        actor.reset(mark)
