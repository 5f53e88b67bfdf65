"""The bank's memory: one JSON line for each fact, on the disk before anybody hears of it. It outlives kill -9 and a power cut."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any, BinaryIO

logger = logging.getLogger(__name__)
Fact = dict[str, Any]


class JournalUnusable(Exception):
    """The journal cannot be opened or read. The message says why, in one sentence."""


class Journal:
    """A second process on the same file is refused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = open(path, "a+b", buffering=0, opener=_private)  # noqa: SIM115  the journal closes it
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalUnusable(f"The journal {path} is in use by another process.") from None
        except OSError as refused:
            raise JournalUnusable(f"The journal {path} cannot be opened: {refused.strerror}.") from None

    def facts(self) -> list[Fact]:
        """Everything written so far. A last line cut off by a crash is removed: nobody heard of it."""
        self._file.seek(0)
        lines = self._file.readlines()
        if lines and not lines[-1].endswith(b"\n"):
            logger.warning("journal: the last line was cut off and is dropped")
            self._file.truncate(sum(map(len, lines[:-1])))
            lines.pop()
        return [self._parse(line, number) for number, line in enumerate(lines, start=1)]

    def append(self, *facts: Fact) -> None:
        if facts:
            self._file.write(b"".join(json.dumps(fact, separators=(",", ":")).encode() + b"\n" for fact in facts))
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _parse(self, line: bytes, number: int) -> Fact:
        try:
            fact: Fact = json.loads(line)
        except ValueError:
            raise JournalUnusable(f"Line {number} of the journal {self._path} cannot be read.") from None
        return fact


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
