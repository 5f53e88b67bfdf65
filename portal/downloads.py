"""A spreadsheet as the answer to a click."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import Final

from django.http import FileResponse

IN_MEMORY: Final = 2_000_000  # bytes; beyond it the file is on disk


def csv_download(parts: Iterable[bytes], *, name: str) -> FileResponse:
    """A spreadsheet; see `file_download`."""
    return file_download(parts, name=f"{name}.csv", kind="text/csv; charset=utf-8")


def file_download(parts: Iterable[bytes], *, name: str, kind: str) -> FileResponse:
    """The parts as one file, made here, while the merchant's scope holds: a streamed answer would be made after it has ended."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the response closes it
    for part in parts:
        file.write(part)
    length = file.tell()
    file.seek(0)
    response = FileResponse(file, content_type=kind)
    response["Content-Length"] = str(length)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
