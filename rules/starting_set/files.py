"""Reading the files of the starting set. Strict: a member too many or too few is a fault of the release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rules.definition.parse import parse
from rules.definition.tree import Definition
from rules.fields.values import Values, read_date, read_json

FOLDER: Final = Path(__file__).parent / "snoops"
MEMBERS: Final = ("slug", "name", "family", "basis", "definition", "examples")
EXAMPLE_MEMBERS: Final = ("name", "should_qualify", "today", "values", "lowest_score", "highest_score")


@dataclass(frozen=True, slots=True)
class StartingExample:
    """A made-up customer who should, or should not, qualify on that day. Scores: both ends included, or None."""

    name: str
    should_qualify: bool
    today: date
    values: Values
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StartingSnoop:
    """One file. source: what it rests on, a publication or the platform's own data; says: that, in one sentence."""

    slug: str
    name: str
    family: str
    source: str
    says: str
    definition: Definition
    examples: tuple[StartingExample, ...]
    path: Path


def starting_set() -> tuple[StartingSnoop, ...]:
    """Every Snoop of the release, by slug. Raises `DefinitionInvalid`, `ValuesInvalid` or ValueError, which name what is wrong."""
    return tuple(sorted((read(path) for path in FOLDER.glob("*/*.json")), key=lambda snoop: snoop.slug))


def read(path: Path) -> StartingSnoop:
    data = json.loads(path.read_text("utf-8"))
    _exactly(path, data, MEMBERS)
    _exactly(path, data["basis"], ("source", "says"))
    return StartingSnoop(
        data["slug"], data["name"], data["family"], data["basis"]["source"], data["basis"]["says"], parse(data["definition"]),
        tuple(_example(path, each) for each in data["examples"]), path,
    )  # fmt: skip


def _example(path: Path, data: Mapping[str, Any]) -> StartingExample:
    _exactly(path, data, EXAMPLE_MEMBERS)
    return StartingExample(data["name"], data["should_qualify"], read_date(data["today"]), read_json(data["values"]), data)


def _exactly(path: Path, data: Mapping[str, Any], members: tuple[str, ...]) -> None:
    if tuple(data) != members:
        raise ValueError(f"{path.name} has {', '.join(data)} where {', '.join(members)} should stand, in this order.")
