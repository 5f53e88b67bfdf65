"""Words that repeat in millions of reports, as numbers. The engine keeps what each number stands for (`FleetWord`)."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b


@lru_cache(maxsize=4096)
def key_of(word: str) -> int:
    """A number of 32 bits for a word; the same in every process, 0 for no word."""
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "little") or 1 if word else 0
