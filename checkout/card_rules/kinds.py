"""Kinds of benefit card. They stand by themselves: the link to the card network knows them, and knows no decision."""

from __future__ import annotations

from typing import Final

# Kinds of benefit card, and the accounts that each may draw on. `multi` has several purses, and of an `unknown` one the
# issuer's list says only that it is a health card: which account pays, the issuer alone knows.
PURSES: Final = {
    "fsa": frozenset({"fsa"}),
    "hsa": frozenset({"hsa"}),
    "hra": frozenset({"hra"}),
    "lpfsa": frozenset({"lpfsa"}),
    "multi": frozenset({"fsa", "hsa", "hra"}),
    "unknown": frozenset({"fsa", "hsa", "hra"}),
}
BENEFIT_KINDS: Final = frozenset(PURSES)
