"""Ways to publish badly: what a publisher shows in good faith, signed with its right key, and that must not be taken (or not so).

Each writes into a folder what differs from the shelf; what it does not write is served from the shelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eligibility.lists.layout import Format
from eligibility.lists.manifest import INDEX, SIGNATURE, Entry, Index, sign
from eligibility.lists.publisher.files import lay_file, lay_index, replace_file
from eligibility.lists.publisher.shelf import Shelf
from eligibility.lists.records import Record

FORMATS: Final[dict[str, Format]] = {"full": "csv", "delta": "jsonl"}


class NotPossible(Exception):
    """The shelf has not enough for this fault yet; the message says what is missing."""


def duplicate_rows(shelf: Shelf, folder: Path) -> None:
    """Every tenth row of the newest version stands there twice, the second time with another description."""

    def twice(records: Iterable[Record]) -> Iterator[Record]:
        for number, record in enumerate(records):
            yield record
            if number % 10 == 0:
                yield replace(record, description=f"{record.description} (again)")

    _newest_but(shelf, folder, twice)


def bad_gtins(shelf: Shelf, folder: Path) -> None:
    """Every tenth row of the newest version has a wrong check digit."""

    def wrong(records: Iterable[Record]) -> Iterator[Record]:
        for number, record in enumerate(records):
            digit = str((int(record.gtin14[-1]) + 5) % 10)
            yield replace(record, gtin14=record.gtin14[:-1] + digit) if number % 10 == 0 else record

    _newest_but(shelf, folder, wrong)


def ten_times(shelf: Shelf, folder: Path) -> None:
    """The newest version has ten times as many rows as it should, each of them right."""

    def many(records: Iterable[Record]) -> Iterator[Record]:
        count = 0
        for record in records:
            count += 1
            yield record
        yield from shelf.timeline.beyond(9 * count)

    _newest_but(shelf, folder, many)


def reordered_deltas(shelf: Shelf, folder: Path) -> None:
    """The newest delta is there, the one before it not yet; nor is a full file of either."""
    newest = shelf.index.newest
    left = tuple(
        entry
        for entry in shelf.index.entries
        if entry.sequence < newest - 1 or (entry.sequence == newest and entry.kind == "delta")
    )
    if newest < 3 or not any(entry.sequence == newest for entry in left):
        raise NotPossible("Reordered deltas need three versions, the last of them with a delta.")
    lay_index(folder, replace(shelf.index, entries=left), shelf.key)


def swapped_deltas(shelf: Shelf, folder: Path) -> None:
    """The two newest deltas have changed places: each brings the other's rows under its own sequence."""
    newest = shelf.index.newest
    if newest < 3:
        raise NotPossible("Swapped deltas need three versions.")
    entries = [entry for entry in shelf.index.entries if entry.kind == "delta" or entry.sequence < newest - 1]
    for sequence, other in ((newest - 1, newest), (newest, newest - 1)):
        facts = shelf.facts(sequence, "delta", published_at=shelf.index.published_at)
        entries = _put(entries, lay_file(folder, shelf.timeline.delta(other), facts, FORMATS["delta"]))
    lay_index(folder, replace(shelf.index, entries=tuple(entries)), shelf.key)


def yesterday(shelf: Shelf, folder: Path) -> None:
    """The index of before the last change, with its right signature of then."""
    if not (shelf.before / SIGNATURE).exists():
        raise NotPossible("There is no yesterday: publish a second version first.")
    for name in (INDEX, SIGNATURE):
        replace_file(folder / name, (shelf.before / name).read_bytes())


def wrong_signature(shelf: Shelf, folder: Path) -> None:
    """The index is signed, but by somebody else."""
    content = (shelf.public / INDEX).read_bytes()
    replace_file(folder / INDEX, content)
    replace_file(folder / SIGNATURE, sign(content, Ed25519PrivateKey.generate()))


VERSIONS: Final[dict[str, Callable[[Shelf, Path], None]]] = {
    each.__name__: each
    for each in (duplicate_rows, bad_gtins, ten_times, reordered_deltas, swapped_deltas, yesterday, wrong_signature)
}


def _newest_but(shelf: Shelf, folder: Path, spoil: Callable[[Iterable[Record]], Iterable[Record]]) -> None:
    """Lay the newest version's files anew, with other rows."""
    index = shelf.index
    entries = list(index.entries)
    for entry in index.entries:
        if entry.sequence == index.newest:
            records = shelf.timeline.full(entry.sequence) if entry.kind == "full" else shelf.timeline.delta(entry.sequence)
            facts = shelf.facts(entry.sequence, entry.kind, published_at=index.published_at)
            entries = _put(entries, lay_file(folder, spoil(records), facts, FORMATS[entry.kind]))
    lay_index(folder, Index(index.list_id, index.name, index.published_at, tuple(entries)), shelf.key)


def _put(entries: list[Entry], new: Entry) -> list[Entry]:
    return [new if (each.sequence, each.kind) == (new.sequence, new.kind) else each for each in entries]
