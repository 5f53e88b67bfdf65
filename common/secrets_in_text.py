"""Finding what must never be written down: API keys, card tokens, links of letters, e-mail addresses, card numbers."""

from __future__ import annotations

import re
from typing import Final

from common.card_numbers import hide_card_numbers

API_KEY: Final = re.compile(r"\b((?:sk|pk|rk|trm)_(?:test|live)_|whsec_)[0-9A-Za-z._:+/=-]{8,}")
CARD_TOKEN: Final = re.compile(r"\b(tok_[0-9a-z]{10,})\.[0-9A-Za-z._=-]{16,}")  # behind the dot is a sealed security code
# Whoever reads such a link may use it: Django logs the address of each request that it refuses.
LINK: Final = re.compile(r"(/(?:me/open|team/join|notices/unsubscribe|accounts/password/reset/key)/)[^/\s\"'?#]{8,}")
EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")


def holds_key(text: str) -> bool:
    """Does a secret, restricted or publishable key, or a terminal's token, stand in the text?"""
    return "_" in text and API_KEY.search(text) is not None


def hide_secrets(text: str) -> str:
    """The text with words in the place of keys, security codes, e-mail addresses and card numbers. For logs."""
    if "_" in text:
        text = CARD_TOKEN.sub(r"\1.[sealed]", API_KEY.sub(r"\1[key]", text))
    if "/" in text:
        text = LINK.sub(r"\1[link]", text)
    if "@" in text:
        text = EMAIL.sub("[e-mail]", text)
    return hide_card_numbers(text)
