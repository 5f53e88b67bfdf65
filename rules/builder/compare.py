"""What differs between two drafts or revisions, in words: condition by condition, term by term, member by member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from rules.builder.names import names_in
from rules.builder.outline import INDENT, MEMBERS, NOTHING, Line, base_words, condition_lines, member_words, term_lines
from rules.builder.unfinished import read_unfinished
from rules.definition.sentences import sentence

SAME: Final = "They say the same."


@dataclass(frozen=True, slots=True)
class Difference:
    """what: the part; before, after: as a person reads it, “–” where there is none."""

    what: str
    before: str
    after: str

    @property
    def words(self) -> str:
        if self.before == NOTHING:
            return f"{self.what} added: {self.after}"
        if self.after == NOTHING:
            return f"{self.what} taken out: {self.before}"
        return f"{self.what}: from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A line of both, for a table: kind is `same`, `changed`, `added` or `removed`."""

    kind: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Everything that a reader of both would meet differently; nothing where they mean the same."""
    names = names_in([before, after])
    found = list(_of_lines("Condition", condition_lines(before, names), condition_lines(after, names)))
    if (old := base_words(before)) != (new := base_words(after)):
        found.append(Difference("Score to begin with", old, new))
    found += _of_lines("Score term", term_lines(before), term_lines(after))
    for name, words in MEMBERS.items():
        old, new = member_words(name, before), member_words(name, after)
        if old != new:
            found.append(Difference(words, old, new))
    return found


def _of_lines(what: str, before: Sequence[Line], after: Sequence[Line]) -> Iterator[Difference]:
    for kind, old, new in _pairs(before, after):
        if kind != "same":
            yield Difference(what, old[1] if old else NOTHING, new[1] if new else NOTHING)


def _pairs(before: Sequence[Line], after: Sequence[Line]) -> Iterator[tuple[str, Line | None, Line | None]]:
    for verb, a, b, c, d in SequenceMatcher(None, list(before), list(after), autojunk=False).get_opcodes():
        for old, new in zip_longest(before[a:b], after[c:d]):
            yield "same" if verb == "equal" else "changed" if old and new else "removed" if old else "added", old, new


def side_by_side(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[SideBySide]:
    """The conditions of both, line by line, nested as they are."""
    names = names_in([before, after])
    pairs = _pairs(condition_lines(before, names), condition_lines(after, names))
    return [SideBySide(kind, _indented(old), _indented(new)) for kind, old, new in pairs]


def _indented(line: Line | None) -> str:
    return INDENT * line[0] + line[1] if line else ""


def sentence_of(draft: Mapping[str, Any]) -> str:
    """The whole rule in English, as far as it is finished."""
    read = read_unfinished(draft)
    return (
        sentence(read.definition, names_in(draft)) if read.definition else "Too little of it is finished to say it in a sentence."
    )


def summary(before: Mapping[str, Any], after: Mapping[str, Any], most: int = 3) -> str:
    """A line for a list: the first differences, and how many more."""
    found = differences(before, after)
    if not found:
        return SAME
    more = len(found) - most
    return "; ".join(one.words for one in found[:most]) + (f"; and {more} more" if more > 0 else "")
