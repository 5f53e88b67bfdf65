"""What stands behind the numbers of a directory: names to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


class Words:
    """Numbers words that many terminals share, as they come; 0 is no word. The numbers hold within this process alone."""

    def __init__(self) -> None:
        self.words: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}

    def number(self, word: str) -> int:
        found = self._numbers.get(word)
        if found is None:
            found = self._numbers[word] = len(self.words)
            self.words.append(word)
        return found

    def numbers(self, words: Sequence[str]) -> list[int]:
        """The number of each of many words, most of which are the same few."""
        for word in dict.fromkeys(words):
            self.number(word)
        return list(map(self._numbers.__getitem__, words))

    def __getitem__(self, number: int) -> str:
        return self.words[number]

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    expected_firmware: str
    expected_app: str


@dataclass(slots=True)
class Names:
    """What stands behind numbers. Words by number; stores, merchants and groups by primary key; the rest by terminal."""

    region: Words = field(default_factory=Words)
    model: Words = field(default_factory=Words)
    operator: Words = field(default_factory=Words)
    firmware: Words = field(default_factory=Words)
    app: Words = field(default_factory=Words)
    merchants: dict[int, str] = field(default_factory=dict)
    merchant_ids: dict[int, str] = field(default_factory=dict)
    stores: dict[int, str] = field(default_factory=dict)
    store_ids: dict[int, str] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    label: list[str] = field(default_factory=list)  # by terminal: as people call it, or its serial
    serial: list[str] = field(default_factory=list)
    public_id: list[str] = field(default_factory=list)
    tags: list[Sequence[str]] = field(default_factory=list)
