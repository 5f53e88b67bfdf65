"""Reports that nobody has acknowledged, on the disk, and the numbers that name them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_KEPT = 50_000  # reports: five days at one every ten seconds
Name = tuple[int, int]  # boot, seq

SCHEMA = """
    CREATE TABLE IF NOT EXISTS report (boot INTEGER, seq INTEGER, urgent INTEGER, body TEXT, PRIMARY KEY (boot, seq)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS start (boot INTEGER PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One report as it is sent."""

    name: Name
    body: dict[str, Any]


class Buffer:
    """One file. `boot` grows with each start, `seq` with each report of it; both survive a power cut (SQLite, fully synchronous)."""

    def __init__(self, path: Path | str, *, most: int = MOST_KEPT) -> None:
        self.most = most
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.executescript(SCHEMA)
        (last,) = self._file.execute("SELECT max(coalesce((SELECT max(boot) FROM start), 0), 0)").fetchone()
        self.boot = last + 1
        self._file.execute("DELETE FROM start")
        self._file.execute("INSERT INTO start VALUES (?)", [self.boot])
        self.seq = 0
        self.thrown_away = 0

    def __len__(self) -> int:
        return int(self._file.execute("SELECT count(*) FROM report").fetchone()[0])

    def add(self, values: dict[str, Any]) -> Name:
        """Keep one report, named and dated, until it is acknowledged. Where the buffer is full, the oldest that is not urgent goes."""
        self.seq += 1
        is_urgent = bool(
            values.get("urgent")
            or values.get("tamper")
            or values.get("going_down")
            or values.get("events")
            or values.get("command_results")
        )
        body = {"v": 1, "boot": self.boot, "seq": self.seq, "at": time.time_ns() // 1_000_000, **values}
        self._file.execute("INSERT INTO report VALUES (?, ?, ?, ?)", [self.boot, self.seq, is_urgent, json.dumps(body)])
        self._make_room()
        return self.boot, self.seq

    def skip(self) -> Name:
        """A name that no report of this buffer will have, for one that somebody else sends."""
        self.seq += 1
        return self.boot, self.seq

    def after(self, name: Name, most: int) -> list[Kept]:
        """The oldest reports whose names are greater, at most so many."""
        rows = self._file.execute(
            "SELECT boot, seq, body FROM report WHERE (boot, seq) > (?, ?) ORDER BY boot, seq LIMIT ?", [*name, most]
        )
        return [Kept((boot, seq), json.loads(body)) for boot, seq, body in rows]

    def forget(self, names: Iterable[Name]) -> None:
        """They are stored, or refused for good. Safe to repeat."""
        self._file.executemany("DELETE FROM report WHERE boot = ? AND seq = ?", names)

    def close(self) -> None:
        self._file.close()

    def _make_room(self) -> None:
        over = len(self) - self.most
        if over > 0:
            self._file.execute(
                "DELETE FROM report WHERE (boot, seq) IN (SELECT boot, seq FROM report ORDER BY urgent, boot, seq LIMIT ?)",
                [over],
            )
            self.thrown_away += over
