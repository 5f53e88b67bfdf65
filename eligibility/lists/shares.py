"""Shares in per cent, as the limits of a source are kept, in words."""

from __future__ import annotations

from decimal import Decimal


def number(share: Decimal | int) -> str:
    """Without zeros at its end: 5, 0.25."""
    return f"{Decimal(share).normalize():f}"


def percent(share: Decimal | int) -> str:
    """As people read it: 5 %, 0.25 %."""
    return f"{number(share)} %"
