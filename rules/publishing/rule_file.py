"""The rule file: every rule of a version in canonical JSON, with the golden customers that any evaluator must judge alike.

    {"format": 1, "fields": sha256, "rules": [{"id", "slug", "slot", "revision", "definition"}], "slots": {id: slot},
     "golden": [{"name", "kind", "today", "values", "expect": {slot: [score, mask]}}]}

Sorted keys, no spaces, UTF-8, rules in the order of their slots: the same rules are the same bytes, and so the same SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from rules.definition.parse import canonical_text, parse
from rules.definition.tree import Definition
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.errors import DefinitionInvalid, ValuesInvalid
from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values, read_json, to_json
from rules.publishing.errors import RuleFileUnusable

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Golden:
    """A customer and what the independent evaluator said of some rules: slot → (stored score, reason mask)."""

    name: str
    kind: str
    today: date
    values: Values
    expect: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RuleFile:
    rule_set: RuleSet
    golden: tuple[Golden, ...]


def canonical(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def written(rules: Iterable[RuleEntry], slots: Mapping[str, int], golden: Sequence[Golden]) -> bytes:
    """The file's bytes. slots: of every rule that ever had one, so that a place is never given to another."""
    entries = sorted(rules, key=lambda one: one.slot)
    return canonical(
        {
            "format": FORMAT, "fields": digest_of_fields(one.definition for one in entries), "slots": dict(slots),
            "rules": [
                {"id": one.public_id, "slug": one.slug, "slot": one.slot, "revision": one.revision,
                 "definition": json.loads(canonical_text(one.definition))}
                for one in entries
            ],
            "golden": [_golden_json(one) for one in golden],
        }
    )  # fmt: skip


def read_rule_file(content: bytes, *, number: int) -> RuleFile:
    """What a file says, under the number of its version. Raises RuleFileUnusable: of another format, release or make."""
    try:
        data = json.loads(content)
        if data["format"] != FORMAT:
            raise RuleFileUnusable(f"The rule file is of format {data['format']}; this release reads format {FORMAT}.")
        entries = tuple(_entry(raw) for raw in data["rules"])
        slots = {str(id): int(slot) for id, slot in data["slots"].items()}
        golden = tuple(_golden(raw) for raw in data["golden"])
    except (KeyError, TypeError, ValueError, AttributeError, DefinitionInvalid, ValuesInvalid) as error:
        raise RuleFileUnusable(f"The rule file is not one that this release reads ({type(error).__name__}: {error}).") from error
    _check_slots(entries, slots)
    if data["fields"] != digest_of_fields(one.definition for one in entries):
        raise RuleFileUnusable("The rules were published for other fields than this release knows: publish them anew.")
    return RuleFile(RuleSet(number, hashlib.sha256(content).hexdigest(), entries, slots), golden)


def digest_of_fields(definitions: Iterable[Definition]) -> str:
    """What the fields that these rules name mean: type, unit, policy, and whose they are. Labels and ranges may change."""
    names = sorted({name for one in definitions for name in _names_in(json.loads(canonical_text(one)))} & BY_NAME.keys())
    fields = [BY_NAME[name] for name in names]
    said = [[one.name, one.type, one.unit, one.missing, sorted(one.audiences)] for one in fields]
    return hashlib.sha256(canonical(said)).hexdigest()


def _names_in(data: Any) -> set[str]:
    """Every field that the conditions and scores of a definition's JSON name."""
    if isinstance(data, Mapping):
        own = {data[key] for key in ("field", "per") if isinstance(data.get(key), str) and data[key]}
        return own.union(*(_names_in(value) for value in data.values()))
    if isinstance(data, list):
        return set().union(*map(_names_in, data))
    return set()


def _entry(raw: Mapping[str, Any]) -> RuleEntry:
    return RuleEntry(
        public_id=str(raw["id"]), slug=str(raw["slug"]), slot=int(raw["slot"]), revision=int(raw["revision"]),
        definition=parse(raw["definition"]),
    )  # fmt: skip


def _check_slots(entries: Sequence[RuleEntry], slots: Mapping[str, int]) -> None:
    taken = list(slots.values())
    if len(set(taken)) != len(taken) or min(taken, default=0) < 0:
        raise RuleFileUnusable("Two rules of the file have one slot.")
    if astray := [one.slug for one in entries if slots.get(one.public_id) != one.slot]:
        raise RuleFileUnusable(f"Slots of the file contradict each other: {', '.join(astray[:5])}.")


def _golden_json(one: Golden) -> dict[str, Any]:
    return {
        "name": one.name, "kind": one.kind, "today": one.today.isoformat(), "values": to_json(one.values),
        "expect": {str(slot): list(said) for slot, said in one.expect.items()},
    }  # fmt: skip


def _golden(raw: Mapping[str, Any]) -> Golden:
    expect = {int(slot): (int(said[0]), int(said[1])) for slot, said in raw["expect"].items()}
    return Golden(str(raw["name"]), str(raw["kind"]), date.fromisoformat(raw["today"]), read_json(raw["values"]), expect)
