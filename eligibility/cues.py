"""Cheap medical and retail features of a title: what the words and numbers say before any model looks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eligibility.lexicon import PHRASES, WORDS

_TOKEN = re.compile(r"[a-z0-9][a-z0-9'’-]*")
_SPF = re.compile(r"\bspf\s*-?(\d{1,3})")
_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s?(mg|mcg|iu|%|mmhg|billion|cfu|g)\b|(\d+(?:\.\d+)?)\s?%")
_COUNT = re.compile(r"\b\d+\s?(?:ct|count|tablets|caplets|capsules|softgels|ea|pack|pk)\b")
_VOLUME = re.compile(r"\b\d+(?:\.\d+)?\s?-?(?:fl\.? ?)?(?:oz|ounces?|ml|lbs?|liters?|gallons?|kg)\b")
_MODEL_NUMBER = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])[a-z0-9-]{5,}\b")
_POTENCY = re.compile(r"\b\d{1,3}\s?[xc]\b")
_MAGNIFICATION = re.compile(r"\+\s?[0-4]\.\d\d")
_INCHES = re.compile(r"\b\d+(?:\.\d+)?\s?(?:inch|in\.|\"|''|feet|ft|mm|cm|yd)")

_NUMBERS = (
    "spf", "spf_15_up", "spf_low", "mg", "mcg", "iu", "percent", "billions", "count", "volume", "model_number", "potency",
    "magnification", "zero_magnification", "inches", "n_words", "n_chars", "n_digits",
)  # fmt: skip
_LISTS = list(WORDS)
_PHRASE_LISTS = [f"phrase_{name}" for name in PHRASES]
CUE_NAMES: tuple[str, ...] = (*_NUMBERS, *_LISTS, *_PHRASE_LISTS)

_PHRASES_FROM = len(_NUMBERS) + len(_LISTS)


@lru_cache(maxsize=1)
def _word_columns() -> dict[str, tuple[int, ...]]:
    columns: dict[str, list[int]] = {}
    for offset, words in enumerate(WORDS.values()):
        for word in set(words.split()):
            columns.setdefault(word, []).append(len(_NUMBERS) + offset)
    return {word: tuple(where) for word, where in columns.items()}


def cues(text: str) -> NDArray[np.float32]:
    """float32 [len(CUE_NAMES)], small non-negative numbers; `text` comes from `eligibility.text.normalise`."""
    row = np.zeros(len(CUE_NAMES), dtype=np.float32)
    lower = f" {_plain_letters(text.lower())} "
    tokens = _TOKEN.findall(lower)
    columns = _word_columns()
    for token in tokens:
        for column in columns.get(token, ()):
            row[column] += 1.0
    np.minimum(row, 3.0, out=row)
    for column, phrases in enumerate(PHRASES.values(), start=_PHRASES_FROM):
        if any(phrase in lower for phrase in phrases):
            row[column] = 1.0
    row[: len(_NUMBERS)] = _numbers(lower, tokens)
    return row


def _plain_letters(lower: str) -> str:
    """Without accents: the lists name "champu" and "creme" once, however a shop spells them."""
    if lower.isascii():
        return lower
    return "".join(char for char in unicodedata.normalize("NFD", lower) if not unicodedata.combining(char))


def _numbers(lower: str, tokens: list[str]) -> list[float]:
    spf = max((int(value) for value in _SPF.findall(lower)), default=-1)
    units = _strengths(lower)
    return [
        min(max(spf, 0), 100) / 25,
        float(spf >= 15),
        float(0 <= spf < 15),
        units.get("mg", 0.0),
        units.get("mcg", 0.0),
        units.get("iu", 0.0),
        units.get("%", 0.0),
        units.get("billion", 0.0) + units.get("cfu", 0.0),
        float(bool(_COUNT.search(lower))),
        float(bool(_VOLUME.search(lower))),
        float(bool(_MODEL_NUMBER.search(lower))),
        float(bool(_POTENCY.search(lower))),
        float(bool(_MAGNIFICATION.search(lower))),
        float("+0.00" in lower),
        float(bool(_INCHES.search(lower))),
        min(len(tokens), 30) / 10,
        min(len(lower), 300) / 100,
        min(sum(char.isdigit() for char in lower), 12) / 4,
    ]


def _strengths(lower: str) -> dict[str, float]:
    """log10 of the largest amount per unit, plus 1 so that its presence shows."""
    found: dict[str, float] = {}
    for value, unit, percent in _AMOUNT.findall(lower):
        number = float((value or percent).replace(",", "") or 0)
        key = unit or "%"
        found[key] = max(found.get(key, 0.0), 1.0 + float(np.log10(1.0 + number)))
    return found
