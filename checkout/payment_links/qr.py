"""A payment link as a QR code: as SVG for screens and print, as PNG for programs that take no SVG."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_MODULES: Final = 4  # ISO/IEC 18004 6.3.8: the white margin without which readers may fail
PNG_SCALE: Final = 12  # px a module: about 500 px for our addresses, enough for 4 cm in print
WHITE, BLACK = b"\xff", b"\x00"


def modules_of(text: str) -> list[list[bool]]:
    """The code's modules, True is dark, with the quiet zone around. Error correction M: 15% may be soiled."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def qr_svg(text: str) -> str:
    """One path on white, scaled by whoever shows it."""
    modules = modules_of(text)
    size = len(modules)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size * 8}" height="{size * 8}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def qr_png(text: str) -> bytes:
    """Greyscale of 8 bits, PNG_SCALE pixels a module."""
    rows = [b"".join((BLACK if dark else WHITE) * PNG_SCALE for dark in row) for row in modules_of(text)]
    side = len(rows) * PNG_SCALE
    pixels = b"".join((b"\x00" + row) * PNG_SCALE for row in rows)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(pixels, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
