"""Rows that say what a list says already, told from those that must be looked at: most of a whole list is the former."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Final

from eligibility.lists.records import ADD, COLUMNS, HASHED_COLUMNS, Record, RowFault, Said, hash_of
from eligibility.lists.standing import LOOKED_AT, Standing

BATCH: Final = 2_000
GTIN, ENDS, CHANGE_CODE, HASH = (COLUMNS.index(name) for name in ("gtin14", "termination_date", "change_code", "row_hash"))
# Where the row is written as `as_row` writes it. Another way of writing fits no hash, and is looked at.
HASHED: Final = itemgetter(*(COLUMNS.index(name) for name in HASHED_COLUMNS))
NO_GTIN: Final = "0" * 14


def sifted(
    rows: Iterator[tuple[int, list[str] | RowFault]],
    check: Callable[[int, list[str]], Record | RowFault],
    standing: Standing,
) -> Iterator[Record | RowFault | Said]:
    """Each row of a whole file as `check` takes it, but for those that say what stands. Rows that contradict each other are faults.

    rows: number and cells in the order of COLUMNS. What was met is noted in `standing`.
    """
    while batch := list(islice(rows, BATCH)):
        places = standing.places([_code(cells) for _, cells in batch])
        for (number, cells), place in zip(batch, places, strict=True):
            if isinstance(cells, RowFault):
                yield cells
                continue
            if place >= 0 and _says_what_stands(cells, place, standing):
                before = standing.meet(place, number)
                if before != LOOKED_AT:
                    yield Said.TWICE if before else Said.STANDS
                    continue
            yield _looked_at(check(number, cells), number, standing)


def _looked_at(row: Record | RowFault, number: int, standing: Standing) -> Record | RowFault:
    code = row.gtin14 if isinstance(row, Record) else row.gtin
    [place] = standing.places([code if len(code) == len(NO_GTIN) else NO_GTIN])
    if place >= 0 and standing.meet(place, LOOKED_AT) > 0:  # an earlier row said what stands, and is not staged
        return RowFault(number, code, "Two rows say different things of this GTIN: neither is taken.")
    return row


def _code(cells: list[str] | RowFault) -> str:
    written = "" if isinstance(cells, RowFault) else cells[GTIN]
    return written if len(written) == len(NO_GTIN) and written.isascii() and written.isdigit() else NO_GTIN


def _says_what_stands(cells: list[str], place: int, standing: Standing) -> bool:
    row_hash = hash_of(HASHED(cells))
    return (
        standing.says(place, row_hash)
        and not cells[ENDS]
        and cells[CHANGE_CODE] in ("", ADD)
        and cells[HASH] in ("", row_hash.hex())
    )
