"""What the API's addresses are about, and whether a call looks or changes: the words in which a restricted key is cut."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver

READ: Final = "read"
WRITE: Final = "write"  # includes read
SAFE_METHODS: Final = frozenset({"get", "head", "options"})
METHODS: Final = ("get", "post", "put", "patch", "delete")


def needed_level(view: Any, method: str) -> str:
    """`read` or `write`. A view's `reads_with` names methods that only look although they carry a body."""
    return READ if method.lower() in SAFE_METHODS | view.reads_with else WRITE


def is_enough(granted: str | None, needed: str) -> bool:
    return granted == WRITE or (granted == READ and needed == READ)


@cache
def resources() -> dict[str, tuple[str, ...]]:
    """Every resource that an address of the API declares, by name, with the levels that make a difference for it."""
    found: dict[str, set[str]] = {}
    for view in api_views():
        if view.resource:
            levels = {needed_level(view, method) for method in METHODS if hasattr(view, method)}
            found.setdefault(view.resource, set()).update(levels)
    return {name: tuple(level for level in (READ, WRITE) if level in found[name]) for name in sorted(found)}


def api_views() -> Iterator[Any]:
    """The class of each view under /v1 that asks for a key."""
    return (view for _, view in api_routes())


def api_routes() -> Iterator[tuple[str, Any]]:
    """(address, view class) of everything under /v1 that asks for a merchant's key. A device's own token is none (`is_merchants_key`)."""
    for address, pattern in _patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
        asked = getattr(view, "authentication_classes", [])
        if address.startswith("v1/") and any(getattr(one, "is_merchants_key", True) for one in asked):
            yield address, view


def _patterns(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, address)
        else:
            yield address, pattern
