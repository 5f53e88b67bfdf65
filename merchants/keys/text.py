"""How a key is written: `sk_test_` + 32 random characters + 6 of a check sum.

The check sum (CRC-32 of all before it, base 62) lets a scanner of repositories tell a key from a look-alike without asking
us, as GitHub's tokens do. It is no secret and proves nothing. Keys made before it have none and go on working.
"""

from __future__ import annotations

import re
import secrets
import zlib
from typing import Final

from django.conf import settings

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_CHARS: Final = 32  # 190 bits: nobody guesses one, so a plain SHA-256 keeps it well enough
CHECK_CHARS: Final = 6
# For scanners of secrets: docs/security.md shows this expression.
KEY_PATTERN: Final = re.compile(r"\b(?:sk|pk|rk)_(?:test|live)_[0-9A-Za-z]{38}\b")


def mode() -> str:
    """The one mode of this deployment: `test` in the sandbox, `live` in production."""
    return "test" if settings.IS_SANDBOX else "live"


def new_text(start: str) -> str:
    """A fresh key: `sk_test_` and its 38 characters. start: `sk`, `pk` or `rk`."""
    head = f"{start}_{mode()}_" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARS))
    return head + check_sum(head)


def check_sum(head: str) -> str:
    number, digits = zlib.crc32(head.encode()), ""
    for _ in range(CHECK_CHARS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def is_mistyped(written: str) -> bool:
    """Has it the form of a key with a check sum, and the wrong one? Then no look-up is needed."""
    return bool(KEY_PATTERN.fullmatch(written)) and written[-CHECK_CHARS:] != check_sum(written[:-CHECK_CHARS])


def mode_of(written: str) -> str:
    """`test` or `live`, as its prefix says; empty where it says neither."""
    found = re.match(r"(?:sk|pk|rk)_(test|live)_", written)
    return found.group(1) if found else ""
