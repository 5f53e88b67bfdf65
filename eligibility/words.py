"""Whether a title says anything about the product: what says nothing is answered as unknown, however a model scores it."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z]{3,}")
_VOWEL = re.compile(r"[aeiouy]")
_EMPTY_WORDS = (
    "advanced formula extra plus original new item product premium natural gentle fresh pure deluxe daily complete classic"
    " ultra active total simply essential signature everyday max maximum strength value pack size family large small medium"
    " the for and with set"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())


def says_something(text: str) -> bool:
    """Is there one word that could name a product? Letters without a vowel are a code, not a word."""
    return any(word not in _EMPTY and _VOWEL.search(word) for word in _WORD.findall(text.lower()))
