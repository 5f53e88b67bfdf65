"""Rows of a file between two of their forms: as Python has them, and compressed in the database."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

LEVEL = 6


def packed(rows: Sequence[Any]) -> bytes:
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"), LEVEL)


def unpacked(data: bytes | memoryview) -> list[Any]:
    found: list[Any] = json.loads(zlib.decompress(data))
    return found


def counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def added(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {word: first.get(word, 0) + second.get(word, 0) for word in [*first, *(w for w in second if w not in first)]}
