"""What letters look up: states with their time zones, credentials, and the conditions that letters here are mostly about.

The tables are data (`eligibility/data/letters`). ICD-10-CM is in the public domain; the table holds the codes in use here, and for
each the categories for which administrators are used to seeing it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).resolve().parents[1] / "data" / "letters"


@dataclass(frozen=True, slots=True)
class State:
    """A US state (or DC). physician_usual: administrators there often want a physician's letter."""

    code: str
    name: str
    zone: ZoneInfo
    physician_usual: bool


@dataclass(frozen=True, slots=True)
class Credential:
    """A kind of licence. field: what its holders treat, or “any”."""

    code: str
    name: str
    is_physician: bool
    field: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A code of ICD-10-CM with its name, and the categories that it usually speaks for."""

    code: str
    name: str
    categories: frozenset[str]


@cache
def states() -> Mapping[str, State]:
    rows = (State(r["code"], r["name"], ZoneInfo(r["zone"]), r["physician_usual"] == "1") for r in _rows("states"))
    return MappingProxyType({row.code: row for row in rows})


@cache
def credentials() -> Mapping[str, Credential]:
    rows = (Credential(r["code"], r["name"], r["is_physician"] == "1", r["field"]) for r in _rows("credentials"))
    return MappingProxyType({row.code: row for row in rows})


@cache
def diagnoses() -> Mapping[str, Diagnosis]:
    rows = (Diagnosis(r["code"], r["name"], frozenset(r["categories"].split())) for r in _rows("icd10"))
    return MappingProxyType({row.code: row for row in rows})


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
