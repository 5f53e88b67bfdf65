"""What shops, tills and marketplaces do to a title, done to the corpus so that the model has seen it.

Seeded by the title: the same corpus always gives the same variants.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable

from eligibility.classifier.training.corpus import CorpusRow
from eligibility.text import TILL_WORDS

_SIZE = re.compile(
    r"[,\s-]*\(?\b\d+(?:\.\d+)?\s?-?(?:fl\.? ?oz|oz|ounces?|ct|count|ml|g|kg|lbs?|pack|pk|pieces?|ea|tablets|caplets|"
    r"capsules|softgels|ft|l)\b\.?\)?",
    re.IGNORECASE,
)
_SUFFIXES = (
    " - Pack of 2, Free Shipping", " (Pack of 3)", " - Gift for Mom", " | Best Seller 2024 | Fast Delivery", " - NEW",
    " Value Size", ", For Men and Women, Home Office Travel", " - 2 Pack, Ships from USA", " FREE SHIPPING!!!",
    " - Twin Pack (Packaging May Vary)", " [Upgraded Version]", ", Great for Home, Office, School, Car and Travel",
    " - 1 ea", " (Discontinued by Manufacturer)", ", 1 Count (Pack of 6)", " by Amazon Seller", " - Club Pack", " Assorted",
    ", Family Size", " - Exp 2026",
)  # fmt: skip
_PREFIXES = ("NEW ", "2 Pack - ", "(3 Pack) ", "Genuine ", "[Set of 2] ", "Brand New ", "Premium ", "")
_SIZES = (
    ", 8 oz",
    " - 12 oz",
    ", 100 ct",
    " 24 count",
    ", 1 each",
    " - 30 ea",
    ", 16 fl oz (473 ml)",
    " 3.4oz",
    ", 60 pc",
    " - 2 pk",
)
_SHORT = {long: short for short, long in TILL_WORDS.items() if " " not in long}
_MOJIBAKE = {"'": "â€™", "é": "Ã©", "&": "&amp;", "®": "Â®", "–": "â€“", '"': "&quot;"}

NATURAL_FORMS = ("written", "bare")  # the others are noise
Variant = Callable[[CorpusRow, random.Random], str]


def variants(row: CorpusRow) -> list[tuple[str, str, str]]:
    """(form, title, brand): the title as written, without brand and size, then two or three of its noisy forms."""
    dice = random.Random(zlib.crc32(row.title.encode()))
    plain = bare(row)
    noisy = [("written", row.title, row.brand), ("bare", plain, "")]
    for change in dice.sample(_CHANGES, 2):
        noisy.append((change.__name__.strip("_").replace("_", " "), change(row, dice), ""))
    if row.brand and dice.random() < 0.3:
        noisy.append(("brand apart", plain, row.brand))
    return noisy


def bare(row: CorpusRow) -> str:
    """Without brand and size, as grocers' catalogues list it; the whole title if too little would be left."""
    title = _SIZE.sub("", row.title).strip(" ,-")
    if row.brand:
        title = re.sub(re.escape(row.brand), "", title, flags=re.IGNORECASE).strip(" ,-'®™")
    return title if len(title.split()) >= 2 else row.title


def _upper(row: CorpusRow, dice: random.Random) -> str:
    return row.title.upper()


def _lower(row: CorpusRow, dice: random.Random) -> str:
    return re.sub(r"[^\w\s.%+]", " ", row.title.lower())


def _slug(row: CorpusRow, dice: random.Random) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", row.title.lower()).strip("-")


def _till(row: CorpusRow, dice: random.Random) -> str:
    words = [_shorten(word, dice) for word in re.sub(r"[^\w\s.%]", " ", row.title).split()]
    return " ".join(words).upper()[:32].strip()


def _shorten(word: str, dice: random.Random) -> str:
    if short := _SHORT.get(word.lower()):
        return short
    if len(word) > 7 and dice.random() < 0.5:
        return word[0] + re.sub(r"[aeiou]", "", word[1:])
    return word


def _stuffed(row: CorpusRow, dice: random.Random) -> str:
    return dice.choice(_PREFIXES) + row.title + dice.choice(_SUFFIXES) + dice.choice(("", dice.choice(_SUFFIXES)))


def _stuffed_bare(row: CorpusRow, dice: random.Random) -> str:
    return bare(row) + dice.choice(_SUFFIXES)


def _typo(row: CorpusRow, dice: random.Random) -> str:
    chars = list(row.title)
    for _ in range(1 + len(chars) // 30):
        at = dice.randrange(len(chars) - 1)
        move = dice.randrange(3)
        if move == 0:
            chars[at], chars[at + 1] = chars[at + 1], chars[at]
        elif move == 1:
            del chars[at]
        else:
            chars.insert(at, chars[at])
        if len(chars) < 3:
            break
    return "".join(chars)


def _mojibake(row: CorpusRow, dice: random.Random) -> str:
    broken = row.title
    for good, bad in _MOJIBAKE.items():
        broken = broken.replace(good, bad)
    return broken if broken != row.title else row.title.replace(" ", "\u00a0", 2) + " &#174;"


def _resized(row: CorpusRow, dice: random.Random) -> str:
    return bare(row) + dice.choice(_SIZES)


def _shuffled(row: CorpusRow, dice: random.Random) -> str:
    """Comma or dash parts in another order: "Caplets, Extra Strength, Tylenol"."""
    parts = [part for part in re.split(r"\s*[,|]\s*|\s-\s", row.title) if part]
    if len(parts) < 2:
        words = row.title.split()
        cut = max(1, len(words) // 2)
        parts = [" ".join(words[cut:]), " ".join(words[:cut])]
    dice.shuffle(parts)
    return ", ".join(parts)


_CHANGES: list[Variant] = [
    _upper, _lower, _slug, _till, _stuffed, _stuffed_bare, _typo, _mojibake, _resized, _shuffled,
]  # fmt: skip
