"""National Provider Identifiers: ten digits, the last of which checks the others.

Source: 45 CFR 162.406; the check digit is ISO/IEC 7812's (Luhn) with “80840” before the number, the issuer of US health numbers.
"""

from __future__ import annotations

PREFIX = "80840"


def is_npi(written: str) -> bool:
    """Ten digits that begin with 1 or 2 (a person or an organisation) and have the right check digit."""
    if len(written) != 10 or not (written.isascii() and written.isdigit()) or written[0] not in "12":
        return False
    digits = [int(digit) for digit in PREFIX + written]
    doubled = [digit if index % 2 == 0 else digit * 2 - 9 * (digit > 4) for index, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
