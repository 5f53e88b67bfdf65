"""Taking a clearing file: all of it in one transaction, and each file once."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from checkout.clearing.match import match_file
from checkout.folders import new_files
from checkout.models import ClearingFile
from checkout.network.clearing_file import Cleared, ClearingFileBroken, read_clearing
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
COLUMNS = "file_id, position, kind, rrn, stan, network_reference, acceptor, terminal, amount_cents, cleared_at"
LOCK = 0x465341_02  # an advisory lock: two files at once would each miss what the other matches


class ClearingFileConflict(Exception):
    """Another file was taken for the same business day and number. The message says which."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it stands now. is_new: False when the very same content was taken before, and nothing was done."""

    file: ClearingFile
    is_new: bool


@transaction.atomic
def take_file(*, name: str, content: bytes) -> Taken:
    """Keep a file's lines, match them with what we booked, and open cases for what differs. A repeat changes nothing.

    Raises ClearingFileBroken or ClearingFileConflict, and takes nothing then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    sha256 = hashlib.sha256(content).hexdigest()
    if known := ClearingFile.objects.filter(sha256=sha256).first():
        return Taken(known, is_new=False)
    clearing = read_clearing(_text(content))
    if other := ClearingFile.objects.filter(business_on=clearing.business_on, sequence=clearing.sequence).first():
        raise ClearingFileConflict(
            f"{name} is number {clearing.sequence} of {clearing.business_on}, which {other.name} was already, with another content. "
            "Nothing was taken: ask the acquirer which one holds; a correction has the next number."
        )
    file = ClearingFile.objects.create(
        name=name[:120], business_on=clearing.business_on, sequence=clearing.sequence, sha256=sha256, line_count=len(clearing.lines),
        completion_cents=clearing.total_cents("completion"), refund_cents=clearing.total_cents("refund"),
    )  # fmt: skip
    _keep(file, clearing.lines)
    match_file(file)
    told = {
        "business_on": str(file.business_on),
        "lines": file.line_count,
        "matched": file.matched_count,
        "cases": file.case_count,
    }
    record_about(file, "taken", details=told)
    return Taken(file, is_new=True)


@dataclass(frozen=True, slots=True)
class Folder:
    """What became of a folder's files: those taken now, and a sentence about each that could not be."""

    taken: list[Taken]
    refusals: list[str]


def take_folder(folder: Path) -> Folder:
    """Take every new file of a folder, oldest first. One that cannot be taken keeps no other one waiting."""
    taken, refusals = [], []
    for path in new_files(folder, ClearingFile.objects.values_list("name", "taken_at")):
        try:
            taken.append(take_file(name=path.name, content=path.read_bytes()))
        except (ClearingFileBroken, ClearingFileConflict, OSError) as refused:
            refusals.append(f"{path.name}: {refused}")
            logger.error("clearing file not taken: %s: %s", path.name, refused)
    return Folder(taken, refusals)


def _text(content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise ClearingFileBroken("The file holds bytes that no clearing file has.") from None


def _keep(file: ClearingFile, lines: list[Cleared]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY checkout_clearingline ({COLUMNS}) FROM STDIN") as out:
        for position, c in enumerate(lines, start=1):
            out.write_row(
                (
                    file.pk,
                    position,
                    c.kind,
                    c.rrn,
                    c.stan,
                    c.network_reference,
                    c.acceptor,
                    c.terminal,
                    c.amount_cents,
                    c.cleared_at,
                )
            )
