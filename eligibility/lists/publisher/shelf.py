"""The shelf: a folder with every version that was published. It remembers itself, so that a restart publishes on."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any, Final

from eligibility.lists.manifest import Entry, Index
from eligibility.lists.publisher import keys
from eligibility.lists.publisher.files import Facts, entry_of, lay_file, lay_index, replace_file
from eligibility.lists.publisher.months import Tick, Timeline

LIST_ID: Final = "sandbox-epl"
NAME: Final = "Sandbox eligible-product list"


class ShelfUnusable(Exception):
    """The folder holds something else; the message says what mends it."""


class Shelf:
    """folder/public is what the doors serve; keys and memory lie beside it. At least one month is to be published before it is read."""

    def __init__(self, folder: Path, *, n: int, seed: int = 1) -> None:
        self.folder, self.public, self.before = folder, folder / "public", folder / "before"
        self.public.mkdir(parents=True, exist_ok=True)
        self.key = keys.signing_key(folder)
        self.lock = RLock()
        self.timeline = Timeline(seed=seed, n=n)
        self.ticks: list[Tick] = []
        self._made = {"seed": seed, "n": n}
        self._entries: list[Entry] = []
        self._published_at: datetime | None = None
        self._remember()

    @property
    def public_key(self) -> str:
        return keys.public_key(self.key)

    @property
    def index(self) -> Index:
        if self._published_at is None:
            raise ShelfUnusable("Nothing is published yet: publish a month first.")
        return Index(LIST_ID, NAME, self._published_at, tuple(self._entries))

    # --- What a publisher does ---

    def publish_month(self, month: date, *, published_at: datetime) -> int:
        """Publish that month's version, full and as delta; returns its sequence. A known month is left as it is."""
        with self.lock:
            version = f"{month:%Y-%m}"
            for sequence, tick in enumerate(self.ticks, start=1):
                if tick.version == version:
                    return sequence
            return self._publish(Tick(version, month.replace(day=1), is_hot_fix=False), published_at)

    def publish_next_month(self, *, published_at: datetime) -> int:
        """The month after the newest."""
        return self.publish_month(self.next_month, published_at=published_at)

    def publish_hot_fix(self, *, published_at: datetime, effective_date: date | None = None) -> int:
        """A delta between two months, in force from that day (today), but not before the version that it follows."""
        with self.lock:
            month = self.next_month - timedelta(days=1)
            fixes = sum(tick.is_hot_fix and tick.version.startswith(f"{month:%Y-%m}.") for tick in self.ticks)
            day = max(effective_date or published_at.date(), self.ticks[-1].effective_date)
            tick = Tick(f"{month:%Y-%m}.{fixes + 1}", day, is_hot_fix=True)
            return self._publish(tick, published_at)

    def withdraw(self, version: str, *, published_at: datetime) -> bool:
        """Take a version from the index; its files stay. False: it was not there. A later version counts on from it."""
        with self.lock:
            left = [entry for entry in self._entries if entry.version != version]
            is_there = len(left) < len(self._entries)
            if is_there:
                self._entries = left
                self._lay(published_at)
            return is_there

    @property
    def next_month(self) -> date:
        months = [tick.effective_date for tick in self.ticks if not tick.is_hot_fix]
        if not months:
            raise ShelfUnusable("Nothing is published yet: publish a month first.")
        return (months[-1] + timedelta(days=32)).replace(day=1)

    def facts(self, sequence: int, kind: Any, *, published_at: datetime) -> Facts:
        tick = self.ticks[sequence - 1]
        follows = sequence - 1 if kind == "delta" else None
        return Facts(LIST_ID, tick.version, sequence, kind, follows, published_at, tick.effective_date)

    # --- Inside ---

    def _publish(self, tick: Tick, published_at: datetime) -> int:
        if self.ticks and tick.version < self.ticks[-1].version:
            raise ShelfUnusable(f"{tick.version} comes before {self.ticks[-1].version}, which is published.")
        sequence = self.timeline.advance(tick)
        self.ticks.append(tick)
        made = []
        if not tick.is_hot_fix:
            facts = self.facts(sequence, "full", published_at=published_at)
            made.append(lay_file(self.public, self.timeline.full(sequence), facts, "csv"))
        if sequence > 1:
            facts = self.facts(sequence, "delta", published_at=published_at)
            made.append(lay_file(self.public, self.timeline.delta(sequence), facts, "jsonl"))
        self._entries += made
        self._lay(published_at)
        return sequence

    def _lay(self, published_at: datetime) -> None:
        """Remember first, then show: what was shown is never forgotten. The moment never goes back."""
        self._published_at = max(published_at, self._published_at or published_at)
        ticks = [asdict(tick) | {"effective_date": tick.effective_date.isoformat()} for tick in self.ticks]
        memory = self._made | {
            "published_at": self._published_at.isoformat(),
            "ticks": ticks,
            "entries": [asdict(e) for e in self._entries],
        }
        replace_file(self.folder / "shelf.json", json.dumps(memory, indent=1).encode())
        lay_index(self.public, self.index, self.key, before=self.before)

    def _remember(self) -> None:
        path = self.folder / "shelf.json"
        if not path.exists():
            return
        memory = json.loads(path.read_bytes())
        if {name: memory[name] for name in self._made} != self._made:
            raise ShelfUnusable(
                f"{self.folder} holds a list of {memory['n']:,} items, seed {memory['seed']}: remove the folder, or name another."
            )
        for said in memory["ticks"]:
            tick = Tick(said["version"], date.fromisoformat(said["effective_date"]), said["is_hot_fix"])
            self.timeline.advance(tick)
            self.ticks.append(tick)
        self._entries = [entry_of(said) for said in memory["entries"]]
        self._published_at = datetime.fromisoformat(memory["published_at"])
        lay_index(self.public, self.index, self.key, before=self.before)
