"""The host's memory on disk: one JSON line per fact, appended before the answer leaves.

A line is handed to the operating system at once, so it outlives the process; a power cut may take some.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import logging
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from checkout.network.host.facts import Fact, from_json, to_json

logger = logging.getLogger(__name__)


class JournalUnusable(Exception):
    """The journal cannot be opened or read. The message says why, in one sentence."""


class Journal:
    """Facts in memory only when `path` is None. A second process on the same file is refused."""

    def __init__(self, path: Path | None) -> None:
        self._file: BinaryIO | None = _open_alone(path) if path else None
        self._salt = _salt_beside(path) if path else secrets.token_bytes(32)
        self._path = path

    def facts(self) -> list[Fact]:
        """Everything written so far. A last line cut off by a crash is removed: its answer never left."""
        if self._file is None:
            return []
        self._file.seek(0)
        lines = self._file.readlines()
        if lines and not lines[-1].endswith(b"\n"):
            logger.warning("journal: the last line was cut off and is dropped")
            self._file.truncate(sum(map(len, lines[:-1])))
            lines.pop()
        return [self._parse(line, number) for number, line in enumerate(lines, start=1)]

    def append(self, fact: Fact) -> None:
        """Write one fact."""
        if self._file is not None:
            self._file.write(json.dumps(to_json(fact), separators=(",", ":")).encode() + b"\n")

    def fingerprint(self, text: str) -> str:
        """Keyed hash of a card number or message: the same within one data folder, of no use in another."""
        return hmac.new(self._salt, text.encode(), hashlib.sha256).hexdigest()[:32]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _parse(self, line: bytes, number: int) -> Fact:
        try:
            return from_json(json.loads(line))
        except (ValueError, KeyError, TypeError):
            raise JournalUnusable(f"Line {number} of the journal {self._path} cannot be read.") from None


def _open_alone(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+b", buffering=0, opener=_private)  # noqa: SIM115  the journal closes it
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise JournalUnusable(f"The journal {path} is in use by another process.") from None
    except OSError as refused:
        raise JournalUnusable(f"The journal {path} cannot be opened: {refused.strerror}.") from None
    return file


def _salt_beside(path: Path) -> bytes:
    salt_path = path.with_name(path.name + ".salt")
    try:
        with open(salt_path, "xb", opener=_private) as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return salt_path.read_bytes()


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
