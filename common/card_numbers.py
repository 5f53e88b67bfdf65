"""Card numbers in text that is not meant for them: found, so that they are refused in what callers send and hidden in logs.

A run of digits is taken for a card number if all of these hold:

- it has a length and first digits that a card network issues (ranges below), or is one of the sandbox's numbers;
- its last digit is the Luhn check digit (ISO/IEC 7812-1, annex B), which nine in ten other numbers fail;
- it stands alone or in a card's groups (4-4-4-4, 4-6-5, 4-6-4) with spaces, hyphens or dots between;
- what it is glued to has no other digits: `card4111…` is one, a stretch of a hash or of an id is not.

Product codes look alike: a GTIN has 13 or 14 digits and a check digit of its own kind. Thirteen-digit cards are no longer
issued, so thirteen digits are never a card. A fourteen-digit number that is also a right GTIN-14 is taken for a GTIN, at
the price of missing one Diners Club number in ten. Order numbers that hit a range and the check digit by chance, one
in ten of those with sixteen digits that begin with 4, are refused: put letters between the digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

SEPARATOR: Final = r"[ .\-\u00a0\u2009\u2010\u2011\u2013]"
RUN: Final = re.compile(
    rf"(?<!\d)(?<!\d[.,])(?:\d{{14,19}}|\d{{4}}({SEPARATOR})\d{{4}}\1\d{{4}}\1\d{{4}}(?:\1\d{{1,3}})?"
    rf"|\d{{4}}({SEPARATOR})\d{{6}}\2\d{{4,5}})(?!\d)"
)
# (first, last) of the leading digits -> lengths. Sources: ISO/IEC 7812, the networks' published ranges.
RANGES: Final[tuple[tuple[str, str, frozenset[int]], ...]] = (
    ("4", "4", frozenset({16, 19})),  # Visa
    ("51", "55", frozenset({16})), ("2221", "2720", frozenset({16})),  # Mastercard
    ("34", "34", frozenset({15})), ("37", "37", frozenset({15})),  # American Express
    ("6011", "6011", frozenset({16, 19})), ("644", "659", frozenset({16, 19})),  # Discover
    ("62", "62", frozenset({16, 17, 18, 19})), ("81", "81", frozenset({16, 17, 18, 19})),  # UnionPay
    ("300", "305", frozenset({14, 16})), ("3095", "3095", frozenset({14, 16})),  # Diners Club
    ("36", "36", frozenset({14, 16})), ("38", "39", frozenset({14, 16})),
    ("3528", "3589", frozenset({16, 19})),  # JCB
    ("5018", "5018", frozenset({16, 18, 19})), ("5020", "5020", frozenset({16, 18, 19})), ("5038", "5038", frozenset({16, 18, 19})),
    ("6304", "6304", frozenset({16, 18, 19})), ("6759", "6763", frozenset({16, 18, 19})),  # Maestro
    ("9999", "9999", frozenset({16})),  # the sandbox
)  # fmt: skip
FOUR_DIGITS: Final = re.compile(r"\d{4}")
GLUED_BEFORE: Final = re.compile(r"[0-9A-Za-z]{1,80}\Z")
GLUED_AFTER: Final = re.compile(r"[0-9A-Za-z]{1,80}")
DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
HIDDEN: Final = "[card number]"


def holds_card_number(text: str) -> bool:
    return next(_found(text), None) is not None


def hide_card_numbers(text: str) -> str:
    """The text with words in the place of card numbers."""
    for found in reversed(list(_found(text))):
        text = text[: found.start()] + HIDDEN + text[found.end() :]
    return text


def _found(text: str) -> Iterator[re.Match[str]]:
    if not FOUR_DIGITS.search(text):  # nearly every text: asked at a twentieth of the price
        return iter(())
    return (
        match for match in RUN.finditer(text)
        if is_card_number("".join(filter(str.isdecimal, match.group()))) and not _is_part_of_a_code(text, match.start(), match.end())
    )  # fmt: skip


def _is_part_of_a_code(text: str, start: int, end: int) -> bool:
    before, after = GLUED_BEFORE.search(text, 0, start), GLUED_AFTER.match(text, end)
    glued = (before.group() if before else "") + (after.group() if after else "")
    return any(char.isdecimal() for char in glued)


def is_card_number(digits: str) -> bool:
    """Could these digits, in any script, be the number of a card that somebody issues?"""
    digits = "".join(str(int(digit)) for digit in digits)
    in_range = any(first <= digits[: len(first)] <= last and len(digits) in lengths for first, last, lengths in RANGES)
    return in_range and _luhn_ok(digits) and not (len(digits) == 14 and _is_gtin(digits))


def _luhn_ok(digits: str) -> bool:
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(DOUBLED[number] for number in numbers[1::2])) % 10 == 0


def _is_gtin(digits: str) -> bool:
    return sum(int(digit) * (1 if index % 2 == 0 else 3) for index, digit in enumerate(reversed(digits))) % 10 == 0
