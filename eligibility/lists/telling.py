"""Staff hear of lists that need them: one that cannot be fetched, one that waits for a person."""

from __future__ import annotations

from eligibility.models import ListSource, ListSync
from notices.services import notify


def tell_of_trouble(source: ListSource) -> None:
    """The first failure in a row; the page says how it goes on."""
    notify(topic="list.broken", subject=source.public_id, context={"list": source.list_id, "why": source.error})


def tell_of_held(sync: ListSync) -> None:
    notify(
        topic="list.held", subject=sync.public_id,
        context={"list": sync.list_source.list_id, "version": str(sync.entry.get("version", "")), "why": " ".join(sync.held_because)},
    )  # fmt: skip
