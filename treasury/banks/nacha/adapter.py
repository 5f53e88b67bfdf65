"""A bank that takes ACH files over SFTP."""

from __future__ import annotations

from functools import partial

from treasury.banks.dropped import FileBank
from treasury.banks.nacha.writing import ach_file
from treasury.banks.rows import EndpointRow
from treasury.banks.types import Bank


def open_endpoint(row: EndpointRow) -> Bank:
    return FileBank(row, write=partial(ach_file, originator=row.originator), ending=".ach")
