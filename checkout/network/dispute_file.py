"""The acquirer's file of dispute messages, as text. Pure: the sandbox writes it, we read it.

    H,fsa-disputes,1,999001,2026-11-22
    D,retrieval,RR-00017,mastercard,6343,632622000042,000042,14900,2026-11-22T15:04:05+00:00,2026-12-12T23:59:00+00:00
    D,won,CB-00003,,,,,0,2026-12-20T08:00:00+00:00,
    T,2,8C7A11E2                                                        lines, CRC-32

`retrieval` and `dispute` open a case about the charge with these references; `won` and `lost` decide one. No card number is in it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, cast
from zlib import crc32

from checkout.network.messages import ACQUIRING_INSTITUTION

FORMAT: Final = ["fsa-disputes", "1"]
OPENS: Final = ("retrieval", "dispute")
KINDS: Final = (*OPENS, "won", "lost")
Kind = Literal["retrieval", "dispute", "won", "lost"]


class DisputeFileBroken(ValueError):
    """A file that cannot be read whole. Nothing of it is taken. The message says which line, and why."""


@dataclass(frozen=True, slots=True)
class DisputeMessage:
    """One line. due_at is empty where the case is decided."""

    kind: Kind
    case_number: str
    network: str
    reason_code: str
    rrn: str
    stan: str
    amount_cents: int
    said_at: datetime
    due_at: datetime | None


def write_disputes(messages: list[DisputeMessage], *, on: date) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["H", *FORMAT, ACQUIRING_INSTITUTION, on.isoformat()])
    for m in messages:
        due = m.due_at.isoformat() if m.due_at else ""
        rows.writerow(
            ["D", m.kind, m.case_number, m.network, m.reason_code, m.rrn, m.stan, m.amount_cents, m.said_at.isoformat(), due]
        )
    body = out.getvalue()
    return f"{body}T,{len(messages)},{crc32(body.encode()):08X}\n"


def read_disputes(text: str) -> list[DisputeMessage]:
    """The inverse. Raises DisputeFileBroken for a file that is cut, damaged or of another format."""
    body, _, trailer = text.rstrip("\n").rpartition("\n")
    head, *details = list(csv.reader(io.StringIO(body + "\n"))) or [[]]
    if len(head) != 5 or head[0] != "H" or head[1:3] != FORMAT or head[3] != ACQUIRING_INSTITUTION:
        raise DisputeFileBroken("Line 1 is not the head of a dispute file of our acquirer.")
    messages = [_detail(row, number) for number, row in enumerate(details, start=2)]
    if trailer.split(",") != ["T", str(len(messages)), f"{crc32((body + chr(10)).encode()):08X}"]:
        raise DisputeFileBroken("The last line does not fit the file: it was cut or damaged on its way.")
    return messages


def _detail(row: list[str], number: int) -> DisputeMessage:
    try:
        mark, kind, case, network, code, rrn, stan, cents, said, due = row
        said_at, due_at = datetime.fromisoformat(said), datetime.fromisoformat(due) if due else None
        opens = kind in OPENS
        is_sound = mark == "D" and kind in KINDS and 0 < len(case) <= 40 and len(network) <= 12 and len(code) <= 8
        is_sound = is_sound and said_at.utcoffset() is not None and (due_at is None or due_at.utcoffset() is not None)
        is_sound = is_sound and (not opens or (len(rrn) == 12 and len(stan) == 6 and int(cents) > 0 and due_at is not None))
        if not is_sound:
            raise ValueError
        return DisputeMessage(cast(Kind, kind), case, network, code, rrn, stan, int(cents), said_at, due_at)
    except ValueError:
        raise DisputeFileBroken(f"Line {number} cannot be read.") from None
