"""Logos: judged by what they hold, bounded before they are decoded, and drawn anew, so that nothing of the file itself is ever shown.

Typst draws them: it is here for receipts, decodes in memory-safe code, and runs no script. SVG is not taken: it can carry one.
"""

from __future__ import annotations

import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typst

from merchants.errors import LogoRefused

MAX_BYTES: Final = 1_000_000
LARGEST_SIDE: Final = 4096  # px: a decoded image of this size is 64 MB
SMALLEST_SIDE: Final = 16
BOX: Final = (240, 80)  # CSS pixels into which it is fitted; drawn at twice as many
JPEG_SIZES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # start of frame, all kinds (ITU-T T.81, table B.1)


@dataclass(frozen=True, slots=True)
class Logo:
    """png: the image at two pixels a CSS pixel; width, height: CSS pixels."""

    png: bytes
    width: int
    height: int


def redrawn(content: bytes) -> Logo:
    """The logo as we show it. Raises LogoRefused with what would mend it."""
    if not 0 < len(content) <= MAX_BYTES:
        raise LogoRefused("A logo has at most 1 MB, and is not empty.")
    kind, size = _kind_and_size(content)
    if size is None:
        raise LogoRefused("This file cannot be read as an image: save it as PNG or JPEG and send it again.")
    if max(size) > LARGEST_SIDE:
        raise LogoRefused(f"The image is {size[0]} × {size[1]} pixels: make it at most {LARGEST_SIDE} on each side.")
    if min(size) < SMALLEST_SIDE:
        raise LogoRefused(f"The image is {size[0]} × {size[1]} pixels: too small to be seen.")
    scale = min(BOX[0] / size[0], BOX[1] / size[1])
    width, height = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return Logo(_drawn(content, kind, width, height), width, height)


def _drawn(content: bytes, kind: str, width: int, height: int) -> bytes:
    page = f'#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)\n#image("logo.{kind}", width: 100%, height: 100%)'
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"logo.{kind}").write_bytes(content)
        (Path(folder) / "main.typ").write_text(page, "utf-8")
        try:
            return bytes(typst.compile(f"{folder}/main.typ", root=folder, format="png", ppi=144))
        except typst.TypstError as broken:
            raise LogoRefused("This file cannot be read as an image: save it as PNG or JPEG and send it again.") from broken


def _kind_and_size(content: bytes) -> tuple[str, tuple[int, int] | None]:
    """(png, jpg or webp, (width, height) as the file's head says; None if it does not)."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png", struct.unpack(">II", content[16:24]) if content[12:16] == b"IHDR" and len(content) > 24 else None
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg", _jpeg_size(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp", _webp_size(content)
    raise LogoRefused("A logo is a PNG, JPEG or WebP image; SVG is not taken, since it can carry programs.")


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 if 0xD0 <= marker <= 0xD9 or marker == 0xFF else 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """Source: RFC 9649, sections 2.5 to 2.7."""
    form, body = content[12:16], content[20:30]
    if len(body) < 10:
        return None
    if form == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if form == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None
