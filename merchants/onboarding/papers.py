"""Papers of applicants: small, of three kinds, judged by what they hold and never opened here."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from common.kept_files import JPEG, PDF, PNG, safe_name
from merchants.errors import PaperRefused

MAX_BYTES: Final = 5_000_000
MOST: Final = 30  # papers of one application
ENDS: Final = {"png": b"IEND", "jpg": b"\xff\xd9", "pdf": b"%%EOF"}  # near the end of a whole file
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
HEX = re.compile(rb"#([0-9A-Fa-f]{2})")  # how a PDF may write any letter of a name


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that may be kept, under a name that is safe everywhere."""

    title: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def base64(self) -> str:
        return base64.b64encode(self.content).decode()


def checked_paper(name: str, content: bytes) -> Paper:
    """Judge a file by what it holds. Raises PaperRefused with what would mend it."""
    if not content:
        raise PaperRefused("The file is empty: choose another one.", param="file")
    if len(content) > MAX_BYTES:
        raise PaperRefused(f"The file is larger than {MAX_BYTES // 1_000_000} MB: scan it smaller.", param="file")
    kind = _kind(content)
    if kind is None:
        raise PaperRefused("This is no PDF, PNG or JPEG: save it as one of these.", param="file")
    if ENDS[kind] not in content[-2048:]:
        raise PaperRefused("The file is cut off: save it anew and send it again.", param="file")
    if kind == "pdf" and ACTIVE.search(HEX.sub(lambda found: bytes.fromhex(found[1].decode()), content)):
        raise PaperRefused("The PDF holds a script or another file: print it to a new PDF and send that.", param="file")
    return Paper(safe_name(name, kind, otherwise="document"), TYPES[kind], content)


def _kind(content: bytes) -> str | None:
    if content.startswith(PNG) and content[12:16] == b"IHDR":
        return "png"
    if content.startswith(JPEG):
        return "jpg"
    return "pdf" if content.startswith(PDF) else None
