"""Files that a merchant gives as evidence: small, of three kinds, judged by what they hold and not by their name."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from common.card_numbers import holds_card_number
from common.kept_files import JPEG, PDF, PNG, safe_name
from eligibility.errors import DisputeRefused, EvidenceFileRefused

MAX_BYTES = 1_000_000
MAX_BASE64_CHARS = (MAX_BYTES + 2) // 3 * 4
KINDS = {PNG: ("png", "image/png"), JPEG: ("jpg", "image/jpeg"), PDF: ("pdf", "application/pdf")}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept."""

    title: str
    content_type: str
    content: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def base64(self) -> str:
        return base64.b64encode(self.content).decode()


def checked_file(name: str, content: bytes) -> CheckedFile:
    """The file under a name that is safe everywhere; EvidenceFileRefused says why not."""
    if not 0 < len(content) <= MAX_BYTES:
        raise EvidenceFileRefused("A file of evidence has at most 1 MB, and is not empty.", param="files")
    kind = next((kind for start, kind in KINDS.items() if content.startswith(start)), None)
    if kind is None:
        raise EvidenceFileRefused(param="files")
    if holds_card_number(content.decode("ascii", "replace")) or holds_card_number(name):
        raise EvidenceFileRefused("The file seems to hold a card number: take it out and send it again.", param="files")
    return CheckedFile(safe_name(name, kind[0], otherwise="evidence"), kind[1], content)


def from_base64(name: str, text: str) -> CheckedFile:
    if len(text) > MAX_BASE64_CHARS:
        raise EvidenceFileRefused("A file of evidence has at most 1 MB, and is not empty.", param="files")
    try:
        return checked_file(name, base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise EvidenceFileRefused("`content` is not Base64.", param="files") from error


def refuse_card_numbers_in(*texts: str) -> None:
    if any(holds_card_number(text) for text in texts):
        raise DisputeRefused("This seems to hold a card number: take it out and send it again.", param="evidence")
