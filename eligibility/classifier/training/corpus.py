"""The training corpus: hand-written titles with their category, in `eligibility/data/corpus/*.csv`."""

from __future__ import annotations

import csv
import hashlib
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
    """Every distinct title of the corpus and of the taxonomy's examples, in a stable order."""
    rows: dict[str, CorpusRow] = {}
    for row in [*_from_files(taxonomy, folder), *_from_examples(taxonomy)]:
        key = row.title.casefold()
        known = rows.setdefault(key, row)
        if known.category != row.category:
            raise CorpusBroken(f"“{row.title}” stands under {known.category} and under {row.category}.")
    return sorted(rows.values(), key=lambda row: (row.category, row.title))


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
