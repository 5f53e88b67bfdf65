"""The outbox of answers: each is tried until it lies where the acquirer takes it from. That is all that `sent_at` says.

The sandbox's acquirer takes them from a folder, and acknowledges nothing. Another acquirer's way is one function of the shape of
`lay_before`; where it acknowledges, that function returns after the acknowledgement.
"""

from __future__ import annotations

import base64
import logging
import os
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from checkout.disputes.packing import build_pack
from checkout.disputes.selectors import latest_pack
from checkout.models import Dispute
from common.errors import PlatformError

logger = logging.getLogger(__name__)
MOST_A_RUN = 100


def send_answers() -> int:
    """Send what was submitted and not laid out yet; returns how many. Safe to repeat: the same answer has the same name."""
    waiting = Dispute.objects.filter(submitted_at__isnull=False, sent_at=None).select_related("merchant").order_by("submitted_at")
    return sum(_send(dispute) for dispute in waiting[:MOST_A_RUN])


def _send(dispute: Dispute) -> bool:
    try:
        if latest_pack(dispute) is None:
            _pack_late(dispute)
        lay_before(settings.DISPUTES_DIR / "answers" / dispute.public_id, contents_of(dispute))
    except (OSError, PlatformError):
        logger.exception("the answer to %s could not be sent", dispute.public_id)
        return False
    return bool(Dispute.objects.filter(pk=dispute.pk, sent_at=None).update(sent_at=timezone.now()))


def _pack_late(dispute: Dispute) -> None:
    """It was answered before its pack was built. Without a key nothing leaves; for any other trouble the merchant's own words do not wait."""
    try:
        build_pack(dispute.pk)
    except (DatabaseError, RuntimeError):
        logger.exception("the answer to %s leaves without a pack", dispute.public_id)


def contents_of(dispute: Dispute) -> dict[str, bytes]:
    """File name -> content of one answer."""
    files: dict[str, bytes] = {}
    if pack := latest_pack(dispute):
        files |= {"items.json": str(pack.record).encode(), "items.pdf": base64.b64decode(str(pack.pdf))}
    if dispute.evidence:
        files["statement.txt"] = str(dispute.evidence).encode()
    for number, file in enumerate(dispute.files.all(), start=1):
        files[f"{number:02d}-{file.title}"] = base64.b64decode(str(file.content))
    return files


def lay_before(folder: Path, files: dict[str, bytes]) -> None:
    """All of it or nothing: whoever watches the folder never sees half an answer."""
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.part")
    unfinished.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in files.items():
        (unfinished / name).write_bytes(content)
    os.replace(unfinished, folder)
