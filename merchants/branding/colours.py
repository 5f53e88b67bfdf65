"""Colours that white text can be read on (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from typing import Final

LEAST_CONTRAST: Final = 4.5
FORMED = re.compile(r"^#?([0-9a-f]{3}|[0-9a-f]{6})$")
STEP: Final = 0.97  # of each channel: small enough that no eye sees one


def read_colour(text: str) -> str | None:
    """ "#1D4ED8", "1d4ed8" or "#14d" as "#1d4ed8"; None if it is no colour."""
    found = FORMED.match(text.strip().lower())
    if found is None:
        return None
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_with_white(colour: str) -> float:
    return 1.05 / (luminance(colour) + 0.05)


def readable(colour: str) -> str:
    """The colour itself, or the nearest darker one of its hue on which white text can be read."""
    channels = [float(int(colour[i : i + 2], 16)) for i in (1, 3, 5)]
    while contrast_with_white(shown := "#" + "".join(f"{int(c):02x}" for c in channels)) < LEAST_CONTRAST:
        channels = [c * STEP for c in channels]
    return shown
