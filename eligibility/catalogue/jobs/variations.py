"""WooCommerce's variations: rows of their own that leave out what their parent says, and parents that are not sold themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

INHERITED: Final = ("category", "brand", "description", "image_url")
KEPT_CHARS: Final = 1_000  # of a parent's text, which waits in memory for its variations
NOT_SOLD: Final = frozenset({"variable", "grouped"})


def sku_of(cells: Mapping[str, str], mapping: Mapping[str, str]) -> str:
    """The row's SKU; of WooCommerce's rows without one “id:” and the row's id, as its own export names them."""
    sku = cells.get(mapping.get("sku", ""), "").strip()
    if not sku and "row_id" in mapping and (row_id := cells.get(mapping["row_id"], "").strip()):
        return f"id:{row_id}"
    return sku


def kinds_of(cells: Mapping[str, str], mapping: Mapping[str, str]) -> set[str]:
    """WooCommerce's words for what the row is: `variation, virtual`."""
    return {word.strip() for word in cells.get(mapping.get("kind", ""), "").lower().split(",")}


def is_parent(cells: Mapping[str, str], mapping: Mapping[str, str]) -> bool:
    """Is it only the cover of its variations, which nobody can buy?"""
    return not NOT_SOLD.isdisjoint(kinds_of(cells, mapping))


class Families:
    """What the parents of a file said, for their variations further down. WooCommerce writes parents first."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, str]] = {}

    def inherited(self, cells: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
        """Column -> cell that this row has from its parent; empty for all but variations."""
        if "kind" not in mapping:
            return {}
        columns = [mapping[field] for field in INHERITED if field in mapping]
        if is_parent(cells, mapping):
            said = {column: cells.get(column, "")[:KEPT_CHARS] for column in columns}
            row_id = cells.get(mapping["row_id"], "").strip()
            self._said |= {name: said for name in (sku_of(cells, mapping), f"id:{row_id}") if name}
            return {}
        parent = self._said.get(cells.get(mapping["parent"], "").strip(), {})
        return {column: parent[column] for column in columns if parent.get(column) and not cells.get(column, "").strip()}
