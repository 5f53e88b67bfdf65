"""The records of an ACH file: which field stands where. Every record has 94 characters.

Where NACHA reserves a field it is blank, and is written as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from treasury.banks.errors import FileUnreadable

WIDTH: Final = 94
BLOCK: Final = 10  # records to a block; the last is filled up with nines
FILLER: Final = "9" * WIDTH
Kind = Literal["digits", "text"]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of record. fields: (name, width, kind) in their order, the record's type code before them."""

    name: str
    code: str
    fields: tuple[tuple[str, int, Kind], ...]

    def __post_init__(self) -> None:
        assert len(self.code) + sum(width for _, width, _ in self.fields) == WIDTH, self.name

    def write(self, **values: str | int) -> str:
        """The record; a field that is not named is blank, or zero. A value that is too wide is a fault of ours: ValueError."""
        parts = [self.code]
        for name, width, kind in self.fields:
            value = values.pop(name, 0 if kind == "digits" else "")
            text = f"{value:0>{width}}" if kind == "digits" else f"{value:<{width}}"
            if len(text) != width or not text.isascii():
                raise ValueError(f"{name} of {self.name} has at most {width} ASCII characters")
            parts.append(text)
        assert not values, f"{self.name} has no {', '.join(values)}"
        return "".join(parts)

    def read(self, record: str, line: int) -> Mapping[str, str]:
        """Field -> its text, without the spaces after it. Raises FileUnreadable where digits belong and something else stands."""
        found, at = {}, len(self.code)
        for name, width, kind in self.fields:
            text = record[at : at + width]
            if kind == "digits" and not text.isdigit():
                raise FileUnreadable(f"Line {line}: {name} of the {self.name} is not a number.")
            found[name], at = text.rstrip() if kind == "text" else text, at + width
        return found


FILE_HEADER: Final = Layout(
    "file header", "101",
    (("destination", 10, "text"), ("origin", 10, "text"), ("created_on", 6, "digits"), ("created_at", 4, "text"), ("modifier", 1, "text"),
     ("record_size", 3, "digits"), ("blocking", 2, "digits"), ("format", 1, "digits"), ("destination_name", 23, "text"), ("origin_name", 23, "text"),
     ("reference", 8, "text")),
)  # fmt: skip
BATCH_HEADER: Final = Layout(
    "batch header", "5",
    (("service_class", 3, "digits"), ("company_name", 16, "text"), ("discretionary", 20, "text"), ("company_id", 10, "text"), ("entry_class", 3, "text"),
     ("description", 10, "text"), ("descriptive_date", 6, "text"), ("effective_on", 6, "text"), ("settlement", 3, "text"), ("status", 1, "text"),
     ("bank", 8, "digits"), ("number", 7, "digits")),
)  # fmt: skip
ENTRY: Final = Layout(
    "entry", "6",
    (("transaction", 2, "digits"), ("routing_number", 9, "digits"), ("account_number", 17, "text"), ("amount", 10, "digits"), ("identification", 15, "text"),
     ("name", 22, "text"), ("discretionary", 2, "text"), ("has_addenda", 1, "digits"), ("trace", 15, "digits")),
)  # fmt: skip
PAYMENT_ADDENDA: Final = Layout(
    "addenda record", "705", (("information", 80, "text"), ("sequence", 4, "digits"), ("entry", 7, "digits"))
)
RETURN_ADDENDA: Final = Layout(
    "return addenda record", "799",
    (("reason", 3, "text"), ("original_trace", 15, "digits"), ("died_on", 6, "text"), ("original_bank", 8, "digits"), ("information", 44, "text"),
     ("trace", 15, "digits")),
)  # fmt: skip
CHANGE_ADDENDA: Final = Layout(
    "notification of change", "798",
    (("reason", 3, "text"), ("original_trace", 15, "digits"), ("reserved", 6, "text"), ("original_bank", 8, "digits"), ("corrected", 29, "text"),
     ("reserved_too", 15, "text"), ("trace", 15, "digits")),
)  # fmt: skip
BATCH_CONTROL: Final = Layout(
    "batch control", "8",
    (("service_class", 3, "digits"), ("count", 6, "digits"), ("hash", 10, "digits"), ("debit", 12, "digits"), ("credit", 12, "digits"),
     ("company_id", 10, "text"), ("authentication", 19, "text"), ("reserved", 6, "text"), ("bank", 8, "digits"), ("number", 7, "digits")),
)  # fmt: skip
FILE_CONTROL: Final = Layout(
    "file control", "9",
    (("batches", 6, "digits"), ("blocks", 6, "digits"), ("count", 8, "digits"), ("hash", 10, "digits"), ("debit", 12, "digits"), ("credit", 12, "digits"),
     ("reserved", 39, "text")),
)  # fmt: skip
ADDENDA: Final = {layout.code: layout for layout in (PAYMENT_ADDENDA, RETURN_ADDENDA, CHANGE_ADDENDA)}


def entry_hash(routing_numbers: list[str]) -> int:
    """The last ten digits of the sum of the banks' eight digits."""
    return sum(int(number[:8]) for number in routing_numbers) % 10**10
