"""The clearing file: what the network moved on one business day (UTC), as text. Pure: the host writes it, we read it.

    H,fsa-clearing,1,999001,2026-11-22,1                                  format, version, acquirer, business day, number
    D,completion,632622000042,000042,261122AB12,ACME,00000001,3000,2026-11-22T15:04:05+00:00
    T,1,3000,0,8C7A11E2                                                   lines, completed and refunded cents, CRC-32

A line names the completion or refund by the reference we gave it; a completion that was taken back is a line with a
negative amount. The checksum finds a cut or damaged file; it is no proof of who wrote it. No card number is in it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, cast
from zlib import crc32

from checkout.network.messages import ACQUIRING_INSTITUTION

FORMAT: Final = ["fsa-clearing", "1"]
KINDS: Final = ("completion", "refund")
Kind = Literal["completion", "refund"]


class ClearingFileBroken(ValueError):
    """A file that cannot be read whole. Nothing of it is taken. The message says which line, and why."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """One movement. cleared_at: ISO 8601 with its zone."""

    kind: Kind
    rrn: str
    stan: str
    network_reference: str
    acceptor: str
    terminal: str
    amount_cents: int
    cleared_at: str


@dataclass(frozen=True, slots=True)
class Clearing:
    """One file's content."""

    business_on: date
    sequence: int
    lines: list[Cleared]

    def total_cents(self, kind: Kind) -> int:
        return sum(line.amount_cents for line in self.lines if line.kind == kind)


def file_name(on: date, sequence: int = 1) -> str:
    return f"clearing-{on:%Y-%m-%d}-{sequence}.csv"


def write_clearing(clearing: Clearing) -> str:
    """The file's text."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["H", *FORMAT, ACQUIRING_INSTITUTION, clearing.business_on.isoformat(), clearing.sequence])
    rows.writerows(
        ("D", c.kind, c.rrn, c.stan, c.network_reference, c.acceptor, c.terminal, c.amount_cents, c.cleared_at)
        for c in clearing.lines
    )
    body = out.getvalue()
    sums = f"{clearing.total_cents('completion')},{clearing.total_cents('refund')}"
    return f"{body}T,{len(clearing.lines)},{sums},{crc32(body.encode()):08X}\n"


def read_clearing(text: str) -> Clearing:
    """The inverse of `write_clearing`. Raises ClearingFileBroken for a file that is cut, damaged or of another format."""
    body, _, trailer = text.rstrip("\n").rpartition("\n")
    head, *details = list(csv.reader(io.StringIO(body + "\n"))) or [[]]
    business_on, sequence = _head(head)
    lines = [_detail(row, number) for number, row in enumerate(details, start=2)]
    clearing = Clearing(business_on, sequence, lines)
    expected = ["T", str(len(lines)), str(clearing.total_cents("completion")), str(clearing.total_cents("refund"))]
    if trailer.split(",") != [*expected, f"{crc32((body + chr(10)).encode()):08X}"]:
        raise ClearingFileBroken("The last line does not fit the file: it was cut or damaged on its way.")
    return clearing


def _head(row: list[str]) -> tuple[date, int]:
    try:
        mark, name, version, acquirer, day, sequence = row
        if mark != "H" or [name, version] != FORMAT or acquirer != ACQUIRING_INSTITUTION:
            raise ValueError
        return date.fromisoformat(day), int(sequence)
    except ValueError:
        raise ClearingFileBroken("Line 1 is not the head of a clearing file of our acquirer.") from None


def _detail(row: list[str], number: int) -> Cleared:
    try:
        mark, kind, rrn, stan, reference, acceptor, terminal, cents, at = row
        is_sound = mark == "D" and kind in KINDS and len(rrn) == 12 and len(stan) == 6
        is_sound = is_sound and len(reference) <= 40 and len(acceptor) <= 15 and len(terminal) <= 8
        if not is_sound or datetime.fromisoformat(at).utcoffset() is None:
            raise ValueError
        return Cleared(cast(Kind, kind), rrn, stan, reference, acceptor, terminal, int(cents), at)
    except ValueError:
        raise ClearingFileBroken(f"Line {number} cannot be read.") from None
