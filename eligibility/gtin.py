"""GTINs as shops write them, brought to the fourteen digits by which lists are kept."""

from __future__ import annotations

LENGTHS = (8, 12, 13, 14)


def check_digit(body: str) -> str:
    """The GS1 modulo-10 check digit of the digits before it."""
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(body)))
    return str(-total % 10)


def gtin14(written: str) -> str | None:
    """The GTIN-14 of a code with 8, 12, 13 or 14 digits and a right check digit, else None. Spaces and hyphens may part it."""
    digits = written.replace("-", "").replace(" ", "").strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) not in LENGTHS:
        return None
    if not digits.strip("0"):  # what shops write where they know none; its check digit happens to be right
        return None
    return digits.zfill(14) if check_digit(digits[:-1]) == digits[-1] else None
