"""GTINs as shops write them, brought to the fourteen digits by which lists are kept."""

from __future__ import annotations

import re

LENGTHS = (8, 12, 13, 14)
SHORTEST_MAIMED = 9  # of a UPC that lost its leading zeros; of fewer digits too little is left to be sure


def check_digit(body: str) -> str:
    """The GS1 modulo-10 check digit of the digits before it."""
    digits = body.encode()  # summed as bytes: lists have hundreds of thousands of them
    odd, even = digits[::-2], digits[-2::-2]
    total = 3 * (sum(odd) - ord("0") * len(odd)) + sum(even) - ord("0") * len(even)
    return str(-total % 10)


def gtin14(written: str) -> str | None:
    """The GTIN-14 of a code with 8, 12, 13 or 14 digits and a right check digit, else None. Spaces and hyphens may part it."""
    digits = _digits(written)
    if len(digits) not in LENGTHS:
        return None
    if not digits.strip("0"):  # what shops write where they know none; its check digit happens to be right
        return None
    return digits.zfill(14) if check_digit(digits[:-1]) == digits[-1] else None


def gtin_readings(written: str) -> tuple[str, ...]:
    """The GTIN-14s that a code may stand for, the likelier first; one where `gtin14` knows it, none where nothing is likely.

    A spreadsheet takes leading zeros away, and many tills print a UPC without its check digit: what has 9 to 11 digits is
    read in both ways. Whoever takes such a reading for true needs a second sign that it is the same product.
    """
    if exact := gtin14(written):
        return (exact,)
    digits = _digits(written)
    if not SHORTEST_MAIMED <= len(digits) < 12 or not digits.strip("0"):
        return ()
    readings = [digits] if check_digit(digits[:-1]) == digits[-1] else []
    readings.append(digits + check_digit(digits))
    return tuple(each.zfill(14) for each in readings)


def _digits(written: str) -> str:
    """The digits alone; empty where something else stands between them. Spreadsheets leave an apostrophe before and “.0” behind."""
    if written.isascii() and written.isdigit():
        return written
    bare = written.replace("-", "").replace(" ", "").strip()
    bare = re.sub(r"\.0+$", "", bare.removeprefix("'"))
    return bare if bare.isascii() and bare.isdigit() else ""
