"""What may be kept as evidence: small files of known kinds, looked into before they are kept, and never unpacked here."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass

from common.kept_files import JPEG, PDF, PNG, safe_name
from compliance.errors import EvidenceRefused

MAX_BYTES = 5_000_000
MAX_PIXELS = 50_000_000  # a screen of 8K has 33 million; a picture of more is a trap for whoever opens it
MAX_UNPACKED_BYTES, MAX_MEMBERS, MAX_RATIO = 50_000_000, 500, 100
LONGEST_NAME = 100
ZIP = b"PK\x03\x04"
TEXT_KINDS = {"txt": "text/plain", "csv": "text/csv", "json": "application/json", "md": "text/markdown", "log": "text/plain"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept, under a name that is safe everywhere."""

    name: str
    content_type: str
    content: bytes


def checked(name: str, content: bytes) -> Checked:
    """Judge a file by what it holds; its name only chooses among kinds of text. EvidenceRefused says why not."""
    if not content:
        raise EvidenceRefused("The file is empty.")
    if len(content) > MAX_BYTES:
        raise EvidenceRefused(f"The file is larger than {MAX_BYTES // 1_000_000} MB: keep it where it is, and add a link.")
    extension, content_type = _kind(name, content)
    return Checked(_safe_name(name, extension), content_type, content)


def _safe_name(name: str, extension: str) -> str:
    return safe_name(name, extension, otherwise="evidence", longest=LONGEST_NAME - 10)


def _kind(name: str, content: bytes) -> tuple[str, str]:
    if content.startswith(PNG):
        _check_pixels(*_png_size(content))
        return "png", "image/png"
    if content.startswith(JPEG):
        _check_pixels(*_jpeg_size(content))
        return "jpg", "image/jpeg"
    if content.startswith(PDF):
        return "pdf", "application/pdf"
    if content.startswith(ZIP):
        _check_archive(content)
        return "zip", "application/zip"
    extension = name.rpartition(".")[2].lower()
    if extension in TEXT_KINDS and _is_text(content):
        return extension, TEXT_KINDS[extension]
    raise EvidenceRefused("Evidence is a PDF, PNG, JPEG, ZIP, or a text as .txt, .csv, .json, .md or .log in UTF-8.")


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _check_pixels(width: int, height: int) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise EvidenceRefused(f"The picture has {width} by {height} pixels: at most {MAX_PIXELS:,} in all are kept.")


def _png_size(content: bytes) -> tuple[int, int]:
    if len(content) < 24 or content[12:16] != b"IHDR":
        raise EvidenceRefused("The picture is damaged.")
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """From the start-of-frame segment: markers 0xC0 to 0xCF, but for 0xC4, 0xC8 and 0xCC (ITU-T T.81)."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return int(width), int(height)
        place += 2 + max(length, 2)
    raise EvidenceRefused("The picture is damaged.")


def _check_archive(content: bytes) -> None:
    """By its list of contents alone: nothing is unpacked."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise EvidenceRefused("The archive is damaged.") from error
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * len(content):
        raise EvidenceRefused("The archive would unpack to too much.")
    for member in members:
        name = member.filename.replace("\\", "/")
        if member.flag_bits & 1:
            raise EvidenceRefused("The archive is locked with a password.")
        if name.startswith("/") or ".." in name.split("/") or ":" in name:
            raise EvidenceRefused("The archive names files outside of itself.")
        if name.lower().endswith((".zip", ".jar", ".gz", ".7z", ".exe", ".js", ".html", ".svg")):
            raise EvidenceRefused(f"The archive holds “{_safe_name(name, 'file')}”, a kind that is not kept.")
