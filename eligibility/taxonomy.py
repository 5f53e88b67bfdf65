"""What a product can be, and what follows from it: one row of `data/taxonomy.csv` is one category.

The table is data so that a change of the rules is a change of one row, reviewed as such. Its `version` travels with
every decision.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

TAXONOMY_PATH = Path(__file__).parent / "data" / "taxonomy.csv"

STATUSES = ("eligible", "rx", "letter", "not_eligible")
UNKNOWN = "unknown"  # a decision's status when nothing is sure enough; never a category's
BUCKETS = ("otc", "rx", "vision", "dental", "clinic", "none")
ACCOUNT_KINDS = ("fsa", "hsa", "hra", "lpfsa", "dcfsa")
CONFIDENCES = ("high", "medium", "low")


class TaxonomyBroken(ValueError):
    """A row of the taxonomy table contradicts itself or the others."""


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of product or service."""

    code: str  # stable: stored with decisions
    name: str
    status: str  # one of STATUSES
    bucket: str  # which healthcare amount of a card message it counts towards
    accounts: tuple[str, ...]  # benefit accounts that may pay for it (for `letter` and `rx`: with the document)
    confidence: str  # how far the published lists agree on the status
    eligible_fraction: float | None  # share of the price that is medical care; None = the maker must itemise it
    basis: str  # the rule, in the tax law's words
    citation: str  # short form for receipts
    why: str  # one sentence for a shopper
    near: str  # products that look alike and are judged differently
    examples: tuple[str, ...]
    aliases: tuple[str, ...] = ()  # names it had before a split or a clearer word; corpus files may still use them

    @property
    def needs_itemisation(self) -> bool:
        return self.eligible_fraction is None


@dataclass(frozen=True)
class Taxonomy:
    """All categories, in file order."""

    categories: tuple[Category, ...]
    version: str  # first 12 hex digits of the file's SHA-256

    @cached_property
    def by_code(self) -> Mapping[str, Category]:
        return MappingProxyType({category.code: category for category in self.categories})

    @cached_property
    def by_name(self) -> Mapping[str, Category]:
        """By name, present or former."""
        names = {alias: category for category in self.categories for alias in category.aliases}
        return MappingProxyType({**names, **{category.name: category for category in self.categories}})


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The taxonomy that this release ships."""
    return load_taxonomy(TAXONOMY_PATH)


def load_taxonomy(path: Path) -> Taxonomy:
    """Read and check a taxonomy table; raises TaxonomyBroken with the row that is wrong."""
    raw = path.read_bytes()
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    if not rows:
        raise TaxonomyBroken(f"{path.name} has no categories.")
    categories = tuple(_category(row, f"{path.name} line {line}") for line, row in enumerate(rows, start=2))
    _refuse_repeats(categories)
    return Taxonomy(categories=categories, version=hashlib.sha256(raw).hexdigest()[:12])


def split_examples(text: str) -> tuple[str, ...]:
    """Example titles stand in one cell, parted by a semicolon and a space."""
    return tuple(part.strip() for part in text.split("; ") if part.strip())


def _category(row: Mapping[str, str], where: str) -> Category:
    for column in ("code", "name", "status", "bucket", "basis", "citation", "why"):
        if not (row.get(column) or "").strip():
            raise TaxonomyBroken(f"{where}: “{column}” is empty.")
    category = Category(
        code=row["code"],
        name=row["name"],
        status=_one_of(row["status"], STATUSES, "status", where),
        bucket=_one_of(row["bucket"], BUCKETS, "bucket", where),
        accounts=tuple(_one_of(kind, ACCOUNT_KINDS, "accounts", where) for kind in row["accounts"].split()),
        confidence=_one_of(row["confidence"], CONFIDENCES, "confidence", where),
        eligible_fraction=_fraction(row["eligible_fraction"], where),
        basis=row["basis"],
        citation=row["citation"],
        why=row["why"],
        near=row["near"],
        examples=split_examples(row["examples"]),
        aliases=split_examples(row.get("aliases") or ""),
    )
    _refuse_contradictions(category, where)
    return category


def _one_of(value: str, allowed: tuple[str, ...], column: str, where: str) -> str:
    if value not in allowed:
        raise TaxonomyBroken(f"{where}: {column} “{value}” is none of {', '.join(allowed)}.")
    return value


def _fraction(value: str, where: str) -> float | None:
    if value == "":
        return None
    try:
        fraction = float(value)
    except ValueError as error:
        raise TaxonomyBroken(f"{where}: eligible_fraction “{value}” is not a number.") from error
    if not 0 < fraction <= 1:
        raise TaxonomyBroken(f"{where}: eligible_fraction {value} is not between 0 and 1.")
    return fraction


def _refuse_contradictions(category: Category, where: str) -> None:
    if category.status == "not_eligible" and set(category.accounts) - {"dcfsa"}:
        raise TaxonomyBroken(f"{where}: “{category.name}” is not eligible but names a medical account.")
    if category.status != "not_eligible" and not category.accounts:
        raise TaxonomyBroken(f"{where}: “{category.name}” is {category.status} but no account may pay for it.")


def _refuse_repeats(categories: tuple[Category, ...]) -> None:
    for field in ("code", "name"):
        seen: set[str] = set()
        for category in categories:
            value = getattr(category, field)
            if value in seen:
                raise TaxonomyBroken(f"The {field} “{value}” stands in two rows.")
            seen.add(value)
