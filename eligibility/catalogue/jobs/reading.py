"""Reading a merchant's file as it streams: compression, encoding, delimiter, heading, rows. What is wrong is said by row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Final

from eligibility.catalogue.errors import UploadEmpty, UploadOptionInvalid, UploadTooLarge, UploadUnreadable
from eligibility.catalogue.jobs.xml_rows import refuse_too_many_names, xml_rows

MAX_ROWS: Final = 100_000
MAX_UNPACKED_BYTES: Final = 60_000_000  # a small archive may unfold to anything
MAX_LINE: Final = 200_000  # characters; of a row too, which quoted line ends carry over many lines
MAX_COLUMNS: Final = 200
FORMATS: Final = ("csv", "jsonl", "xml")
ENCODINGS: Final = {
    "utf-8": "utf-8-sig", "utf-16": "utf-16", "windows-1252": "cp1252", "iso-8859-1": "latin-1", "iso-8859-15": "iso8859-15",
}  # fmt: skip
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # JSON may spell it, and nothing can keep it: a NUL, half a pair of surrogates
GZIP = b"\x1f\x8b"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Options:
    """What the merchant says about the file; what is empty is found out."""

    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    filename: str = ""
    content_type: str = ""

    def __post_init__(self) -> None:
        for name, known in (("format", FORMATS), ("encoding", ENCODINGS), ("delimiter", DELIMITERS)):
            if (said := getattr(self, name)) and said not in known:
                raise UploadOptionInvalid(f"“{said[:40]}” is no {name}: use one of {', '.join(known)}.", param=name)


@dataclass(slots=True)
class Row:
    """One row as it came: its number (the first after the heading is 1) and its cells; or why it cannot be read."""

    number: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(slots=True)
class Sheet:
    """A file with its columns; rows come as they are read. JSON lines may bring new columns later."""

    format: str
    columns: list[str]
    rows: Iterator[Row] = field(repr=False)


class Unpacked(io.RawIOBase):
    """The file's bytes, unpacked where it is compressed; refuses what unfolds to more than may be."""

    def __init__(self, file: IO[bytes], max_bytes: int) -> None:
        head = file.read(2)
        file.seek(0)
        self.source: IO[bytes] = gzip.GzipFile(fileobj=file, mode="rb") if head == GZIP else file  # type: ignore[assignment]
        self.left = self.max_bytes = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self.source.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise UploadUnreadable("The gzip archive is damaged or cut off: compress the file again.") from error
        self.left -= len(data)
        if self.left < 0:
            raise UploadTooLarge(f"Unpacked, the file has more than {self.max_bytes // 1_000_000} MB: divide it.")
        buffer[: len(data)] = data
        return len(data)


def read_sheet(file: IO[bytes], options: Options, *, max_bytes: int | None = None) -> Sheet:
    """Columns at once, rows as they are asked for. max_bytes: unpacked; 60 MB unless said. Raises UploadUnreadable, UploadEmpty, UploadTooLarge."""
    stream = io.BufferedReader(Unpacked(file, max_bytes or MAX_UNPACKED_BYTES), 64 * 1024)
    start = stream.peek(4096)[:4096]
    if not start.strip():
        raise UploadEmpty("The file is empty.")
    encoding = ENCODINGS[options.encoding] if options.encoding else "utf-16" if start[:2] in UTF16 else "utf-8-sig"
    if start.startswith(b"PK\x03\x04"):
        raise UploadUnreadable("This is a workbook or a ZIP archive: save the sheet as “CSV UTF-8”, or compress it with gzip.")
    if encoding != "utf-16" and b"\x00" in start:
        raise UploadUnreadable("The file is not text: send CSV or JSON lines. If it is UTF-16, name its `encoding`.")
    if WEB_PAGE.match(start):
        raise UploadUnreadable("This is a web page, not a file of products: look whether its address asks for a sign-in.")
    kind = options.format or _kind(options, start)
    if kind == "xml":
        return _xml(stream)
    lines = _lines(stream, encoding)
    return _csv(lines, options) if kind == "csv" else _jsonl(lines)


def _kind(options: Options, start: bytes) -> str:
    name = options.filename.lower().removesuffix(".gz")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or name.endswith((".xml", ".rss", ".atom")):
        return "xml"
    if name.endswith((".jsonl", ".ndjson", ".json")) or "json" in options.content_type:
        return "jsonl"
    if name.endswith((".csv", ".tsv", ".txt")) or "csv" in options.content_type:
        return "csv"
    return "jsonl" if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else "csv"


def _csv(lines: Iterator[str], options: Options) -> Sheet:
    heading_line = next((line for line in lines if line.strip()), "")
    delimiter = DELIMITERS[options.delimiter] if options.delimiter else _delimiter(heading_line)
    fed = _Fed(_chain(heading_line, lines))
    reader = csv.reader(fed, delimiter=delimiter, strict=False)
    columns = [name.strip() for name in _next(reader, fed, 0) or []]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise UploadEmpty("The file has no heading: its first row names the columns.")
    if len(columns) > MAX_COLUMNS:
        raise UploadTooLarge(f"The file has {len(columns)} columns; at most {MAX_COLUMNS} are read.")
    return Sheet("csv", columns, _csv_rows(reader, fed, columns))


class _Fed:
    """The lines that a CSV reader asks for, counted from row to row: a row may not fill the memory line by line."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.chars, self.row = lines, 0, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.chars += len(line)
        if self.chars > MAX_LINE:
            raise UploadUnreadable(
                f"Row {self.row:,} is longer than {MAX_LINE:,} characters: look for a quote that is not closed."
            )
        return line

    def next_row(self, number: int) -> None:
        self.chars, self.row = 0, number


def _csv_rows(reader: Iterator[list[str]], fed: _Fed, columns: list[str]) -> Iterator[Row]:
    number = 0
    while (cells := _next(reader, fed, number + 1)) is not None:
        if not any(cell.strip() for cell in cells):
            continue
        number += 1
        extra = [cell for cell in cells[len(columns) :] if cell.strip()]
        named = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
        fault = (
            f"The row has {len(cells)} cells, the heading {len(columns)}: a cell with a delimiter in it needs quotes."
            if extra
            else ""
        )
        yield Row(number, named, fault)


def _next(reader: Iterator[list[str]], fed: _Fed, number: int) -> list[str] | None:
    fed.next_row(number)
    try:
        return next(reader, None)
    except csv.Error as error:
        raise UploadUnreadable(f"Row {number:,} cannot be read as CSV ({error}): look for a quote that is not closed.") from error


def _jsonl(lines: Iterator[str]) -> Sheet:
    columns: list[str] = []

    def rows() -> Iterator[Row]:
        number = 0
        for line in lines:
            if not line.strip():
                continue
            number += 1
            row = _json_row(number, line)
            for name in row.cells:
                if name not in columns:
                    if len(columns) == MAX_COLUMNS:
                        raise UploadTooLarge(f"The file has more than {MAX_COLUMNS} different names.")
                    columns.append(name)
            yield row

    return Sheet("jsonl", columns, rows())


def _json_row(number: int, line: str) -> Row:
    try:
        said = json.loads(line)
        if not isinstance(said, dict):
            return Row(number, {}, "The line is no JSON object.")
        cells = {str(name)[:200].strip(): _cell(value) for name, value in said.items()}
    except (ValueError, RecursionError):  # what can just be read may be too deep to be written
        return Row(number, {}, "The line is not JSON.")
    if any(map(NO_TEXT.search, [*cells, *cells.values()])):
        return Row(number, {}, "The line holds a NUL, or half of a character: it is not text.")
    return Row(number, cells)


def _xml(stream: io.BufferedReader[Any]) -> Sheet:
    columns: list[str] = []

    def rows() -> Iterator[Row]:
        for number, cells in enumerate(xml_rows(stream), start=1):
            columns.extend(name for name in cells if name not in columns)
            refuse_too_many_names(len(columns), MAX_COLUMNS)
            yield Row(number, cells)

    return Sheet("xml", columns, rows())


def _cell(value: object) -> str:
    """As it would stand in a CSV; what is no text or number is kept as JSON, and refused where a text is needed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(stream: io.BufferedReader[Any], encoding: str) -> Iterator[str]:
    """Lines as text; one without an end may not fill the memory. What cannot be read is said by its line."""
    wide = io.TextIOWrapper(stream, encoding=encoding, newline="") if encoding == "utf-16" else None
    shown = "UTF-8" if encoding == "utf-8-sig" else encoding
    number = 0
    while True:
        number += 1
        try:
            line = (
                wide.readline(MAX_LINE)
                if wide
                else stream.readline(MAX_LINE).decode(encoding if number == 1 else _plain(encoding))
            )
        except UnicodeError as error:
            raise UploadUnreadable(
                f"Line {number:,} is not {shown}: save the file as “CSV UTF-8”, or name its `encoding`, such as windows-1252."
            ) from error
        if not line:
            return
        if len(line) >= MAX_LINE and not line.endswith("\n"):
            raise UploadUnreadable(f"Line {number:,} is longer than {MAX_LINE:,} characters.")
        if "\x00" in line:
            raise UploadUnreadable(f"Line {number:,} holds a NUL character: the file is not text in {shown}.")
        yield line


def _plain(encoding: str) -> str:
    """Only the first line may begin with a mark."""
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _delimiter(heading: str) -> str:
    """The one that parts most columns; a comma where none does."""
    bare = _without_quoted(heading)
    counts: Callable[[str], int] = bare.count
    best = max(DELIMITERS.values(), key=counts)
    return best if counts(best) else ","


def _without_quoted(text: str) -> str:
    return "".join(part for index, part in enumerate(text.split('"')) if index % 2 == 0)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


csv.field_size_limit(MAX_LINE)
