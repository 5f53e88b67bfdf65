"""Reads JSON strictly, and goes on after a fault, so that one look tells everything that is wrong."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from rules.errors import Complaint
from rules.fields.values import read_date

NUMBER_LIMIT: Final = 1e15  # beyond it, not every whole number is a double
SHOWN_CHARS: Final = 60
MAX_COMPLAINTS: Final = 100


class Reader:
    """Collects complaints. Each method returns what it read, or None after a complaint."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []

    def say(self, path: str, message: str) -> None:
        if len(self.complaints) < MAX_COMPLAINTS:
            self.complaints.append(Complaint(path, message))

    def object(self, path: str, raw: Any) -> Mapping[str, Any] | None:
        if isinstance(raw, Mapping) and all(isinstance(name, str) for name in raw):
            return raw
        self.say(path, "Give an object, in { }.")
        return None

    def items(self, path: str, raw: Any, most: int) -> list[Any] | None:
        """A list of at most so many."""
        if not isinstance(raw, list | tuple):
            self.say(path, "Give a list, in [ ].")
        elif len(raw) > most:
            self.say(path, f"Give at most {most}: these are {len(raw)}.")
        else:
            return list(raw)
        return None

    def names(self, path: str, raw: Mapping[str, Any], known: Collection[str], needed: Iterable[str] = ()) -> None:
        """Complains of names that mean nothing here, and of those that lack."""
        for name in raw:
            if name not in known:
                self.say(at(path, name), f"This means nothing here{near(name, known)}")
        for name in needed:
            if name not in raw:
                self.say(at(path, name), "This is missing.")

    def number(self, path: str, raw: Any, low: float = -NUMBER_LIMIT, high: float = NUMBER_LIMIT) -> float | None:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or (isinstance(raw, float) and not math.isfinite(raw)):
            self.say(path, "Give a number.")
        elif not low <= raw <= high:
            self.say(path, f"Give a number from {low:,g} to {high:,g}.")
        else:
            return float(raw) + 0.0  # no negative zero, which would be written differently and mean the same
        return None

    def whole(self, path: str, raw: Any, low: int, high: int) -> int | None:
        number = self.number(path, raw, low, high)
        if number is not None and number != int(number):
            self.say(path, "Give a whole number.")
            return None
        return None if number is None else int(number)

    def text(self, path: str, raw: Any, longest: int, *, lines: bool = False) -> str | None:
        if not isinstance(raw, str):
            self.say(path, "Give a text.")
        elif len(raw) > longest:
            self.say(path, f"Give at most {longest} characters: these are {len(raw)}.")
        elif not (raw.replace("\n", "") if lines else raw).isprintable():
            self.say(path, "Take out the characters that cannot be printed.")
        else:
            return raw
        return None

    def one_of(self, path: str, raw: Any, choices: Collection[str]) -> str | None:
        if isinstance(raw, str) and raw in choices:
            return raw
        asked = near(raw, choices) if isinstance(raw, str) else "."
        self.say(path, f"Take one of {', '.join(choices)}{asked}")
        return None

    def flag(self, path: str, raw: Any) -> bool | None:
        if isinstance(raw, bool):
            return raw
        self.say(path, "Give true or false.")
        return None

    def day(self, path: str, raw: Any) -> date | None:
        try:
            return read_date(raw)
        except ValueError:
            self.say(path, "Give a day such as “2026-12-31”.")
            return None


def at(path: str, name: str) -> str:
    return f"{path}.{name[:SHOWN_CHARS]}" if path else name[:SHOWN_CHARS]


def near(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that asks whether a name of ours was meant."""
    close = difflib.get_close_matches(name[:SHOWN_CHARS], list(known), n=1)
    return f": did you mean {close[0]}?" if close else "."
