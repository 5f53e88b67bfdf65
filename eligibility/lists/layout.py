"""The record layout `eligible-list/1`: one product of an eligible-product list, as CSV with a heading or as JSON lines.

An open layout of this project. What members of trade bodies receive is not public, so an adapter to such a file turns its rows into
these. Public sources for the terms: GS1 General Specifications (GTIN, check digit), IRS Publication 502 (what is medical care).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import IO, Any, Final, Literal

from eligibility.catalogue.jobs.reading import NO_TEXT
from eligibility.gtin import gtin14
from eligibility.lists.errors import NotReadable
from eligibility.lists.records import ADD, CHANGE, COLUMNS, DELETE, Record, RowFault, Said
from eligibility.lists.sift import sifted
from eligibility.lists.standing import Standing

LAYOUT: Final = "eligible-list/1"
Format = Literal["csv", "jsonl"]
Compression = Literal["gzip", "none"]
STATUSES: Final = ("eligible", "rx", "letter")
LIMITS: Final = {"brand": 120, "description": 500, "size": 60, "category_code": 80, "subcategory": 80, "source": 120}
MAX_LINE: Final = 20_000  # characters


def as_row(record: Record, *, list_id: str, list_version: str) -> dict[str, str]:
    """The record as a file's row: what a publisher writes."""
    return {
        "list_id": list_id, "list_version": list_version, "gtin14": record.gtin14,
        "upc12": record.gtin14[2:] if record.gtin14.startswith("00") else "", "brand": record.brand, "description": record.description,
        "size": record.size, "category_code": record.category_code, "subcategory": record.subcategory, "status": record.status,
        "bucket": record.bucket, "rx_flag": "Y" if record.rx_flag else "N",
        "effective_date": record.effective_date.isoformat() if record.effective_date else "",
        "termination_date": record.termination_date.isoformat() if record.termination_date else "", "change_code": record.change_code,
        "replaced_by_gtin": record.replaced_by_gtin, "source": record.source, "row_hash": record.row_hash.hex(),
    }  # fmt: skip


def write_rows(
    out: IO[bytes], records: Iterable[Record], *, list_id: str, list_version: str, format: Format, compression: Compression
) -> int:
    """Write a file; returns how many rows. The same records give the same bytes."""
    raw: Any = gzip.GzipFile(fileobj=out, mode="wb", mtime=0, compresslevel=6, filename="") if compression == "gzip" else out
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=False)
    count = 0
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n") if format == "csv" else None
    if table:
        table.writeheader()
    for record in records:
        row = as_row(record, list_id=list_id, list_version=list_version)
        if table:
            table.writerow(row)
        else:
            text.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    text.detach()  # flushes; the layer below is closed by itself, the file by who opened it
    if raw is not out:
        raw.close()
    return count


def read_rows(
    file: IO[bytes],
    *,
    format: Format,
    compression: Compression,
    kind: str,
    categories: Mapping[str, tuple[str, str]],
    standing: Standing | None = None,
) -> Iterator[Record | RowFault | Said]:
    """Each row as the file streams by: a Record, a RowFault, or, where `standing` is given, that it says what stands.

    kind: `full` or `delta`. categories: category code -> (status, bucket) as the taxonomy has them. Raises NotReadable where the
    file itself is broken.
    """
    raw: Any = gzip.GzipFile(fileobj=file, mode="rb") if compression == "gzip" else file
    text = io.TextIOWrapper(io.BufferedReader(raw, 1 << 18), encoding="utf-8-sig", newline="")
    checker = _Checker(kind, categories)
    try:
        rows = _csv_cells(text) if format == "csv" else _jsonl_cells(text)
        yield from (
            sifted(rows, checker.check, standing)
            if standing
            else (cells if isinstance(cells, RowFault) else checker.check(number, cells) for number, cells in rows)
        )
    except (OSError, EOFError, zlib.error) as error:
        raise NotReadable("The file is damaged or ends too early.") from error
    except UnicodeDecodeError as error:
        raise NotReadable("The file is not UTF-8.") from error
    except csv.Error as error:
        raise NotReadable(f"The file is no CSV: {error}.") from error


class _Checker:
    """Rows to records. What is the same in thousands of rows (dates, categories) is looked at once."""

    def __init__(self, kind: str, categories: Mapping[str, tuple[str, str]]) -> None:
        self._is_delta, self._categories = kind == "delta", categories
        self._days: dict[str, date | None] = {"": None}

    def check(self, number: int, cells: list[str]) -> Record | RowFault:
        (
            _, _, written, upc, brand, description, size, category, subcategory, status, bucket, rx, effective, termination, change,
            replaced, source, said_hash,
        ) = cells  # fmt: skip
        code = gtin14(written or upc)
        if code is None:
            return RowFault(number, (written or upc)[:20], "The GTIN has no 8, 12, 13 or 14 digits, or its check digit is wrong.")
        change = change or ADD
        if change not in (ADD, CHANGE, DELETE) or (change == DELETE and not self._is_delta):
            return RowFault(number, code, f"“{change[:5]}” is no change of a {'delta' if self._is_delta else 'full'} file.")
        successor = ""
        if replaced:
            successor = gtin14(replaced) or ""
            if not successor or successor == code:
                return RowFault(number, code, "replaced_by_gtin is no other right GTIN.")
        try:
            first, last = self._day(effective), self._day(termination)
        except ValueError:
            return RowFault(number, code, "A date is not written YYYY-MM-DD.")
        if first and last and last <= first:
            return RowFault(number, code, "It ends before it begins.")
        if change != DELETE:
            known = self._categories.get(category)
            if known is None:
                return RowFault(number, code, f"No category “{category[:80]}” is known.")
            if known[0] not in STATUSES:
                return RowFault(number, code, f"“{category}” is {known[0]}: such products stand on no list.")
            if (status and status != known[0]) or (bucket and bucket != known[1]):
                return RowFault(
                    number, code, f"Status or bucket contradict the category “{category}”, which is {known[0]}, {known[1]}."
                )
            status, bucket = known
            if not description.strip():
                return RowFault(number, code, "It says nothing about what the product is.")
        for name, value in (
            ("brand", brand),
            ("description", description),
            ("size", size),
            ("subcategory", subcategory),
            ("source", source),
        ):
            if len(value) > LIMITS[name] or "\x00" in value:
                return RowFault(number, code, f"{name} is longer than {LIMITS[name]} characters, or no text.")
        record = Record(
            code,
            brand,
            description,
            size,
            category,
            subcategory,
            status,
            bucket,
            rx == "Y",
            first,
            last,
            change,
            successor,
            source,
        )
        if said_hash and change != DELETE and said_hash != record.row_hash.hex():
            return RowFault(number, code, "row_hash does not fit the row.")
        return record

    def _day(self, written: str) -> date | None:
        if written not in self._days:
            if len(self._days) > 10_000:
                self._days = {"": None}
            self._days[written] = date.fromisoformat(written)
        return self._days[written]


def _csv_cells(text: IO[str]) -> Iterator[tuple[int, list[str] | RowFault]]:
    """Each row's number and its cells in the order of COLUMNS."""
    lines = _RowLines(text)
    rows = csv.reader(lines)
    heading = next(rows, None)
    if heading is None or not {"gtin14", "category_code"} <= set(heading):
        raise NotReadable("The heading names no gtin14 and category_code: this is no eligible-list/1 file.")
    places = [heading.index(name) if name in heading else -1 for name in COLUMNS]
    width, is_in_order = len(heading), tuple(heading) == COLUMNS
    for number, cells in enumerate(rows, start=1):
        has_nul = lines.next_row()
        if len(cells) != width:
            yield number, RowFault(number, "", f"The row has {len(cells)} cells, the heading {width}.")
            continue
        ordered = cells if is_in_order else [cells[at] if at >= 0 else "" for at in places]
        yield number, _kept(number, ordered) if has_nul else ordered


def _jsonl_cells(text: IO[str]) -> Iterator[tuple[int, list[str] | RowFault]]:
    """The same of JSON lines."""
    for number, line in enumerate(_lines(text), start=1):
        try:
            said = json.loads(line)
            cells = [_cell(said.get(name)) for name in COLUMNS]
        except (ValueError, AttributeError, RecursionError):
            yield number, RowFault(number, "", "The line is no JSON object.")
            continue
        yield number, _kept(number, cells)


class _RowLines:
    """The lines that a CSV reader asks for; those of one row, which quotes carry over line ends, may not fill the memory."""

    def __init__(self, text: IO[str]) -> None:
        self._readline, self._chars, self._has_nul = text.readline, 0, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        self._chars += len(line)
        if self._chars > MAX_LINE:
            raise NotReadable(f"A row is longer than {MAX_LINE:,} characters: is a quote not closed?")
        self._has_nul = self._has_nul or "\x00" in line
        return line

    def next_row(self) -> bool:
        """Begin to count anew; returns whether the row that was read has a NUL in it."""
        had, self._chars, self._has_nul = self._has_nul, 0, False
        return had


def _kept(number: int, cells: list[str]) -> list[str] | RowFault:
    """The cells, if a database can keep them."""
    if not NO_TEXT.search("".join(cells)):
        return cells
    written = cells[COLUMNS.index("gtin14")] or cells[COLUMNS.index("upc12")]
    return RowFault(number, gtin14(written) or "", "It has a character in it that is no text.")


def _lines(text: IO[str]) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise NotReadable(f"A line is longer than {MAX_LINE:,} characters.")
        yield line


def _cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "Y" if value is True else str(value)
