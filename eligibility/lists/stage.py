"""Rows of a file on their way: checked one by one and copied into a table that nobody else reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import connection, transaction

from eligibility.lists.records import DELETE, Record, RowFault, Said
from eligibility.models import ListRowFault, ListSync

BATCH: Final = 10_000  # rows in one COPY: some tenths of a second
FAULTS_KEPT: Final = 500
FAULTY: Final = "F"  # the row's GTIN is known, what it says is not: whatever the list says of it stands
COPY: Final = (
    "COPY eligibility_list_stage (sync_id, number, gtin14, change_code, brand, description, size, category_code, subcategory,"
    " rx_flag, replaced_by, named_source, effective_date, termination_date, row_hash) FROM STDIN"
)
NULL: Final = "\\N"
ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
TWICE: Final = """
WITH twice AS (
    SELECT gtin14, min(number) AS first, count(*) - 1 AS more,
           count(DISTINCT (row_hash, change_code)) > 1 AS differ
    FROM eligibility_list_stage WHERE sync_id = %(sync)s GROUP BY gtin14 HAVING count(*) > 1
), gone AS (
    DELETE FROM eligibility_list_stage s USING twice t
    WHERE s.sync_id = %(sync)s AND s.gtin14 = t.gtin14 AND s.number > t.first
), spoilt AS (
    UPDATE eligibility_list_stage s SET change_code = 'F' FROM twice t
    WHERE s.sync_id = %(sync)s AND s.gtin14 = t.gtin14 AND s.number = t.first AND t.differ
)
SELECT gtin14, first, more, differ FROM twice ORDER BY gtin14
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """How many rows there were, how many of them could not be taken, and how many said again what another had said."""

    rows: int
    faulty: int
    twice: int


def stage(
    sync: ListSync,
    rows: Iterable[Record | RowFault | Said],
    *,
    left_out: Iterable[str] = (),
    after_batch: Callable[[int], None] = lambda rows: None,
) -> Staged:
    """Bring the rows into the staging table, in place of what an earlier try left there. Safe to repeat.

    left_out: read when the rows have ended, GTINs that a whole list says nothing of any more; they are staged as taken off.
    after_batch: called within each batch's transaction with the number of rows so far.
    """
    with transaction.atomic():
        forget_stage(sync)
        ListRowFault.objects.filter(sync=sync).delete()
    source, count, faulty, kept, repeated = iter(rows), 0, 0, 0, 0
    while batch := list(islice(source, BATCH)):
        faults = [row for row in batch if isinstance(row, RowFault)]
        with transaction.atomic():
            lines = [line for at, row in enumerate(batch, start=count + 1) if (line := _line(sync.pk, at, row))]
            _copy(lines)
            room = FAULTS_KEPT - kept
            ListRowFault.objects.bulk_create(
                ListRowFault(sync=sync, number=fault.number, gtin=fault.gtin, why=fault.why[:300]) for fault in faults[:room]
            )
            count, faulty, kept = count + len(batch), faulty + len(faults), kept + len(faults[:room])
            repeated += batch.count(Said.TWICE)
            after_batch(count)
    gone = iter(left_out)
    while codes := list(islice(gone, BATCH)):
        with transaction.atomic():
            _copy([_gone_line(sync.pk, count, code) for code in codes])
            after_batch(count)
    twice, differing = _look_for_twice(sync, FAULTS_KEPT - kept)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE eligibility_list_stage")
    return Staged(count, faulty + differing, twice + repeated)


def staged_rows(sync: ListSync) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM eligibility_list_stage WHERE sync_id = %s", [sync.pk])
        return int(cursor.fetchone()[0])


def is_stage_lost(sync: ListSync) -> bool:
    """After a crash of the database nothing waits any more, for this table is not logged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM eligibility_list_stage WHERE sync_id = %s)", [sync.pk])
        return sync.rows_staged > 0 and bool(cursor.fetchone()[0])


def forget_stage(sync: ListSync) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM eligibility_list_stage WHERE sync_id = %s", [sync.pk])


def _copy(lines: list[str]) -> None:
    if lines:
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write("".join(lines))


def _look_for_twice(sync: ListSync, room: int) -> tuple[int, int]:
    """Of rows with one GTIN the first stays; where they differ, none is believed. Returns (rows too many, GTINs that differ)."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TWICE, {"sync": sync.pk})
            found = cursor.fetchall()
        differing = [(gtin, first) for gtin, first, _, differ in found if differ]
        ListRowFault.objects.bulk_create(
            ListRowFault(sync=sync, number=first, gtin=gtin, why="Two rows say different things of this GTIN: neither is taken.")
            for gtin, first in differing[: max(0, room)]
        )
    return sum(more for _, _, more, _ in found), len(differing)


def _gone_line(sync_id: int, number: int, code: str) -> str:
    return f"{sync_id}\t{number}\t{code}\t{DELETE}\t\t\t\t\t\tf\t\t\t{NULL}\t{NULL}\t\\\\x\n"


def _line(sync_id: int, number: int, row: Record | RowFault | Said) -> str:
    """The row in COPY's text form; empty where nothing is to be staged. By hand: a fraction of what a row at a time takes."""
    if isinstance(row, Said):
        return ""
    if isinstance(row, RowFault):
        texts = (row.gtin, FAULTY, "", "", "", "", "", "f", "", "") if len(row.gtin) == 14 else ()
        days, row_hash = f"{NULL}\t{NULL}", ""
        if not texts:
            return ""
    else:
        texts = (
            row.gtin14, row.change_code, row.brand, row.description, row.size, row.category_code, row.subcategory,
            "t" if row.rx_flag else "f", row.replaced_by_gtin, row.source,
        )  # fmt: skip
        days, row_hash = f"{row.effective_date or NULL}\t{row.termination_date or NULL}", row.row_hash.hex()
    said = "\t".join(texts)
    if "\\" in said or "\n" in said or "\r" in said or said.count("\t") >= len(texts):
        said = "\t".join(text.translate(ESCAPED) for text in texts)
    return f"{sync_id}\t{number}\t{said}\t{days}\t\\\\x{row_hash}\n"
