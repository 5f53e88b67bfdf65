"""One rule's open incidents of more than one terminal, and in which of them each open alert is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.folding.groups import Alike

Index = NDArray[np.intp]
ALONE = 1  # in `home`: it is in an incident of its own; 0: it has no open alert; more: an incident of the book

WINDOW_MS = 60_000  # what began within so long of each other may be one thing
GROWS_MS = 600_000  # an incident takes others in for so long after it began; a store's for as long as it is open


@dataclass
class Wide:
    """An open incident of a group. `peak`: the most alerts that it had open at once."""

    scope: str
    column: str
    value: int
    first_ms: int
    last_ms: int
    peak: int
    elsewhere: int = 0  # open alerts of it that other shards have

    def members(self, alike: Alike, numbers: Index) -> NDArray[np.bool_]:
        codes = np.flatnonzero(alike.keys[self.column] == self.value)
        found: NDArray[np.bool_] = np.isin(alike.codes[self.column][numbers], codes[codes > 0])
        return found

    def takes(self, began_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which alerts, by when they began, may belong to it."""
        if self.scope == "store":
            return began_ms >= self.first_ms - WINDOW_MS
        until = min(self.last_ms + WINDOW_MS, self.first_ms + GROWS_MS)
        return (began_ms >= self.first_ms - WINDOW_MS) & (began_ms <= until)


class Book:
    def __init__(self, size: int) -> None:
        self.home = np.zeros(size, np.int32)
        self.wides: dict[int, Wide] = {}
        self._next = ALONE + 1

    def grow(self, size: int) -> None:
        if size > len(self.home):
            self.home = np.concatenate([self.home, np.zeros(size - len(self.home), np.int32)])

    def find(self, scope: str, column: str, value: int) -> int | None:
        for number, wide in self.wides.items():
            if (wide.scope, wide.column, wide.value) == (scope, column, value):
                return number
        return None

    def begin(self, scope: str, column: str, value: int, began_ms: NDArray[np.int64]) -> int:
        """The incident of a group, open already or from now on."""
        number = self.find(scope, column, value)
        if number is None:
            number, self._next = self._next, self._next + 1
            self.wides[number] = Wide(scope, column, value, int(began_ms.min()), int(began_ms.max()), 0)
        return number

    def put(self, number: int, terminals: Index, began_ms: NDArray[np.int64]) -> None:
        """These alerts are in this incident now."""
        self.home[terminals] = number
        wide = self.wides[number]
        wide.first_ms, wide.last_ms = min(wide.first_ms, int(began_ms.min())), max(wide.last_ms, int(began_ms.max()))
        wide.peak = max(wide.peak, self.open_count(number))

    def open_count(self, number: int) -> int:
        return int((self.home == number).sum()) + self.wides[number].elsewhere

    def clear(self, terminals: Index) -> None:
        """These alerts are over; an incident that has none left is forgotten."""
        touched = np.unique(self.home[terminals])
        self.home[terminals] = 0
        for number in touched[touched > ALONE]:
            if int(number) in self.wides and not self.open_count(int(number)):
                del self.wides[int(number)]

    def forget_elsewhere(self, heard: set[int]) -> None:
        """Other shards have alerts only in these; of the others we keep what has alerts of ours."""
        for number in [number for number, wide in self.wides.items() if wide.elsewhere and number not in heard]:
            self.wides[number].elsewhere = 0
            if not self.open_count(number):
                del self.wides[number]

    def is_growing(self, number: int) -> bool:
        """An incident of which most is over takes nobody in any more."""
        return 2 * self.open_count(number) >= self.wides[number].peak
