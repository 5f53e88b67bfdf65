"""What a letter covers: whole categories, or things by their GTIN or their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from eligibility.decision import Item
from eligibility.gtin import gtin14
from eligibility.letters.errors import LetterScopeInvalid
from eligibility.likeness import names_same_thing
from eligibility.reviews.grouping import DROPPED
from eligibility.selectors import item_key
from eligibility.taxonomy import taxonomy
from eligibility.text import normalise

WORD = re.compile(r"[^\W_]+")
SAYS_NOTHING = DROPPED | {"all", "any", "from", "not", "our", "your"}
SHORTEST_WORD = 3
FEWEST_WORDS = 2  # “gun” or “vitamin” would cover half a shop
MOST = 20
Match = Literal["", "words", "exact"]


def checked_categories(codes: Iterable[str]) -> list[str]:
    """The codes once each, in order. Raises LetterScopeInvalid for one that is unknown, or that no letter changes."""
    wanted = list(dict.fromkeys(codes))
    for code in wanted:
        category = taxonomy().by_code.get(code)
        if category is None:
            raise LetterScopeInvalid(f"The taxonomy has no category “{code}”.", param="categories")
        if category.status != "letter":
            why = {"eligible": "is eligible without a letter", "rx": "needs a prescription instead"}.get(
                category.status, "is no medical care, with a letter or without (IRC 213(d))"
            )
            raise LetterScopeInvalid(f"“{category.name}” {why}.", param="categories")
    return wanted


def scope_item(item: Item) -> dict[str, Any]:
    """One thing as a letter keeps it."""
    return {"title": item.title[:500], "brand": item.brand, "gtin14": gtin14(item.gtin) or "", "key": item_key(item)}


def as_item(kept: Mapping[str, Any]) -> Item:
    """What a letter keeps, to be judged again."""
    return Item(title=kept["title"], brand=kept["brand"], gtin=kept["gtin14"])


def match(kept: Sequence[Mapping[str, Any]], item: Item) -> Match:
    """Is this one of the things that a letter names? exact: by GTIN, if the title does not name another thing, or by the same
    title; words: the title has all its words.

    Of these two words at least must say what the thing is: sizes, counts, units and small words never do.
    """
    key, code = item_key(item), gtin14(item.gtin)
    if any(one["key"] == key and (not code or names_same_thing(one["title"], item.title)) for one in kept):
        return "exact"
    words = _words(item.title, item.brand)
    for one in kept:
        if code and one["gtin14"]:
            continue  # both are known exactly, and they are two things
        named = _words(one["title"], one["brand"])
        if sum(map(_says_something, named)) >= FEWEST_WORDS and named <= words:
            return "words"
    return ""


def _says_something(word: str) -> bool:
    return len(word) >= SHORTEST_WORD and word not in SAYS_NOTHING and not any(char.isdigit() for char in word)


def _words(title: str, brand: str) -> frozenset[str]:
    return frozenset(WORD.findall(normalise(title, brand).casefold()))
