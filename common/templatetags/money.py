"""Template filters that write integer cents for people."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language

from common.money import dollars

register = template.Library()

MINUS = "\N{MINUS SIGN}"  # as wide as a digit; screen readers may skip it, hence money_words


@register.filter
def money(cents: int | None) -> str:
    """`1234` → `$12.34` (`12,34 $` on a German page); `-1234` → `−$12.34`; `None` → an en dash (no amount is not zero)."""
    return "\N{EN DASH}" if cents is None else _spoken(cents).replace("-", MINUS)


def _spoken(cents: int) -> str:
    """As the language of the page writes dollars: in English and in the Spanish of the United States, `dollars`."""
    if (get_language() or "en").startswith(("en", "es")):
        return dollars(cents)
    return number_format(Decimal(cents) / 100, decimal_pos=2, use_l10n=True, force_grouping=True) + "\N{NO-BREAK SPACE}$"


@register.filter
def money_words(cents: int | None) -> str:
    """As `money`, for reading aloud: `-1234` → `minus $12.34`; `None` → `no amount`."""
    return "no amount" if cents is None else dollars(cents).replace("-", "minus ")
