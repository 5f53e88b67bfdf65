"""A definition as strict JSON: every fault of it told at once, and written back in one canonical way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args
from urllib.parse import urlsplit

from rules.definition.conditions import MAX_IN_GROUP, read_group, read_operand
from rules.definition.reading import Reader, at
from rules.definition.texts import placeholder_faults
from rules.definition.tree import (
    MAX_SCORE,
    MAX_TOP_CONDITIONS,
    Category,
    Channel,
    Condition,
    Definition,
    Group,
    Score,
    ScoreTerm,
)
from rules.definition.writing import condition_json, number_json, term_json
from rules.errors import DefinitionInvalid
from rules.fields.types import Audience

__all__ = ["DefinitionInvalid", "canonical_text", "leaf_count", "parse", "sha256_of", "to_json"]

MAX_LEAVES: Final = 100
MAX_TERMS: Final = 20
TEXT_LENGTHS: Final = {"title": 120, "body": 800, "action_label": 40, "action_url": 300}
MAX_CAP_DAYS: Final = 366
NEEDED: Final = ("conditions", "title", "body", "category", "audience")
KNOWN: Final = (
    *("conditions", "score", "title", "body", "category", "audience", "channels", "action_label", "action_url", "starts_on"),
    *("ends_on", "cap_per_days", "priority", "hold_out_percent", "uses_learned_relevance"),
)


def parse(data: Mapping[str, Any]) -> Definition:
    """The definition that JSON says. Raises `DefinitionInvalid` with every complaint: where, and what would mend it."""
    reader = Reader()
    raw = reader.object("", data)
    values = _read(reader, raw) if raw is not None else {}
    if reader.complaints:
        raise DefinitionInvalid(reader.complaints)
    return Definition(**values)


def to_json(definition: Definition) -> dict[str, Any]:
    """Canonical: every member of a definition, in a fixed order; `parse` reads it back as the same definition."""
    return {
        "conditions": condition_json(definition.conditions),
        "score": {
            "base": number_json(definition.score.base),
            "terms": [term_json(term) for term in definition.score.terms],
        },
        "title": definition.title,
        "body": definition.body,
        "category": definition.category,
        "audience": list(definition.audience),
        "channels": list(definition.channels),
        "action_label": definition.action_label,
        "action_url": definition.action_url,
        "starts_on": definition.starts_on.isoformat() if definition.starts_on else None,
        "ends_on": definition.ends_on.isoformat() if definition.ends_on else None,
        "cap_per_days": definition.cap_per_days,
        "priority": definition.priority,
        "hold_out_percent": definition.hold_out_percent,
        "uses_learned_relevance": definition.uses_learned_relevance,
    }


def canonical_text(definition: Definition) -> str:
    """The text that is hashed and kept: one line, names in order."""
    return json.dumps(to_json(definition), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(definition: Definition) -> str:
    return hashlib.sha256(canonical_text(definition).encode()).hexdigest()


def leaf_count(condition: Condition) -> int:
    if isinstance(condition, Group):
        return sum(leaf_count(each) for each in condition.conditions)
    return 1


def _read(reader: Reader, raw: Mapping[str, Any]) -> dict[str, Any]:
    reader.names("", raw, KNOWN, NEEDED)
    readers: dict[str, Callable[[Reader, str, Any], Any]] = {
        "conditions": _conditions,
        "score": _score,
        "audience": lambda reader, path, raw: _choices(reader, path, raw, get_args(Audience)),
        "channels": lambda reader, path, raw: _choices(reader, path, raw, get_args(Channel)),
        "category": lambda reader, path, raw: reader.one_of(path, raw, get_args(Category)),
        "title": _words,
        "body": _words,
        "action_label": lambda reader, path, raw: reader.text(path, raw, TEXT_LENGTHS[path]),
        "action_url": _address,
        "starts_on": lambda reader, path, raw: None if raw is None else reader.day(path, raw),
        "ends_on": lambda reader, path, raw: None if raw is None else reader.day(path, raw),
        "cap_per_days": lambda reader, path, raw: reader.whole(path, raw, 0, MAX_CAP_DAYS),
        "priority": lambda reader, path, raw: reader.whole(path, raw, 1, 5),
        "hold_out_percent": lambda reader, path, raw: reader.whole(path, raw, 0, 100),
        "uses_learned_relevance": lambda reader, path, raw: reader.flag(path, raw),
    }
    values = {name: readers[name](reader, name, raw[name]) for name in KNOWN if name in raw}
    values.setdefault("score", Score())
    _compare(reader, values)
    return values


def _compare(reader: Reader, values: Mapping[str, Any]) -> None:
    """What can only be said of several members together."""
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if starts_on and ends_on and starts_on > ends_on:
        reader.say("ends_on", "This day lies before the first: a rule ends on or after the day on which it starts.")
    label, address = values.get("action_label", ""), values.get("action_url", "")
    if label is not None and address is not None and bool(label) != bool(address):
        reader.say("action_url" if label else "action_label", "An action has words and an address: give both, or none.")


def _conditions(reader: Reader, path: str, raw: Any) -> Group | None:
    group = read_group(reader, path, raw, most=MAX_IN_GROUP)
    if group is None:
        return None
    if len(group.conditions) > MAX_TOP_CONDITIONS:
        reader.say(
            path, f"At most {MAX_TOP_CONDITIONS} conditions stand on top, as each is shown as a reason: put some into a group."
        )
    if (leaves := leaf_count(group)) > MAX_LEAVES:
        reader.say(path, f"A rule asks at most {MAX_LEAVES} questions: these are {leaves}. Make two rules of it.")
    return group


def _score(reader: Reader, path: str, raw: Any) -> Score | None:
    data = reader.object(path, raw)
    if data is None:
        return None
    reader.names(path, data, ("base", "terms"))
    base = reader.number(at(path, "base"), data.get("base", 0), -MAX_SCORE, MAX_SCORE)
    listed = reader.items(at(path, "terms"), data.get("terms", []), MAX_TERMS)
    terms = [_term(reader, f"{path}.terms[{i}]", each) for i, each in enumerate(listed or ())]
    if base is None or listed is None or None in terms:
        return None
    return Score(base, tuple(cast(list[ScoreTerm], terms)))


def _term(reader: Reader, path: str, raw: Any) -> ScoreTerm | None:
    data = reader.object(path, raw)
    if data is None:
        return None
    reader.names(path, data, ("field", "as", "per", "low", "high", "points"), ("low", "high", "points"))
    found = read_operand(reader, path, data)
    if found is not None and not found[0].is_number and found[1].transform == "value":
        reader.say(at(path, "field"), "Only numbers score, and the days until or since a date.")
        found = None
    low, high = (reader.number(at(path, side), data[side]) if side in data else None for side in ("low", "high"))
    points = reader.number(at(path, "points"), data["points"], -MAX_SCORE, MAX_SCORE) if "points" in data else None
    if low is not None and low == high:
        reader.say(at(path, "high"), "Both ends are the same: points grow from one to the other, so let them differ.")
    if found is None or low is None or high is None or points is None:
        return None
    return ScoreTerm(found[1], low, high, points)


def _choices(reader: Reader, path: str, raw: Any, choices: tuple[str, ...]) -> tuple[str, ...] | None:
    items = reader.items(path, raw, len(choices))
    if items is None:
        return None
    read = [reader.one_of(f"{path}[{i}]", each, choices) for i, each in enumerate(items)]
    if not items:
        reader.say(path, f"Give at least one of {', '.join(choices)}.")
    elif None not in read and len(set(read)) < len(read):
        reader.say(path, "One stands there twice: take one out.")
    return tuple(sorted((each for each in read if each), key=choices.index))


def _words(reader: Reader, path: str, raw: Any) -> str | None:
    text = reader.text(path, raw, TEXT_LENGTHS[path], lines=path == "body")
    if text is None:
        return None
    if not text.strip():
        reader.say(path, "Write what the customer is to read.")
    for fault in placeholder_faults(text):
        reader.say(path, fault)
    return text


def _address(reader: Reader, path: str, raw: Any) -> str | None:
    text = reader.text(path, raw, TEXT_LENGTHS[path])
    if text and not is_safe_address(text):
        reader.say(path, "Give a path of the platform that begins with /, or an address that begins with https://.")
        return None
    return text


def is_safe_address(text: str) -> bool:
    """Whether following it stays on the platform, or leads to a named host over https."""
    if any(each.isspace() for each in text) or "\\" in text or "{" in text:
        return False
    if text.startswith("/"):
        return not text.startswith("//")
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
