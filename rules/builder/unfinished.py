"""Drafts that are not whole yet: what can be said of them already, and what they lack, in the words of the form."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.definition.parse import parse
from rules.definition.tree import Definition
from rules.errors import Complaint, DefinitionInvalid

ROUNDS: Final = 4  # taking a part out may show that its group lacks something
ITEM: Final = re.compile(r".*\.(?:all|any|none|terms)\[\d+\]")  # a condition, a group or a score term: the innermost
STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
STAND_INS: Final[Mapping[str, Any]] = {
    "title": "…", "body": "…", "category": "insight", "audience": ["person", "shopper", "merchant"], "conditions": {"all": []},
}  # fmt: skip
MISSING: Final = "This is missing."
# What the form calls what is missing, by the last name of its path.
ASKS: Final[Mapping[str, str]] = {
    "field": "Choose a field.", "value": "Type a value.", "low": "Type where it begins.", "high": "Type where it ends.", "points": "Type how many points it gives.",
    "test": "Choose how it is compared.", "values": "Choose at least one.", "category": "Choose a category.", "audience": "Choose at least one audience.",
    "channels": "Choose at least one channel.", "title": "Write the title.", "body": "Write the text.",
}  # fmt: skip
PROGRAMS: Final = (
    "Give an object",
    "Give a list",
    "Name a field",
    "Give a number.",
    "Take one of",
    "Give at least one",
    "Write what the customer",
    MISSING,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """definition: of what is whole, None where nothing can be said; left_out: parts that are unfinished."""

    definition: Definition | None
    complaints: tuple[Complaint, ...] = ()
    left_out: int = 0

    @property
    def is_whole(self) -> bool:
        return self.definition is not None and not self.complaints


def read_unfinished(draft: Mapping[str, Any]) -> Reading:
    """A draft as far as it is finished: conditions and score terms with faults are left out, missing texts stand in."""
    try:
        return Reading(parse(draft))
    except DefinitionInvalid as fault:
        complaints = fault.complaints
    rest: dict[str, Any] = copy.deepcopy(dict(draft))
    taken: set[str] = set()
    faults: Sequence[Complaint] = complaints
    for _ in range(ROUNDS):
        taken |= _take_out(rest, faults)
        try:
            return Reading(parse(rest), _in_words(draft, complaints), len(taken))
        except DefinitionInvalid as fault:
            faults = fault.complaints
    return Reading(None, _in_words(draft, complaints), len(taken))


def _take_out(rest: dict[str, Any], complaints: Sequence[Complaint]) -> set[str]:
    """Take what is complained of out of the draft; returns the paths of the conditions and terms that went."""
    items = {found[0] for each in complaints if (found := ITEM.match(each.path))}
    for path in sorted(items, key=_steps, reverse=True):  # from the end, so that the places before stay true
        _remove(rest, path)
    for each in complaints:
        if each.path and not ITEM.match(each.path):
            rest.pop(str(_steps(each.path)[0]), None)
    for name, value in STAND_INS.items():
        rest.setdefault(name, value)
    if items and isinstance(rest["conditions"], dict):
        rest["conditions"] = _without_empty(rest["conditions"])
    return items


def _without_empty(group: dict[str, Any]) -> dict[str, Any]:
    """Groups that lost all their conditions say nothing; left in, they would say “never”."""
    match, listed = next(iter(group.items()), ("all", []))
    if match not in {"all", "any", "none"} or not isinstance(listed, list):
        return group
    kept = [one if not isinstance(one, dict) or "field" in one else _without_empty(one) for one in listed]
    kept = [one for one in kept if not isinstance(one, dict) or any(one.values())]
    return {match: kept} if kept else {"all": []}


def _steps(path: str) -> list[Any]:
    return [int(place) if place else name for name, place in STEP.findall(path)]


def _remove(rest: dict[str, Any], path: str) -> None:
    *way, last = _steps(path)
    holder: Any = rest
    try:
        for step in way:
            holder = holder[step]
        del holder[last]
    except (KeyError, IndexError, TypeError):
        return


def _in_words(draft: Mapping[str, Any], complaints: Sequence[Complaint]) -> tuple[Complaint, ...]:
    return tuple(Complaint(each.path, friendly(each)) for each in complaints)


def is_open(complaint: Complaint) -> bool:
    """Whether it asks for what nobody filled in yet, rather than saying that something is wrong."""
    return complaint.message in ASKS.values()


def friendly(complaint: Complaint) -> str:
    """What a form would say: it has no braces, and its fields have other names than JSON's."""
    name = re.sub(r"\[\d+\]", "", complaint.path).rpartition(".")[2]
    if complaint.message.startswith(PROGRAMS) and name in ASKS:
        return ASKS[name]
    if complaint.message == "There is no such field.":
        return ASKS["field"]
    return complaint.message
