"""What a shopper agrees to when a store may keep their card. A text once shown is never edited: it gets a new version."""

from __future__ import annotations

from typing import Final

CURRENT: Final = "2026-11"
# version -> what the consent covers -> the text, with the store's name to be filled in.
TEXTS: Final[dict[str, dict[str, str]]] = {
    "2026-11": {
        "checkout": "Save this card for my next purchases at {store}. It is kept as a network token, never as a number, and I can "
        "delete it at any time.",
        "subscriptions": "Save this card for my next purchases at {store} and for renewals of what I subscribe to there. It is kept as a "
        "network token, never as a number, and I can delete it at any time.",
    }
}


def is_known(version: str, covers: str) -> bool:
    return covers in TEXTS.get(version, {})


def text_of(version: str, covers: str, *, store: str) -> str:
    """The text as the shopper read it."""
    return TEXTS[version][covers].format(store=store)
