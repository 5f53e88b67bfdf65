"""Letters signed elsewhere, as they come in: a PDF in Base64."""

from __future__ import annotations

import base64
import binascii

from eligibility.letters.errors import LetterDocumentInvalid

MAX_BYTES = 1_000_000  # with Base64's third on top it fits the API's limit of a body
HEAD, TAIL = b"%PDF-", b"%%EOF"
TAIL_WITHIN = 2048  # scanners add a few bytes after the end


def checked_pdf(written: str) -> bytes:
    """The PDF's bytes. Raises LetterDocumentInvalid for what is no Base64, too large, no PDF, locked, or brings programs along."""
    try:
        data = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LetterDocumentInvalid("The document is not Base64.", param="document") from error
    if len(data) > MAX_BYTES:
        raise LetterDocumentInvalid(
            f"The document is larger than {MAX_BYTES:,} bytes: scan it in grey, at 200 dpi.", param="document"
        )
    if not data.startswith(HEAD) or TAIL not in data[-TAIL_WITHIN:]:
        raise LetterDocumentInvalid("The document is not a whole PDF.", param="document")
    if b"/Encrypt" in data:
        raise LetterDocumentInvalid("The PDF is locked with a password: send it without one.", param="document")
    if any(name in data for name in (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile")):
        raise LetterDocumentInvalid(
            "The PDF brings programs or files along: print it into a new PDF and send that.", param="document"
        )
    return data


def packed(data: bytes) -> str:
    """As a sealed column keeps it."""
    return base64.b64encode(data).decode()


def unpacked(text: str | None) -> bytes:
    return base64.b64decode(text or "")
