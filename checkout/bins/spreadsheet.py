"""The first sheet of an Excel workbook as rows of text."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from checkout.bins.errors import CardListUnreadable

MAX_UNPACKED_BYTES: Final = 80_000_000  # a small archive may unfold to anything
MAX_COLUMNS: Final = 50


def is_workbook(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def rows_of_workbook(content: bytes) -> Iterator[list[str]]:
    """The cells of each row that has any, empty where the sheet leaves a gap. Raises CardListUnreadable."""
    try:
        _refuse_what_unfolds(content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.total_width > MAX_COLUMNS:
            raise CardListUnreadable(f"The sheet has more than {MAX_COLUMNS} columns: send the ranges alone.")
        for row in sheet.iter_rows():
            if any(cells := [_text(cell) for cell in row]):
                yield cells
    except (
        CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
        EOFError,
        IndexError,
        ValueError,
    ) as error:
        raise CardListUnreadable("The workbook cannot be read: save its first sheet anew as .xlsx, or as CSV.") from error


def _refuse_what_unfolds(content: bytes) -> None:
    """What an archive says of its size may be a lie, so its parts are unpacked and counted before anything reads them."""
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for member in book.infolist():
            with book.open(member) as part:
                while piece := part.read(1_000_000):
                    left -= len(piece)
                    if left < 0:
                        raise CardListUnreadable("The workbook unfolds to more than 80 MB: send the ranges alone.")


def _text(cell: Any) -> str:
    """As a person reads it: spreadsheets keep 99994100 as a fraction."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, date):  # a datetime is one too; its hours say nothing here
        return cell.isoformat()[:10]
    return str(cell).strip()
