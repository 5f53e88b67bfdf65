"""Integer cents: dividing them without losing one, writing them for people, and reading what people write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MAX_CENTS = 99_999_999_99  # the twelve digits of an ISO 8583 amount, less two for safety in sums
_TYPED: Final = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)


def allocate(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Divide `total_cents` in proportion to `weights`, by largest remainder.

    weights: one non-negative integer a share. Returns one amount a share; they sum to `total_cents` exactly and each
    differs from its exact proportion by less than one cent. Ties go to the earlier share. If all weights are zero,
    the shares are as even as possible. Raises ValueError for a negative weight, or if there is nothing to divide among.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    if not weights:
        if total_cents:
            raise ValueError("there is no share to carry the amount")
        return []
    if not any(weights):
        weights = [1] * len(weights)
    sign, magnitude, whole = (-1 if total_cents < 0 else 1), abs(total_cents), sum(weights)
    shares = [magnitude * weight // whole for weight in weights]
    remainders = [magnitude * weight % whole for weight in weights]
    left_over = magnitude - sum(shares)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left_over]:
        shares[index] += 1
    return [sign * share for share in shares]


def dollars(cents: int) -> str:
    """`123456` → `$1,234.56`; `-5` → `-$0.05`."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}${whole:,}.{rest:02d}"


def cents_typed(text: str) -> int | None:
    """Dollars as people write them (`1,250`, `$12.5`) in cents; None where it is no amount: a comma that parts no thousands is none."""
    found = _TYPED.fullmatch(text.strip())
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0")) if found else None
