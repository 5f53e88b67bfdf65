"""Which cues a title carries, in words: what a pharmacist would point at."""

from __future__ import annotations

import re
from functools import lru_cache

from eligibility.explain.meanings import MEANINGS
from eligibility.lexicon import PHRASES, WORDS

MOST_CUES = 5  # as many as a person reads
# Words that help the classifier among others and would mislead a reader by themselves.
MISLEADING = frozenset(
    {"oral", "soft", "wash", "set", "mix", "nature", "body", "stage", "mass", "label", "class", "ice", "other"}
)
_TOKEN = re.compile(r"[a-z0-9][a-z0-9'’-]*")
_SPF = re.compile(r"\bspf\s*-?(\d{1,3})", re.IGNORECASE)
_DOSE = re.compile(r"\b\d[\d,]*(?:\.\d+)?\s?(?:mg|mcg|iu)\b", re.IGNORECASE)
_RANK = {name: at for at, name in enumerate(MEANINGS)}


@lru_cache(maxsize=1)
def _names_by_word() -> dict[str, str]:
    """Each word of the lexicon -> its weightiest list that has a meaning."""
    names: dict[str, str] = {}
    for name in sorted((name for name in WORDS if name in MEANINGS), key=_RANK.__getitem__):
        for word in set(WORDS[name].split()) - MISLEADING:
            names.setdefault(word, name)
    return names


def found_cues(text: str) -> tuple[str, ...]:
    """At most MOST_CUES, the weightiest first, such as “ibuprofen”: an active ingredient for pain or fever.

    text: a title as normalised. One cue a list: three pain words say no more than one.
    """
    lower = f" {text.lower()} "
    seen: dict[str, str] = {}
    for name, phrases in PHRASES.items():
        if name in MEANINGS and (phrase := next((p for p in phrases if p in lower), "")):
            seen[name] = phrase.strip()
    names = _names_by_word()
    for word in _TOKEN.findall(lower):
        if word in names:
            seen.setdefault(names[word], word)
    ordered = sorted(seen, key=_RANK.__getitem__)
    told = [f"“{seen[name]}”: {MEANINGS[name]}" for name in ordered]
    return tuple(dict.fromkeys([*_numbers(text), *told]))[:MOST_CUES]


def _numbers(text: str) -> list[str]:
    told = []
    if spf := _SPF.search(text):
        number = int(spf[1])
        told.append(f"“SPF {number}”: {'sun protection of 15 or more' if number >= 15 else 'sun protection below 15'}")
    if dose := _DOSE.search(text):
        told.append(f"“{dose[0]}”: a dose")
    return told
