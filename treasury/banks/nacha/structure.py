"""An ACH file taken apart, strictly: whatever does not add up is refused with the line that is at fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from treasury.banks.errors import FileUnreadable
from treasury.banks.nacha.codes import is_debit
from treasury.banks.nacha.records import (
    ADDENDA,
    BATCH_CONTROL,
    BATCH_HEADER,
    BLOCK,
    ENTRY,
    FILE_CONTROL,
    FILE_HEADER,
    FILLER,
    WIDTH,
    Layout,
    entry_hash,
)  # fmt: skip
from treasury.banks.words import check_digit

Record = Mapping[str, str]


@dataclass(slots=True)
class Entry:
    """addenda: (type code, fields), in order."""

    fields: Record
    line: int
    addenda: list[tuple[str, Record]] = field(default_factory=list)

    @property
    def transaction(self) -> int:
        return int(self.fields["transaction"])

    @property
    def amount_cents(self) -> int:
        return int(self.fields["amount"])


@dataclass(slots=True)
class FileBatch:
    header: Record
    line: int
    entries: list[Entry] = field(default_factory=list)
    control: Record = field(default_factory=dict)


@dataclass(slots=True)
class AchFile:
    header: Record
    batches: list[FileBatch] = field(default_factory=list)


def take_apart(raw: bytes) -> AchFile:
    """Raises FileUnreadable."""
    lines = _lines(raw)
    file = AchFile(_read(FILE_HEADER, lines[0], 1))
    end = 0
    for number, line in enumerate(lines[1:], start=2):
        if end:
            _require(line == FILLER, number, "after the file control only records of nines may stand")
        elif line[0] == "5":
            _require(
                not file.batches or bool(file.batches[-1].control), number, "a batch begins before the one before it has ended"
            )
            file.batches.append(FileBatch(_read(BATCH_HEADER, line, number), number))
        elif line[0] in "678":
            _require(bool(file.batches) and not file.batches[-1].control, number, "the record stands outside any batch")
            _into(file.batches[-1], line, number)
        elif line[0] == "9":
            _require(not file.batches or bool(file.batches[-1].control), number, "the file ends within a batch")
            _close_file(file, _read(FILE_CONTROL, line, number), number, len(lines))
            end = number
        else:
            raise FileUnreadable(f"Line {number}: no record begins with “{line[0]}”.")
    _require(bool(end), len(lines), "the file control is missing")
    return file


def _lines(raw: bytes) -> list[str]:
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise FileUnreadable("An ACH file is ASCII; this one is not.") from None
    lines = text.split("\n")
    # Some banks cut the spaces at a record's end; the totals tell whether more was cut.
    lines = [line.removesuffix("\r").ljust(WIDTH) for line in (lines[:-1] if lines[-1] == "" else lines)]
    if not lines or not lines[0].startswith("101"):
        raise FileUnreadable("An ACH file begins with “101”.")
    for number, line in enumerate(lines, start=1):
        _require(len(line) == WIDTH and line.isprintable(), number, f"a record has {WIDTH} printable characters")
    _require(len(lines) % BLOCK == 0, len(lines), f"the records come in blocks of {BLOCK}")
    return lines


def _into(batch: FileBatch, line: str, number: int) -> None:
    if line[0] == "6":
        entry = Entry(_read(ENTRY, line, number), number)
        routing = entry.fields["routing_number"]
        _require(check_digit(routing[:8]) == routing[8], number, "the routing number's check digit is wrong")
        batch.entries.append(entry)
    elif line[0] == "7":
        _require(bool(batch.entries), number, "addenda stand before any entry")
        layout = ADDENDA.get(line[:3])
        if layout is None:
            raise FileUnreadable(f"Line {number}: addenda of type {line[1:3]} are not read here.")
        batch.entries[-1].addenda.append((layout.code, _read(layout, line, number)))
    else:
        _close_batch(batch, _read(BATCH_CONTROL, line, number), number)


def _close_batch(batch: FileBatch, control: Record, number: int) -> None:
    entries = batch.entries
    for entry in entries:
        _require(
            entry.fields["has_addenda"] == str(int(bool(entry.addenda))), entry.line, "the entry's addenda are not as it says"
        )
    count, hashes, debit, credit = totals(entries)
    _require(int(control["count"]) == count, number, f"the batch has {count} entries and addenda, not {int(control['count'])}")
    _require(int(control["hash"]) == hashes, number, "the batch's entry hash is wrong")
    _require(int(control["debit"]) == debit, number, "the batch's debits do not add up")
    _require(int(control["credit"]) == credit, number, "the batch's credits do not add up")
    for name in ("service_class", "company_id", "bank", "number"):
        _require(control[name].strip() == batch.header[name].strip(), number, f"{name} is another than in the batch's header")
    batch.control = control


def _close_file(file: AchFile, control: Record, number: int, lines: int) -> None:
    every = [entry for batch in file.batches for entry in batch.entries]
    count, hashes, debit, credit = totals(every)
    _require(int(control["batches"]) == len(file.batches), number, "the number of batches is wrong")
    _require(int(control["blocks"]) * BLOCK == lines, number, "the number of blocks is wrong")
    _require(int(control["count"]) == count, number, f"the file has {count} entries and addenda, not {int(control['count'])}")
    _require(int(control["hash"]) == hashes, number, "the file's entry hash is wrong")
    _require(int(control["debit"]) == debit and int(control["credit"]) == credit, number, "the file's totals do not add up")


def totals(entries: list[Entry]) -> tuple[int, int, int, int]:
    """How many records, their hash, debits, credits in cents."""
    debit = sum(entry.amount_cents for entry in entries if is_debit(entry.transaction))
    return (
        sum(1 + len(entry.addenda) for entry in entries),
        entry_hash([entry.fields["routing_number"] for entry in entries]),
        debit,
        sum(entry.amount_cents for entry in entries) - debit,
    )


def every_entry(file: AchFile) -> Iterator[tuple[FileBatch, Entry]]:
    for batch in file.batches:
        for entry in batch.entries:
            yield batch, entry


def _read(layout: Layout, line: str, number: int) -> Record:
    _require(line.startswith(layout.code), number, f"a {layout.name} begins with “{layout.code}”")
    return layout.read(line, number)


def _require(is_so: bool, line: int, otherwise: str) -> None:
    if not is_so:
        raise FileUnreadable(f"Line {line}: {otherwise}.")
