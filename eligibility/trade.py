"""Takes out of a title what is trade and not product: codes, prices, sales talk; and writes units in one way.

Every step is linear in a title's length. What would leave nothing is left alone.
"""

from __future__ import annotations

import re

from eligibility.gtin import gtin14

_CODE = re.compile(r"\b(?:upc|ean|gtin|asin|sku|ndc)\b(?: code| no\.?)?\s?[:#]\s?[\w-]{4,20}", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w.-])\d{12,14}(?![\w.-])")
_PRICE = re.compile(
    r"(?:\b(?:only|now|just|was|from)\s)?(?:us)?[$€£]\s?\d{1,5}(?:[.,]\d{2})?(?!\d)(?:\s?(?:each|usd)\b)?(?!\s?gift)",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"\b(?:free (?:fast )?shipping|fast (?:delivery|shipping)|ships? (?:free|fast|from (?:the )?usa?)|best ?seller(?: \d{4})?"
    r"|new arrivals?|hot sale|limited[ -]time(?: offer| only)?|clearance|on sale|special offer|(?:save|up to) \d{1,2}% ?(?:off)?"
    r"|\d{1,2}% off|buy \d get \d(?: free)?|(?:100% )?money[ -]back guarantee(?:d)?|satisfaction guarantee(?:d)?"
    r"|packaging may vary|as seen on tv|exp(?:ires)? \d{2}/\d{2,4})\b[!*]*",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"\(\s*\)|\[\s*\]|(?:\s[|*~•-])+(?=\s?$)|(?<=\|)\s*\||\s(?=[,;])")
_WHITESPACE = re.compile(r"\s+")

_UNITS = {
    "fl oz": r"fl\.?\s?oz\.?|fluid ounces?|fl\.? ounces?",
    "oz": r"oz\.?|ounces?|onzas?",
    "mg": r"mg|milligrams?|mgs|miligramos?",
    "mcg": r"mcg|micrograms?|[uµμ]g",
    "ml": r"ml|milliliters?|millilitres?|mililitros?",
    "lb": r"lbs?\.?|pounds?",
    "iu": r"iu|i\.u\.",
    "ct": r"ct\.?|counts?|cnt",
    "pack": r"packs|pk|pck",
    "ea": r"each",
}
_UNIT = re.compile(
    r"(?<![\w.])(\d{1,6}(?:[.,]\d{1,4})?)[\s-]?(?:" + "|".join(f"({spelt})" for spelt in _UNITS.values()) + r")(?![\w])",
    re.IGNORECASE,
)
_NAMES = tuple(_UNITS)


def without_trade(line: str) -> str:
    """line: one repaired line. Product codes, prices and sales talk go; "12 Fluid Ounces" becomes "12 fl oz"."""
    left = _DIGITS.sub(_unless_code, _CODE.sub(" ", line))
    left = _TALK.sub(" ", _PRICE.sub(" ", left))
    if left != line:
        left = _WHITESPACE.sub(" ", _LEFT_OVER.sub("", left)).strip(" |,;*~•-")
    return _UNIT.sub(_one_spelling, left if any(char.isalpha() for char in left) else line)


def _unless_code(match: re.Match[str]) -> str:
    """A run of digits is a product code if its check digit says so."""
    return " " if gtin14(match[0]) else match[0]


def _one_spelling(match: re.Match[str]) -> str:
    return f"{match[1]} {_NAMES[(match.lastindex or 2) - 2]}"
