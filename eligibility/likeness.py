"""Does a title name what another title named? For evidence that is found by GTIN: codes are mistyped, used again, and borrowed.

Words count, not their order; sizes, counts, forms and sales talk say nothing about what a thing is. Pure, and no model is asked.
"""

from __future__ import annotations

import re
from typing import Final

from eligibility.text import normalise

LEAST_SHARE: Final = 0.34  # of the shorter title's words: one of two, two of three to five
FEWEST_LETTERS: Final = 3  # below that a beginning says nothing: “el” begins “elbow” and “electronic”
_WORD: Final = re.compile(r"[^\W\d_]+")
_VOWEL: Final = re.compile(r"[aeiouy]")
_SIZES: Final = (
    "ct count pk pack packs pc pcs piece pieces ea each oz fl floz ounce ounces ml l liter litre liters lb lbs g gm gram grams kg mg mcg iu"
    " inch inches in ft yd yards cm mm box bottle bottles carton case tube value size sizes twin single family bonus small medium large mini xl"
)  # fmt: skip
_FORMS: Final = (  # a tablet of one thing is no tablet of another
    "tablet tablets caplet caplets capsule capsules softgel softgels gelcap gelcaps liquid drops spray cream gel lotion ointment powder"
    " solution syrup gummies chewable"
)  # fmt: skip
_TALK: Final = (
    "the and for with of to by per new original extra strength maximum max advanced formula plus premium natural gentle fresh pure deluxe daily"
    " complete classic ultra active total essential everyday fast acting long lasting relief best quality brand product item free set adult"
    " adults men women kids professional pro black white red blue green pink gray grey silver gold clear assorted"
)  # fmt: skip
_NOISE: Final = frozenset(f"{_SIZES} {_FORMS} {_TALK}".split())


def names_same_thing(kept_title: str, title: str) -> bool:
    """Is enough of the shorter title's telling words in the other? Titles that are the same are; two that say nothing are not."""
    if kept_title == title:
        return True
    kept, said = normalise(kept_title).casefold(), normalise(title).casefold()
    if kept == said:
        return bool(kept)
    shorter, longer = sorted((_telling(kept), _telling(said)), key=lambda words: (len(words), sorted(words)))
    found = sum(any(_is_same_word(word, other) for other in longer) for word in shorter)
    return bool(shorter) and found / len(shorter) >= LEAST_SHARE


def _telling(text: str) -> frozenset[str]:
    """The words that say what it is; all of them where nothing else is said."""
    words = frozenset(word for word in _WORD.findall(text) if len(word) > 1)
    return words - _NOISE or words


def _is_same_word(one: str, other: str) -> bool:
    """The same, its beginning, or as a till shortens it: “ibuprfn” and “ibuprofen”, “bndgs” and “bandages”."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return True
    if len(short) < FEWEST_LETTERS or short[0] != long[0]:
        return False
    return long.startswith(short) or (_is_shortened(short) and _is_within(short, long))


def _is_shortened(word: str) -> bool:
    """Tills drop vowels; what has as many as a word of its length is a word of its own."""
    return len(_VOWEL.findall(word)) * 3 < len(word)


def _is_within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)
