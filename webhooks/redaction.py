"""The start of a receiver's answer, as it may be kept and shown: an error page can hold anything."""

from __future__ import annotations

import re
from typing import Final

MAX_EXCERPT: Final = 500
MASKS: Final = (
    (re.compile(r"\b(whsec_|sk_|pk_|rk_|ghp_|xox[a-z]-|AKIA|eyJ)[A-Za-z0-9+/=_.\-]{6,}"), r"\1…"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=_.\-]{6,}"), r"\1 …"),
    (re.compile(r"(?i)((?:password|passwd|secret|token|api[_-]?key)[\"']?\s*[:=]\s*[\"']?)[^\s\"'&<,;]{4,}"), r"\1…"),
    (re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,253}\.[A-Za-z]{2,24}"), "…@…"),
    (re.compile(r"(?<![\w.])(?:\d[ -]?){12,18}\d(?![\w.])"), "…"),  # as long as a card number
    (re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"), "…"),  # a social security number
)


def excerpt(body: bytes) -> str:
    """Up to 500 characters, printable, with what looks like a secret or a person's data masked."""
    text = body[: MAX_EXCERPT * 8].decode("utf-8", errors="replace")
    text = "".join(char if char.isprintable() or char == "\n" else " " for char in text).strip()
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text[:MAX_EXCERPT] + ("…" if len(text) > MAX_EXCERPT else "")
