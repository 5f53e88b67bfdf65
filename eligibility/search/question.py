"""What a person asks for: the words that carry it, whom it is for, and what kinds of product help.

`data/needs.csv` says which words of a shopper lead to which categories, and what else to look for.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from eligibility.text import normalise

NEEDS_PATH: Final = Path(__file__).resolve().parents[1] / "data" / "needs.csv"
ALIKE: Final = 0.82  # “fevr” is “fever”, “cold” is not “gold”
SHORTEST_MENDED: Final = 4
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9'’+-]*")
_LISTS: Final = json.loads((Path(__file__).resolve().parents[1] / "data" / "search_words.json").read_text("utf-8"))
FILLERS: Final = frozenset(_LISTS["fillers"].split())  # words that say that one asks, not for what
# Words that many titles have: alone they may be asked for, beside others they tell nothing apart.
COMMON: Final = frozenset(_LISTS["common"].split())
AUDIENCES: Final[dict[str, frozenset[str]]] = {name: frozenset(words.split()) for name, words in _LISTS["audiences"].items()}


@dataclass(frozen=True, slots=True)
class Need:
    """One row of the table: words of a shopper, the categories that help, and what such products are called."""

    phrases: tuple[str, ...]
    categories: tuple[str, ...]
    terms: str


@dataclass(frozen=True, slots=True)
class Question:
    words: tuple[str, ...]  # those that carry it, mended where they were misspelt
    audience: str  # one of AUDIENCES, or empty
    needs: tuple[Need, ...]
    named: tuple[str, ...]  # the phrases of the needs as they were found

    @property
    def meaning_text(self) -> str:
        """What is encoded: the words, and what products for these needs are called."""
        return " ".join([*self.words, *(need.terms for need in self.needs)])[:300]

    @property
    def telling(self) -> tuple[str, ...]:
        """The words by whose spelling a title may be found."""
        long = [word for word in self.words if len(word) > 2]
        return tuple([word for word in long if word not in COMMON] or long)

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(code for need in self.needs for code in need.categories)


def read_question(asked: str) -> Question:
    """asked: as typed. Never fails; a question without a word that carries anything keeps all its words."""
    tokens = _WORD.findall(normalise(asked).lower())
    kept = [token for token in tokens if token not in FILLERS] or tokens
    mended = tuple(_mended(token) for token in kept)[:16]
    audience = next((name for name, words in AUDIENCES.items() if words & set(mended)), "")
    line = f" {' '.join(mended)} "
    found = [(need, phrase) for need in needs() for phrase in need.phrases if f" {phrase} " in line]
    # “sore throat” says more than “sore”: what lies inside a longer phrase is not asked for by itself
    telling = [(need, phrase) for need, phrase in found if not any(phrase in other and phrase != other for _, other in found)]
    unique = {need.phrases[0]: (need, phrase) for need, phrase in telling}
    return Question(
        words=mended, audience=audience, needs=tuple(need for need, _ in unique.values()),
        named=tuple(phrase for _, phrase in unique.values()),
    )  # fmt: skip


@lru_cache(maxsize=1)
def needs() -> tuple[Need, ...]:
    with NEEDS_PATH.open(encoding="utf-8", newline="") as file:
        return tuple(
            Need(tuple(row["phrases"].split("; ")), tuple(row["categories"].split()), row["terms"])
            for row in csv.DictReader(file)
        )


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    table = {word for need in needs() for text in (*need.phrases, need.terms) for word in text.split()}
    return frozenset(table | {word for words in AUDIENCES.values() for word in words})


def _mended(word: str) -> str:
    """The word of the table that was meant, where it is plainly that; else the word as it stands."""
    if word in _known_words() or len(word) < SHORTEST_MENDED:
        return word
    close = difflib.get_close_matches(word, [w for w in _known_words() if len(w) >= SHORTEST_MENDED], n=1, cutoff=ALIKE)
    return close[0] if close else word
