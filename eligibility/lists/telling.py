"""Staff hear of lists that need them: one that cannot be fetched, one that waits for a person."""

from __future__ import annotations

from typing import Final

from eligibility.models import ListSource, ListSync
from notices.services import notify

LONGEST: Final = 200  # characters of one value of a notice


def tell_of_trouble(source: ListSource) -> None:
    """The first failure in a row; the page says how it goes on."""
    notify(topic="list.broken", subject=source.public_id, context={"list": source.list_id, "why": _plain(source.error)})


def tell_of_held(sync: ListSync) -> None:
    notify(
        topic="list.held", subject=sync.public_id,
        context={
            "list": sync.list_source.list_id, "version": _plain(str(sync.entry.get("version", ""))), "why": _plain(" ".join(sync.held_because)),
        },
    )  # fmt: skip


def _plain(words: str) -> str:
    """As a notice may carry it: short, and nothing that looks like an address. The page has it whole."""
    short = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    return short.replace("@", "(at)")[:LONGEST]
