"""What would make the answer another one, in one plain sentence."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from eligibility.taxonomy import Category

CHANGES_PATH = Path(__file__).resolve().parents[1] / "data" / "would_change.csv"
UNCLEAR: Final = (
    "A clearer title (brand, what it is, strength or size) or the number under its bar code would let us tell; "
    "until then a person can decide it."
)
ITEMISED: Final = "If the seller itemises the medical part of its price, that part is eligible."
CONFIRMED: Final = (
    "Its GTIN on an eligible-product list, or a reviewer, would confirm it for cards that ask for proof of each item."
)


@lru_cache(maxsize=1)
def _by_category() -> dict[str, str]:
    """Category code -> the sentence for what is not eligible, where something near it is."""
    with CHANGES_PATH.open(encoding="utf-8", newline="") as file:
        return {row["category"]: row["would_change"] for row in csv.DictReader(file)}


def would_change(category: Category | None, *, status: str, is_vouched_for: bool) -> str:
    """One sentence, or nothing where nothing would. `category` is None where it is not known what the item is."""
    if category is None or status == "unknown":
        return UNCLEAR
    if status == "letter":
        return _with_document(f"A letter of medical necessity for {_thing(category)} from a licensed provider", category)
    if status == "rx":
        return _with_document("A prescription from a licensed provider", category)
    if status == "not_eligible":
        return _by_category().get(category.code, "")
    if category.needs_itemisation:
        return ITEMISED
    return "" if is_vouched_for else CONFIRMED


def _with_document(document: str, category: Category) -> str:
    if category.needs_itemisation:
        return f"{document} would make what it costs beyond an ordinary one eligible."
    return f"{document} would make it eligible."


def _thing(category: Category) -> str:
    """The category's name inside a sentence: its first letter small, unless it is an abbreviation."""
    name = re.split(r" \(|: ", category.name)[0]
    return name if name[:2].isupper() else name[0].lower() + name[1:]
