"""What a list says version after version: full files and the deltas between them, thrown by seed.

A month adds 0.6 % of the list, changes 0.3 % and deletes 0.2 %; some of what it adds begins, and some of what it has ends, on a later
day of that month, and some ends because a product is sold under another GTIN from then on. A hot-fix does a little of it at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from eligibility.lists.layout import STATUSES
from eligibility.lists.publisher.items import LEAST, MOST, Items
from eligibility.lists.records import ADD, CHANGE, DELETE, Record
from eligibility.taxonomy import taxonomy

_NEWS: Final = ("New Look", "Improved Formula", "New Package", "Now Easier to Open")
_LATER_DAYS: Final = (5, 27)  # into the month


@dataclass(frozen=True, slots=True)
class Shares:
    """Of how many of the list's rows one version does what: parts of a million."""

    added: int
    added_later: int
    changed: int
    deleted: int
    ending: int
    replaced: int


MONTH: Final = Shares(added=5_000, added_later=1_000, changed=3_000, deleted=1_500, ending=500, replaced=300)
HOT_FIX: Final = Shares(added=20, added_later=0, changed=40, deleted=20, ending=0, replaced=0)


@dataclass(frozen=True, slots=True)
class Tick:
    """One version. effective_date: the day from which it holds; of a month, its first."""

    version: str
    effective_date: date
    is_hot_fix: bool


class Timeline:
    """A list and all its versions; the first is sequence 1. Only what changed is remembered: rows are made when asked for."""

    def __init__(self, *, seed: int, n: int) -> None:
        if not LEAST <= n <= MOST:
            raise ValueError(f"A list has from {LEAST:,} to {MOST:,} items, not {n:,}.")
        self._seed, self._n, self._items = seed, n, Items(seed=seed)
        # Of each version, by the product's number: the row it has from then on or, of a deletion, had.
        self._turns: list[dict[int, Record]] = []
        self._latest: dict[int, Record] = {}
        self._next = n
        self._categories = [category for category in taxonomy().categories if category.status in STATUSES]

    @property
    def newest(self) -> int:
        return len(self._turns)

    def advance(self, tick: Tick) -> int:
        """Make the next version; returns its sequence."""
        turns: dict[int, Record] = {}
        if self._turns:
            dice = random.Random(f"{self._seed}:{self.newest + 1}")
            self._delete_what_ended(turns, tick)
            self._delete(turns, tick, dice)
            self._change(turns, tick, dice)
            self._end(turns, tick, dice)
            self._replace(turns, tick, dice)
            self._add(turns, tick, dice)
        self._turns.append(turns)
        self._latest |= turns
        return self.newest

    def full(self, sequence: int) -> Iterator[Record]:
        """Every row of the version."""
        latest: dict[int, Record] = {}
        for turns in self._turns[:sequence]:
            latest |= turns
        for number in range(max(self._n, max(latest, default=0) + 1)):
            record = latest.get(number)
            if record is None:
                yield self._items.record(number)
            elif record.change_code != DELETE:
                yield replace(record, change_code=ADD)

    def delta(self, sequence: int) -> Iterator[Record]:
        """What leads from the version before to this one. The first has none."""
        return (record for _, record in sorted(self._turns[sequence - 1].items()))

    def beyond(self, count: int) -> Iterator[Record]:
        """So many products that stand in no version."""
        return (self._items.record(number) for number in range(MOST, MOST + count))

    # --- What a version does ---

    def _delete_what_ended(self, turns: dict[int, Record], tick: Tick) -> None:
        for number, record in self._latest.items():
            last = record.termination_date
            if record.change_code != DELETE and last and last <= tick.effective_date:
                turns[number] = replace(record, change_code=DELETE)

    def _delete(self, turns: dict[int, Record], tick: Tick, dice: random.Random) -> None:
        for number, record in self._some(turns, self._of(tick).deleted, dice):
            turns[number] = replace(record, change_code=DELETE)

    def _change(self, turns: dict[int, Record], tick: Tick, dice: random.Random) -> None:
        for number, record in self._some(turns, self._of(tick).changed, dice):
            turns[number] = replace(self._changed(record, dice), change_code=CHANGE)

    def _end(self, turns: dict[int, Record], tick: Tick, dice: random.Random) -> None:
        for number, record in self._some(turns, self._of(tick).ending, dice):
            turns[number] = replace(record, termination_date=_later(tick, dice), change_code=CHANGE)

    def _replace(self, turns: dict[int, Record], tick: Tick, dice: random.Random) -> None:
        for number, record in self._some(turns, self._of(tick).replaced, dice):
            successor, day = self._new(), _later(tick, dice)
            code = self._items.gtin(successor).zfill(14)
            turns[number] = replace(record, termination_date=day, replaced_by_gtin=code, change_code=CHANGE)
            turns[successor] = replace(record, gtin14=code, description=_renamed(record.description, dice), change_code=ADD)

    def _add(self, turns: dict[int, Record], tick: Tick, dice: random.Random) -> None:
        shares = self._of(tick)
        for is_later in (False, True):
            for _ in range(self._count(shares.added_later if is_later else shares.added)):
                number = self._new()
                begins = _later(tick, dice) if is_later else None
                turns[number] = replace(self._items.record(number), effective_date=begins)

    def _changed(self, record: Record, dice: random.Random) -> Record:
        what = dice.choice(("description", "description", "subcategory", "category"))
        if what == "description":
            return replace(record, description=_renamed(record.description, dice))
        if what == "subcategory":
            return replace(record, subcategory="Miscellaneous" if record.subcategory != "Miscellaneous" else "Other")
        to = dice.choice([category for category in self._categories if category.code != record.category_code])
        return replace(record, category_code=to.code, status=to.status, bucket=to.bucket, rx_flag=to.status == "rx")

    # --- Inside ---

    def _of(self, tick: Tick) -> Shares:
        return HOT_FIX if tick.is_hot_fix else MONTH

    def _count(self, share: int) -> int:
        return max(1, round(self._n * share / 1_000_000)) if share else 0

    def _some(self, turns: dict[int, Record], share: int, dice: random.Random) -> Iterator[tuple[int, Record]]:
        """So many products that stand on the list for good, and with which this version does nothing yet."""
        wanted = self._count(share)
        while wanted:
            number = dice.randrange(self._next)
            record = self._latest.get(number) or (self._items.record(number) if number < self._n else None)
            if number in turns or record is None or record.change_code == DELETE or record.termination_date:
                continue
            yield number, record
            wanted -= 1

    def _new(self) -> int:
        self._next += 1
        return self._next - 1


def _later(tick: Tick, dice: random.Random) -> date:
    return tick.effective_date + timedelta(days=dice.randint(*_LATER_DAYS))


def _renamed(description: str, dice: random.Random) -> str:
    bare, _, said = description.rpartition(" - ") if description.endswith(_NEWS) else (description, "", "")
    return f"{bare} - {dice.choice([news for news in _NEWS if news != said])}"
