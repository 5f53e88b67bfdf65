"""No card number in what merchants send as text: it would lie unsealed in their sale, in ours, and in every backup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from common.card_numbers import holds_card_number
from common.errors import PlatformError

# Codes of goods, which have check digits of their own and are compared with lists.
EXEMPT_FIELDS: Final = frozenset({"gtin", "sku", "upc", "ean", "barcode"})
HIGHEST_SHORT: Final = 10**13  # no card has fewer digits


class CardNumberInText(PlatformError):
    """A card number stands in a text: never send one; cards are typed into the card frame alone."""

    code = "card_number_in_text"


class KeyInAddress(PlatformError):
    """An API key stood in the address, where logs and histories keep it: send it in the Authorization header, and roll it."""

    code = "api_key_in_address"


def refuse_card_numbers(value: Any, *, path: str = "") -> None:
    """Raise CardNumberInText, with the path of the field, if a text or number anywhere inside holds a card number."""
    place = _place_of_card_number(value, path)
    if place is not None:
        raise CardNumberInText(
            f"{place or 'The text'} holds what looks like a card number: take it out. Cards are typed into the card frame alone.",
            param=place or None,
        )


def _place_of_card_number(value: Any, path: str) -> str | None:
    """The path of the first text or number that holds one, or None. Runs on every write: 500 items take some milliseconds."""
    if isinstance(value, str):
        return path if holds_card_number(value) else None
    if isinstance(value, dict):
        return next(filter(lambda place: place is not None, _places_in(value, path)), None)
    if isinstance(value, list | tuple):
        places = (_place_of_card_number(inner, f"{path}[{index}]") for index, inner in enumerate(value))
        return next(filter(lambda place: place is not None, places), None)
    if isinstance(value, int | float) and not -HIGHEST_SHORT < value < HIGHEST_SHORT:
        return path if holds_card_number(str(value)) else None
    return None


def _places_in(value: dict[Any, Any], path: str) -> Iterator[str | None]:
    for name, inner in value.items():
        if holds_card_number(str(name)):
            yield f"a name in {path}" if path else "a name"
        if str(name).lower() not in EXEMPT_FIELDS or isinstance(inner, dict | list):
            yield _place_of_card_number(inner, f"{path}.{name}" if path else str(name))
