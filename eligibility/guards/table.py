"""The table of guards, read and checked once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from eligibility.guards.conditions import Condition, pattern_of
from eligibility.taxonomy import Category, taxonomy
from eligibility.text import normalise

GUARDS_PATH = Path(__file__).resolve().parents[1] / "data" / "guards.json"
FIELDS = {"id", "category", "has", "citation", "explanation", "matches", "spares"}
OPTIONAL = {"beside", "lacks"}


class GuardsBroken(ValueError):
    """A guard of the table contradicts itself, its examples or the taxonomy."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One rule of law that a title's words decide."""

    id: str  # stable: stored with decisions
    category: Category  # what the item then is; the status follows from it
    condition: Condition
    citation: str
    explanation: str  # one sentence for a shopper
    matches: tuple[str, ...]  # titles it is for
    spares: tuple[str, ...]  # titles that look alike and are not its business


@lru_cache(maxsize=1)
def guards() -> tuple[Guard, ...]:
    """The guards that this release ships, in the order in which they are asked."""
    return load_guards(GUARDS_PATH)


def guard_for(text: str) -> Guard | None:
    """The first guard that knows what a title is; None where none does. `text` is normalised."""
    lower = text.lower()
    if not _any_word().search(lower):
        return None
    return next((guard for guard in guards() if guard.condition.is_met(lower)), None)


@lru_cache(maxsize=1)
def _any_word() -> Any:
    """One look tells most titles that no guard is for them."""
    return pattern_of([phrase for guard in guards() for phrase in guard.condition.has])


def load_guards(path: Path) -> tuple[Guard, ...]:
    """Read and check a table; raises GuardsBroken with the guard that is wrong."""
    found = tuple(_guard(row) for row in json.loads(path.read_text("utf-8")))
    if len({guard.id for guard in found}) != len(found):
        raise GuardsBroken("Two guards have the same id.")
    return found


def _guard(row: dict[str, Any]) -> Guard:
    name = row.get("id", "?")
    if missing := FIELDS - row.keys():
        raise GuardsBroken(f"{name}: {', '.join(sorted(missing))} is missing.")
    if strange := row.keys() - FIELDS - OPTIONAL:
        raise GuardsBroken(f"{name}: {', '.join(sorted(strange))} is not known.")
    if empty := [field for field in sorted(FIELDS) if not row[field]]:
        raise GuardsBroken(f"{name}: {', '.join(empty)} is empty.")
    category = taxonomy().by_code.get(row["category"])
    if category is None:
        raise GuardsBroken(f"{name}: the taxonomy has no category “{row['category']}”.")
    condition = Condition(*(tuple(row.get(field, ())) for field in ("has", "beside", "lacks")))
    guard = Guard(name, category, condition, row["citation"], row["explanation"], tuple(row["matches"]), tuple(row["spares"]))
    _refuse_its_own_examples(guard)
    return guard


def _refuse_its_own_examples(guard: Guard) -> None:
    for title in guard.matches:
        if not guard.condition.is_met(normalise(title).lower()):
            raise GuardsBroken(f"{guard.id}: it does not match its example “{title}”.")
    for title in guard.spares:
        if guard.condition.is_met(normalise(title).lower()):
            raise GuardsBroken(f"{guard.id}: it matches “{title}”, which it must spare.")
