"""One product of an eligible-product list as the platform knows it, whatever file said it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Final

ADD, CHANGE, DELETE = "A", "C", "D"
COLUMNS: Final = (
    "list_id", "list_version", "gtin14", "upc12", "brand", "description", "size", "category_code", "subcategory", "status", "bucket",
    "rx_flag", "effective_date", "termination_date", "change_code", "replaced_by_gtin", "source", "row_hash",
)  # fmt: skip
# Those that say something of the product.
HASHED_COLUMNS: Final = (
    "gtin14", "brand", "description", "size", "category_code", "subcategory", "status", "bucket", "rx_flag", "effective_date",
    "termination_date", "replaced_by_gtin", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One row, checked. Dates are days in the publisher's time zone; None: the version's own day, or for ever.

    change_code: A, C or D in a delta; in a full file A. replaced_by_gtin: the GTIN-14 under which the product is sold from then on.
    """

    gtin14: str
    brand: str
    description: str
    size: str
    category_code: str
    subcategory: str
    status: str
    bucket: str
    rx_flag: bool
    effective_date: date | None
    termination_date: date | None
    change_code: str
    replaced_by_gtin: str
    source: str

    @property
    def row_hash(self) -> bytes:
        """16 bytes over what the row says of the product; two rows with the same hash say the same."""
        return content_hash(self)


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be taken: its number (the first after the heading is 1), what it said, and why not."""

    number: int
    gtin: str
    why: str


class Said(Enum):
    """Of a row that needs no staging: it says what stands already, or says that once more."""

    STANDS = auto()
    TWICE = auto()


def content_hash(record: Record) -> bytes:
    first, last = record.effective_date, record.termination_date
    written = {
        "rx_flag": "Y" if record.rx_flag else "N", "effective_date": first.isoformat() if first else "",
        "termination_date": last.isoformat() if last else "",
    }  # fmt: skip
    return hash_of(tuple(written[name] if name in written else getattr(record, name) for name in HASHED_COLUMNS))


def hash_of(parts: tuple[str, ...]) -> bytes:
    """Of HASHED_COLUMNS, in their order, written as a publisher writes them."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
