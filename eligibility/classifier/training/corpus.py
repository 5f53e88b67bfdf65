"""The training corpus: hand-written titles with their category, in `eligibility/data/corpus/*.csv`."""

from __future__ import annotations

import csv
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eligibility.classifier.errors import CorpusBroken
from eligibility.taxonomy import Taxonomy

CORPUS_DIR = Path(__file__).resolve().parents[2] / "data" / "corpus"


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """One product as a shop would call it."""

    title: str
    brand: str
    category: str  # a taxonomy code


def load_corpus(taxonomy: Taxonomy, folder: Path = CORPUS_DIR) -> list[CorpusRow]:
    """Every distinct title of the taxonomy's examples and of the corpus files, in a stable order.

    A title that stands under two categories keeps the first: the taxonomy's examples rule, then the files by name, so
    that `extra_*.csv` may correct the ones after it.
    """
    rows: dict[str, CorpusRow] = {}
    for row in [*_from_examples(taxonomy), *_from_files(taxonomy, folder)]:
        rows.setdefault(row.title.casefold(), row)
    return sorted(rows.values(), key=lambda row: (row.category, row.title))


def thin(rows: list[CorpusRow], most_per_category: int) -> list[CorpusRow]:
    """At most so many titles of a category, chosen by their checksum: the same ones every time."""
    by_category: dict[str, list[CorpusRow]] = {}
    for row in rows:
        by_category.setdefault(row.category, []).append(row)
    kept: list[CorpusRow] = []
    for members in by_category.values():
        kept += sorted(members, key=lambda row: zlib.crc32(row.title.encode()))[:most_per_category]
    return sorted(kept, key=lambda row: (row.category, row.title))


def corpus_digest(rows: list[CorpusRow]) -> str:
    """SHA-256 over all rows: names the data a model was trained on."""
    lines = (f"{row.category}\t{row.brand}\t{row.title}\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _from_files(taxonomy: Taxonomy, folder: Path) -> Iterator[CorpusRow]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for record in reader:
                yield _row(record, taxonomy, f"{path.name} line {reader.line_num}")


def _row(record: dict[str, str | None], taxonomy: Taxonomy, where: str) -> CorpusRow:
    title, name = (record.get("title") or "").strip(), (record.get("category") or "").strip()
    category = taxonomy.by_name.get(name)
    if category is None:
        raise CorpusBroken(f"{where}: the taxonomy has no category “{name}”.")
    if not title:
        raise CorpusBroken(f"{where}: the title is empty.")
    return CorpusRow(title=title, brand=(record.get("brand") or "").strip(), category=category.code)


def _from_examples(taxonomy: Taxonomy) -> Iterator[CorpusRow]:
    for category in taxonomy.categories:
        for example in category.examples:
            yield CorpusRow(title=example, brand="", category=category.code)
