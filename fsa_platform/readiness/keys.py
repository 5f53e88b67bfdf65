"""Are the keys in force secret, strong, and made for this deployment?"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any, Final

FEWEST_CHARS, FEWEST_DIFFERENT = 50, 12
KEY_BYTES, FEWEST_DIFFERENT_BYTES = 32, 16  # 32 random bytes have fewer than 16 different ones never in practice
KNOWN_WORDS: Final = ("for-types-only", "django-insecure", "change-me", "changeme", "secret")


def weak_secret_key(conf: Any) -> str:
    key = str(conf.SECRET_KEY)
    if len(key) < FEWEST_CHARS or len(set(key)) < FEWEST_DIFFERENT or key.lower().startswith(KNOWN_WORDS):
        return "SECRET_KEY can be guessed: it is short, monotonous or a known word."
    return ""


def sandbox_keys(conf: Any) -> str:
    """Those that a sandbox made for itself and wrote beside its data."""
    made = _made_by_sandbox(Path(conf.DATA_DIR), Path(conf.BASE_DIR) / ".run")
    used = {str(conf.SECRET_KEY), *map(str, conf.FIELD_ENCRYPTION_KEY)}
    return "SECRET_KEY or FIELD_ENCRYPTION_KEY is one that a sandbox made for itself." if used & made else ""


def weak_field_keys(conf: Any) -> str:
    keys = [str(key) for key in conf.FIELD_ENCRYPTION_KEY]
    if not keys:
        return "FIELD_ENCRYPTION_KEY is empty."
    if any(not _is_strong(key) for key in keys):
        return "FIELD_ENCRYPTION_KEY has a key that is not 32 random bytes in URL-safe base 64."
    return "FIELD_ENCRYPTION_KEY has the same key twice." if len(set(keys)) < len(keys) else ""


def one_key_for_both(conf: Any) -> str:
    if str(conf.SECRET_KEY) in map(str, conf.FIELD_ENCRYPTION_KEY):
        return "SECRET_KEY and FIELD_ENCRYPTION_KEY are the same key."
    return ""


def _is_strong(written: str) -> bool:
    try:
        key = base64.urlsafe_b64decode(written)
    except (binascii.Error, ValueError):
        return False
    return len(key) == KEY_BYTES and len(set(key)) >= FEWEST_DIFFERENT_BYTES


def _made_by_sandbox(*folders: Path) -> set[str]:
    made: set[str] = set()
    for folder in folders:
        try:
            made |= {str(value) for value in json.loads((folder / "secrets.json").read_text()).values()}
        except (OSError, ValueError):
            continue
    return made
