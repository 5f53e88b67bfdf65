"""Template filters that write integer cents for people."""

from __future__ import annotations

from django import template

from common.money import dollars

register = template.Library()

MINUS = "\N{MINUS SIGN}"  # as wide as a digit; screen readers may skip it, hence money_words


@register.filter
def money(cents: int | None) -> str:
    """`1234` → `$12.34`; `-1234` → `−$12.34`; `None` → an en dash (no amount is not zero)."""
    return "\N{EN DASH}" if cents is None else dollars(cents).replace("-", MINUS)


@register.filter
def money_words(cents: int | None) -> str:
    """As `money`, for reading aloud: `-1234` → `minus $12.34`; `None` → `no amount`."""
    return "no amount" if cents is None else dollars(cents).replace("-", "minus ")
