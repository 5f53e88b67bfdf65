"""What a product's description claims that bears on its status: a label's own words, not a shop's praise.

Descriptions praise ("relieves dry skin", "pairs well with vitamin C"), and praise misleads. A few phrases do not: the
headings of the two legal labels, the active ingredients named under the first, a sun protection factor, an animal.
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 4_000  # labels stand near the beginning, or the text is not about one product
MAX_CLAIM_CHARS = 90

_ACTIVE = re.compile(
    r"\bactives?(?: ingredients?)?(?: \([^)]{1,60}\))?\s?[:\-]\s?([a-z][a-z ]{2,40}\d{0,3}(?:\.\d{1,2})?\s?(?:%|mg|mcg)?)"
)
_DRUG = re.compile(r"\bdrug facts\b|\bactive ingredients?\s?(?:\([^)]{1,60}\))?\s?:|\bhomeopathic\b")
_SUPPLEMENT = re.compile(r"\bsupplement facts\b|\bdietary supplements?\b|\bnot intended to diagnose, treat, cure\b")
_SPF = re.compile(r"\bbroad[ -]spectrum spf\s?-?(\d{2,3})\b|\bspf\s?-?(\d{2,3})\b[^.]{0,20}\bbroad[ -]spectrum\b")
_ANIMALS = re.compile(r"\bfor (?:use (?:on|in) )?(dogs|cats|pets|horses|animals)\b(?: only)?")


def claims(description: str) -> str:
    """A few words to read after the title, in small letters; empty where the description carries no label.

    Never raises; linear in the first MAX_CHARS characters.
    """
    text = " ".join(unicodedata.normalize("NFKC", description[:MAX_CHARS]).lower().split())
    found = []
    if animal := _ANIMALS.search(text):
        found.append(f"for {animal[1]}")
    if _SUPPLEMENT.search(text):
        found.append("dietary supplement")
    elif _DRUG.search(text):
        active = _ACTIVE.search(text)
        found.append(f"drug facts {active[1].strip()}" if active else "drug facts")
    if spf := _SPF.search(text):
        found.append(f"broad spectrum spf {spf[1] or spf[2]}")
    return " ".join(found)[:MAX_CLAIM_CHARS]
