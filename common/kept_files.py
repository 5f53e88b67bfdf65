"""Files that people hand in: how the kinds that are kept begin, and names that are safe everywhere."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
PDF: Final = b"%PDF-"
_UNSAFE: Final = re.compile(r"[^\w .()+-]")


def safe_name(name: str, extension: str, *, otherwise: str, longest: int = 80) -> str:
    """The last part of a path, without anything that a file system, a header or a person could misread.

    extension: by what the file holds, not by its name. otherwise: where nothing of the name is left. longest: in characters, without
    the extension.
    """
    last = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    stem = " ".join(_UNSAFE.sub("_", last.rpartition(".")[0] or last).split()).strip(". _")[:longest]
    return f"{stem or otherwise}.{extension}"
