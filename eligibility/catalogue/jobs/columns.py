"""Which column of a merchant's file is which of our fields: by the names that shops' exports use, or as the merchant says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from eligibility.catalogue.errors import UploadColumnsUnknown

# Field -> headings that mean it, the surest first. Compared in small letters without punctuation.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "product title", "product name", "item name", "name", "item title", "product", "item"),
    "sku": ("sku", "variant sku", "product sku", "item sku", "seller sku", "item number", "item id", "product id", "id", "handle"),
    "brand": ("brand", "brand name", "brands", "vendor", "manufacturer"),
    "gtin": ("gtin", "gtin14", "upc", "upc code", "ean", "barcode", "bar code", "variant barcode", "gtin upc ean or isbn"),
    "category": ("category", "product category", "categories", "product type", "type", "google product category", "department"),
    "description": ("description", "body", "body html", "product description", "short description", "long description"),
    "price_cents": ("price cents", "unit price cents"),
    "price": ("price", "variant price", "regular price", "unit price", "retail price"),
    "sale_price": ("sale price",),
    "sale_period": ("sale price effective date",),
    "sale_from": ("date sale price starts",),
    "sale_until": ("date sale price ends",),
    "availability": ("availability", "stock status", "in stock"),
    "image_url": ("image url", "image link", "image src", "variant image", "main image", "images", "image"),
    "product_url": ("product url", "link", "product link", "permalink", "url"),
    "is_active": ("is active", "active", "published", "enabled"),
}  # fmt: skip
# WooCommerce's export: what tells a variation, whose it is, and what stands for a SKU where there is none.
WOOCOMMERCE: Final[Mapping[str, str]] = {"kind": "type", "parent": "parent", "row_id": "id"}
WOOCOMMERCE_HAS: Final = frozenset({"id", "type", "sku", "published", "parent"})


def plain(heading: str) -> str:
    return " ".join(re.sub(r"[^0-9a-z]+", " ", heading[:200].lower()).split())


def column_mapping(columns: Sequence[str], said: Mapping[str, str], *, needed: Sequence[str]) -> dict[str, str]:
    """Our field -> column of the file. `said`: what the merchant says itself. Raises UploadColumnsUnknown."""
    if twice := sorted({column for column in columns if columns.count(column) > 1 and column}):
        raise UploadColumnsUnknown(f"The column “{twice[0][:60]}” stands twice in the heading: give each a name of its own.")
    for field, column in said.items():
        if field not in HEADINGS:
            raise UploadColumnsUnknown(f"“{field[:40]}” is none of our fields: {', '.join(HEADINGS)}.", param="columns")
        if column not in columns:
            raise UploadColumnsUnknown(f"The file has no column “{column[:60]}”; it has {_listed(columns)}.", param="columns")
    by_name = {plain(column): column for column in reversed(columns)}
    found = {field: by_name[name] for field, names in HEADINGS.items() for name in reversed(names) if name in by_name}
    if by_name.keys() >= WOOCOMMERCE_HAS:
        found |= {field: by_name[name] for field, name in WOOCOMMERCE.items()}
    mapping = {**found, **said}
    for field in needed:
        if field not in mapping:
            raise UploadColumnsUnknown(
                f"No column is named “{field}”, or what usually means it; the file has {_listed(columns)}. Say which it is by `columns`.",
                param="columns",
            )
    return mapping


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(f"“{column[:40]}”" for column in columns[:12])
    return shown + (f" and {len(columns) - 12} more" if len(columns) > 12 else "")
