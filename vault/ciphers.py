"""Sealing one value: AES-256-GCM with a key of its own for each column, bound to the row it stands in."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.errors import SealBroken

# Random nonces of 96 bits: NIST SP 800-38D, 8.3 allows 2**32 values under one key, and each column has its own.
NONCE_BYTES = 12
SECRET_BYTES = 32


def derive(secret: bytes, label: str) -> bytes:
    """The 32-byte key for one purpose (`app.Model.field`), by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=None, info=label.encode()).derive(secret)


def column_cipher(secret: bytes, label: str) -> AESGCM:
    return AESGCM(derive(secret, label))


def sealed_token(cipher: AESGCM, *, kind: str, version: str, label: str, row: str, text: str) -> str:
    """`text` as a token `<kind>.<version>.<base64url of nonce, ciphertext and tag>` that opens for this column and row only."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    body = nonce + cipher.encrypt(nonce, text.encode("utf-8", "surrogatepass"), _bound_to(label, row, version))
    return f"{kind}.{version}.{urlsafe_b64encode(body).decode().rstrip('=')}"


def split_token(token: str, *, kind: str, label: str) -> tuple[str, str]:
    """The version and the body of a token of this kind; SealBroken if it is none."""
    found, _, rest = token.partition(".")
    version, _, body = rest.partition(".")
    if found != kind or not version or not body:
        raise SealBroken(f"A value of {label} is not sealed as it must be.")
    return version, body


def opened_text(cipher: AESGCM, body: str, *, version: str, label: str, row: str) -> str:
    """The text inside; SealBroken if it was changed, or sealed for another column or row."""
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        clear = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(label, row, version))
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"A value of {label} does not open: it was changed, or belongs to another row.") from error
    return clear.decode("utf-8", "surrogatepass")


def _bound_to(label: str, row: str, version: str) -> bytes:
    return "\n".join((label, row, version)).encode()
