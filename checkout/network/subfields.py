"""Lists of sub-fields inside one field: two digits of tag, two digits of length, then the value."""

from __future__ import annotations

from collections.abc import Mapping

from checkout.network.errors import MalformedMessage


def pack(values: Mapping[str, str]) -> str:
    """{"61": "10000", "92": "123"} -> "6105100009203123"."""
    return "".join(f"{tag}{len(value):02d}{value}" for tag, value in values.items())


def unpack(text: str) -> dict[str, str]:
    """The inverse of `pack`; a cut-off or repeated sub-field is refused."""
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not (len(length) == 2 and tag.isdigit() and length.isdigit()):
            raise MalformedMessage("a sub-field lacks its tag or length")
        end = at + 4 + int(length)
        if end > len(text) or tag in values:
            raise MalformedMessage("a sub-field is cut off or repeated")
        values[tag] = text[at + 4 : end]
        at = end
    return values
