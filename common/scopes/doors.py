"""Entering and leaving a scope. Each request and each task starts without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models import Model
from django_scopes import scopes_disabled
from django_scopes.state import state

is_guarded: ContextVar[bool] = ContextVar("is_guarded", default=False)


class NoDoor(RuntimeError):
    """A scope was entered where nothing would leave it again: outside a request and a task."""


@contextmanager
def guarded() -> Iterator[None]:
    """Start without a scope, whatever was entered before, and leave behind what was there: the frame of a request or task."""
    mark, door = state.set({}), is_guarded.set(True)
    try:
        yield
    finally:
        is_guarded.reset(door)
        state.reset(mark)


def enter_merchant(merchant: Model, places: Sequence[int] | None = None) -> None:
    """From here to the end of the request or task, queries see this merchant's rows alone.

    places: row ids of stores; of what lies in a store (a till, a sale) only theirs is seen then. None: all of the merchant's.
    The end is the frame's, not the view's, because an answer may be rendered after its view has returned.
    """
    _enter({"merchant": merchant, "_enabled": True} | ({} if places is None else {"places": tuple(places)}))


def places_in_scope() -> tuple[int, ...] | None:
    """Row ids of the stores to which whoever asks is limited; None: not limited. For what asks the database in SQL of its own."""
    scope = state.get() or {}
    return scope.get("places") if scope.get("_enabled", True) else None


def enter_across_merchants(reason: str) -> None:
    """From here to the end of the request, queries see all merchants' rows, for this reason."""
    assert reason
    _enter({"_enabled": False})


def _enter(scope: dict[str, object]) -> None:
    if not is_guarded.get():
        raise NoDoor("use scope(merchant=…) or across_merchants(…), which end by themselves")
    state.set(scope)


@contextmanager
def across_merchants(reason: str) -> Iterator[None]:
    """Inside, queries see all merchants' rows. The reason is for readers: a test holds the list of them.

    Also a decorator. A queryset made inside and read later stays unscoped, so read it inside.
    """
    assert reason
    with scopes_disabled():
        yield
