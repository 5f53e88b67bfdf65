"""What a list would change: pure, so that the look before and the deed itself cannot differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, TypeVar

from checkout.bins.reading import Range

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Comparison(Generic[K]):
    """added: without one before. changed: (key before, before, after) of the same digits. ended: (key, range). same: how many stay.

    Of each range that comes, `valid_from` is a day.
    """

    added: tuple[Range, ...]
    changed: tuple[tuple[K, Range, Range], ...]
    ended: tuple[tuple[K, Range], ...]
    same: int

    @property
    def counts(self) -> dict[str, int]:
        return {"added": len(self.added), "changed": len(self.changed), "ended": len(self.ended), "same": self.same}

    def lines(self, most: int) -> list[list[Any]]:
        """[what, from, to, before, after] of the first `most` changes, what ends first."""
        found = [["ended", gone.bin_from, gone.bin_to, _told(gone), ""] for _, gone in self.ended]
        found += [["changed", after.bin_from, after.bin_to, _told(before), _told(after)] for _, before, after in self.changed]
        found += [["added", new.bin_from, new.bin_to, "", _told(new)] for new in self.added]
        return found[:most]


def compare(before: Mapping[K, Range], after: Iterable[Range], *, today: date) -> Comparison[K]:
    """What makes `before` into `after`. A range without a first day keeps the one that it has, or begins today."""
    known: dict[tuple[int, int], dict[K, Range]] = defaultdict(dict)
    for key, one in before.items():
        known[one.span][key] = one
    same, left_over = 0, []
    for new in after:
        there = known[new.span]
        if twins := [key for key, old in there.items() if _is_same(old, new)]:
            del there[twins[0]]
            same += 1
        else:
            left_over.append(new)
    added, changed = [], []
    for new in left_over:
        dated = replace(new, valid_from=new.valid_from or today)
        if known[new.span]:
            changed.append((*known[new.span].popitem(), dated))
        else:
            added.append(dated)
    ended = [(key, one) for ones in known.values() for key, one in ones.items()]
    return Comparison(tuple(added), tuple(changed), tuple(ended), same)


def _is_same(old: Range, new: Range) -> bool:
    return old == (new if new.valid_from else replace(new, valid_from=old.valid_from))


def _told(one: Range) -> str:
    """What a range tells, in one line."""
    flag = ", takes the flag" if one.auto_sub else ""
    days = (
        f", {one.valid_from or '…'} to {one.valid_to}" if one.valid_to else f", from {one.valid_from}" if one.valid_from else ""
    )
    return f"{one.network} {one.account_kind}{flag}{days}"
