"""Taking the acquirer's dispute files: each file once, each line by itself; what is about nothing of ours is kept."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from django.db import DatabaseError, transaction

from checkout.disputes.opening import take_message
from checkout.disputes.unknown import keep_unknown, try_unknown
from checkout.folders import new_files
from checkout.models import DisputeMessageFile
from checkout.network.dispute_file import DisputeFileBroken, read_disputes
from common.errors import PlatformError
from vault.audit.services import record_about

logger = logging.getLogger(__name__)


class DisputeCasesLeft(Exception):
    """Some cases of a file could not be booked. The others are; the file counts as not taken, and a repeat tries those again."""


def take_dispute_file(*, name: str, content: bytes) -> DisputeMessageFile:
    """Open and decide the cases of a file, each in a transaction of its own. The same content again changes nothing.

    Nothing here needs a merchant's key: packs are built afterwards (`packing`). Raises DisputeFileBroken, and takes nothing then,
    or DisputeCasesLeft.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if known := DisputeMessageFile.objects.filter(sha256=sha256).first():
        return known
    try:
        messages = read_disputes(content.decode("ascii"))
    except UnicodeDecodeError:
        raise DisputeFileBroken("The file holds bytes that no dispute file has.") from None
    unknown, left = 0, []
    for message in messages:
        try:
            if not take_message(message):
                keep_unknown(message)
                unknown += 1
        except (PlatformError, DatabaseError) as trouble:
            logger.exception("case %s of %s could not be booked", message.case_number, name)
            left.append(f"{message.case_number} ({type(trouble).__name__})")
    if left:
        raise DisputeCasesLeft(f"{len(left)} of {len(messages)} cases could not be booked: {', '.join(left)}")
    return _noted(name, sha256, lines=len(messages), unknown=unknown)


@transaction.atomic
def _noted(name: str, sha256: str, *, lines: int, unknown: int) -> DisputeMessageFile:
    file, is_new = DisputeMessageFile.objects.get_or_create(
        sha256=sha256, defaults={"name": name[:120], "line_count": lines, "unknown_count": unknown}
    )
    if is_new:
        record_about(file, "taken", details={"lines": lines, "unknown": unknown})
    return file


def take_dispute_folder(folder: Path) -> int:
    """Take every new file of a folder, oldest name first, and try again what was about nothing of ours; returns how many files
    were taken. One that cannot be taken keeps no other waiting."""
    taken = 0
    for path in new_files(folder, DisputeMessageFile.objects.values_list("name", "taken_at")):
        try:
            take_dispute_file(name=path.name, content=path.read_bytes())
            taken += 1
        except (DisputeFileBroken, DisputeCasesLeft, PlatformError, DatabaseError, OSError) as refused:
            logger.error("dispute file not taken: %s: %s", path.name, refused)
    try_unknown()
    return taken
