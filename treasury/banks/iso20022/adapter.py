"""A bank that takes ISO 20022 over SFTP."""

from __future__ import annotations

from functools import partial

from treasury.banks.dropped import FileBank
from treasury.banks.iso20022.pain001 import order
from treasury.banks.rows import EndpointRow
from treasury.banks.types import Bank


def open_endpoint(row: EndpointRow) -> Bank:
    return FileBank(row, write=partial(order, originator=row.originator), ending=".pain001.xml")
