"""Where rankers lie: under their SHA-256, in the store of rule files (RULES_STORE)."""

from __future__ import annotations

from rules.learning.errors import ModelUnreadable
from rules.publishing import files
from rules.publishing.errors import RuleFileUnusable


def keep(content: bytes) -> str:
    """Put the file into the store and return its SHA-256. Safe to repeat. Raises `RuleFileUnusable` where the store refuses."""
    return files.keep(content)


def read(sha256: str) -> bytes:
    """A file's content, checked against its digest; raises ModelUnreadable."""
    try:
        return files.read(sha256)
    except RuleFileUnusable as error:
        raise ModelUnreadable(f"Its file cannot be read: {error.message}") from error
