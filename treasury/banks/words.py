"""What a bank's fields may hold: routing numbers with their check digit, names in plain letters."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_NAME: Final = 22  # NACHA's receiving company or individual name
MAX_REMITTANCE: Final = 80  # one addenda record
MAX_ACCOUNT: Final = 17
WEIGHTS: Final = (3, 7, 1, 3, 7, 1, 3, 7, 1)  # ABA, "Key to Routing Numbers"
# The first two digits that the ABA gives out: the Reserve districts, thrifts, electronic ones, traveller's cheques.
DISTRICTS: Final = frozenset({*range(13), *range(21, 33), *range(61, 73), 80})
ACCOUNT: Final = re.compile(rf"[0-9A-Za-z-]{{1,{MAX_ACCOUNT}}}")
# Letters that no decomposition turns into plain ones.
PLAIN: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
     "þ": "th", "Þ": "Th", "ı": "i", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)  # fmt: skip


def plain_ascii(text: str, most: int) -> str:
    """`text` in printable ASCII, at most `most` characters: accents go, what has no plain letter becomes a space."""
    decomposed = unicodedata.normalize("NFKD", text.translate(PLAIN))
    letters = (one if one.isascii() and one.isprintable() else " " for one in decomposed if not unicodedata.combining(one))
    return " ".join("".join(letters).split())[:most].rstrip()


def check_digit(eight_digits: str) -> str:
    """The ninth digit of a routing number."""
    return str(-sum(int(digit) * weight for digit, weight in zip(eight_digits, WEIGHTS, strict=False)) % 10)


def routing_fault(text: str) -> str:
    """Why this is no routing number, in a sentence; empty when it is one."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()):
        return "A routing number has nine digits."
    if int(text[:2]) not in DISTRICTS or text == "000000000" or check_digit(text[:8]) != text[8]:
        return "This routing number does not exist: its digits do not agree with its check digit. Compare it with a cheque or the bank."
    return ""


def account_fault(text: str) -> str:
    """Why this cannot be an account number, in a sentence; empty when it can."""
    if not ACCOUNT.fullmatch(text):
        return f"An account number has 1 to {MAX_ACCOUNT} digits, letters or hyphens, and no spaces."
    return "" if any(one.isdigit() and one != "0" for one in text) else "An account number of zeros belongs to nobody."
