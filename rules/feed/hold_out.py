"""Who is kept from a Snoop, so that its effect can be told from what would have happened anyway."""

from __future__ import annotations

import hashlib
from typing import Final

STEPS: Final = 10_000  # hundredths of a percent: 1 % of 600,000 customers is 6,000, give or take 150


def is_held_out(*, customer: str, rule: str, percent: int) -> bool:
    """Is this customer one of the rule's `percent`? For good, in every process, on every channel; alike for nobody else.

    customer, rule: public ids. A larger percentage holds out whom the smaller one did, and others; rules are independent.
    """
    digest = hashlib.sha256(f"hold-out\n{rule}\n{customer}".encode()).digest()
    return int.from_bytes(digest[:8]) % STEPS < percent * STEPS // 100
