"""What a request or a task has read, gathered until it is written: before the answer leaves, or at the task's end."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from django.db.models import Model

from common.request_context import actor
from vault.audit.deeds import Deed, about, noun
from vault.audit.sealing import sealing_key

Key = tuple[str, str, str, str]
Gathered = dict[Key, Deed]
_gathered: ContextVar[Gathered | None] = ContextVar("audit_reads", default=None)


@contextmanager
def gathering() -> Iterator[None]:
    """Inside, reads are noted and wait for `services.write_reads`; outside, each is written at once."""
    mark = _gathered.set({})
    try:
        yield
    finally:
        _gathered.reset(mark)


def is_gathering() -> bool:
    return _gathered.get() is not None


def gather(deed: Deed) -> None:
    """Note a read once: a second one of the same row by the same actor adds its fields."""
    gathered = _gathered.get()
    assert gathered is not None, "nobody gathers"
    by = deed.by or actor.get()
    if by.kind == "user" and by.id == deed.person_id == deed.subject_id:
        return  # one's own name at the head of every page
    deed = replace(deed, by=by)
    key = (deed.action, deed.subject, deed.subject_id, str(deed.by))
    if known := gathered.get(key):
        if set(deed.fields) <= set(known.fields):
            return
        deed = replace(deed, fields=[*known.fields, *(name for name in deed.fields if name not in known.fields)])
    gathered[key] = deed


def pending() -> list[Deed]:
    return list((_gathered.get() or {}).values())


def forget(deeds: Iterable[Deed]) -> None:
    """They are written. One that gained fields since then is another, and stays."""
    gathered, written = _gathered.get() or {}, {id(deed) for deed in deeds}
    for key in [key for key, deed in gathered.items() if id(deed) in written]:
        del gathered[key]


def of_list(model: type[Model], *, count: int, filters: Mapping[str, str], merchant_id: int | None = None) -> Deed:
    """A look at a list: how many rows, and by which filters; what was typed into them only as a keyed fingerprint.

    The fingerprint answers “did somebody search for this address?” and tells nobody which addresses were searched for.
    """
    words = {name: fingerprint(value) for name, value in sorted(filters.items()) if value}
    return Deed(
        f"{noun(model)}.listed", model._meta.label, "", merchant_id=merchant_id, details={"count": count, "filters": words}
    )


def fingerprint(words: str) -> str:
    """Keyed, 16 hex digits; the same words always give the same while the platform's key lasts."""
    return hmac.new(sealing_key().secret, b"words:" + words.strip().casefold().encode(), hashlib.sha256).hexdigest()[:16]


def of_row(row: Model, *fields: str) -> Deed:
    """A look at one row, and the fields of it that were sealed or asked for by themselves."""
    return about(row, "read", fields=fields)
