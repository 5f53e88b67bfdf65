"""What came of a file: rows to look at, and the result file, whose first columns are the merchant's own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from common.cells import safe_cell
from eligibility.catalogue.errors import JobExpired, JobUnfinished
from eligibility.catalogue.jobs.chunks import unpacked
from eligibility.catalogue.jobs.run import ERROR
from eligibility.models import CatalogueChunk, CatalogueJob

ADDED: Final = (
    "eligibility_status", "eligibility_category", "eligibility_category_name", "eligibility_evidence", "eligibility_confidence",
    "eligibility_reason", "eligibility_citation", "eligibility_action", "eligibility_product", "eligibility_error",
    "eligibility_error_field",
)  # fmt: skip
FORMATS: Final = ("csv", "jsonl")
NAMES: Final = ("status", "category", "category_name", "evidence", "confidence", "reason", "citation", "action", "product")
NOT_REACHED: Final = {ERROR: {"code": "not_reached", "param": "", "message": "The job ended before this row."}}
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something older


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row with what came of it. result: the decision's fields, or `{"error": …}`; None where it is not done yet."""

    number: int
    cells: dict[str, str]
    result: dict[str, Any] | None

    @property
    def word(self) -> str:
        """Its status, or `error`."""
        return "" if self.result is None else ERROR if ERROR in self.result else str(self.result["status"])


def rows_of(job: CatalogueJob, *, after: int = 0, word: str = "") -> Iterator[ResultRow]:
    """Rows after that number in the file's order; with a word, only those of that status, `error`, or what was done.

    Chunks that hold none of them are not opened. Raises JobExpired.
    """
    if job.is_expired:
        raise JobExpired()
    chunks = CatalogueChunk.objects.filter(job=job).order_by("number")
    for chunk in chunks.iterator(chunk_size=4):
        if chunk.first_row + chunk.rows_count <= after or (word and not chunk.counts.get(word)):
            continue
        source = unpacked(chunk.source)
        results = unpacked(chunk.results) if chunk.results is not None else [None] * len(source)
        for (number, cells, *_), result in zip(source, results, strict=True):
            row = ResultRow(number, cells, result)
            if number > after and (not word or word in {row.word, (result or {}).get("action")}):
                yield row


def result_file(job: CatalogueJob, kind: str) -> Iterator[bytes]:
    """The result file in parts, in the order of the file that came. kind: csv or jsonl. Raises JobUnfinished, JobExpired."""
    if job.is_open:
        raise JobUnfinished()
    if job.is_expired:
        raise JobExpired()
    return _csv(job) if kind == "csv" else _jsonl(job)


def _csv(job: CatalogueJob) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)  # no separator of a spreadsheet's country parts a cell in two
    buffer.write(BOM)
    writer.writerow([*map(safe_cell, job.columns), *_added(job)])
    for count, row in enumerate(rows_of(job)):
        told = _told(row)
        writer.writerow(
            [*(safe_cell(row.cells.get(name, "")) for name in job.columns), *(safe_cell(told[n]) for n in _added(job))]
        )
        if count % 500 == 499:
            yield _taken(buffer)
    yield _taken(buffer)


def _jsonl(job: CatalogueJob) -> Iterator[bytes]:
    for row in rows_of(job):
        result = NOT_REACHED if row.result is None else row.result
        line = {"row": row.number, **row.cells, "eligibility": result}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _added(job: CatalogueJob) -> list[str]:
    """Our columns; a file that was only checked has no products."""
    left_out = set() if job.kind == CatalogueJob.Kind.IMPORT else {"eligibility_action", "eligibility_product"}
    return [name for name in ADDED if name not in left_out]


def _told(row: ResultRow) -> dict[str, str]:
    result = NOT_REACHED if row.result is None else row.result
    error = result.get(ERROR) or {}
    values = [*(str(result.get(name, "")) for name in NAMES), error.get("message", ""), error.get("param", "")]
    return dict(zip(ADDED, values, strict=True))


def _taken(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data
