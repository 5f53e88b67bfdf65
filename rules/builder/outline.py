"""A draft as lines that a person reads one by one, unfinished parts included: for comparing, and for tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.builder.vocabulary import AUDIENCES, CATEGORIES, CHANNELS
from rules.definition.conditions import MATCHES, read_condition, read_operand
from rules.definition.reading import Reader
from rules.definition.sentences import condition_sentence, operand_words
from rules.definition.tree import Operand
from rules.definition.words import money, number_words
from rules.fields.catalogue import BY_NAME, field_named

INDENT: Final = "\N{EM SPACE}"
NOTHING: Final = "\N{EN DASH}"
HEADS: Final = {"all": "all of these hold:", "any": "at least one of these holds:", "none": "none of these holds:"}
Line = tuple[int, str]  # depth, words
# Members of a draft that are one value each, in the order of the form: name -> words.
MEMBERS: Final[Mapping[str, str]] = {
    "title": "Title", "body": "Text", "category": "Category", "audience": "Audience", "channels": "Channels", "action_label": "Action",
    "action_url": "Action leads to", "starts_on": "First day", "ends_on": "Last day", "cap_per_days": "Shown at most once in", "priority": "Priority",
    "hold_out_percent": "Held out", "uses_learned_relevance": "Uses learned relevance",
}  # fmt: skip
DEFAULTS: Final[Mapping[str, Any]] = {
    "channels": ["feed"], "cap_per_days": 0, "priority": 3, "hold_out_percent": 0, "uses_learned_relevance": False, "score": {"base": 0, "terms": []},
}  # fmt: skip


def condition_lines(draft: Mapping[str, Any], names: Mapping[str, str] | None = None) -> list[Line]:
    """The tree from the top, groups before what is in them."""
    return list(_lines(draft.get("conditions"), 0, names))


def _lines(node: Any, depth: int, names: Mapping[str, str] | None) -> Iterator[Line]:
    match = next((one for one in MATCHES if isinstance(node, Mapping) and isinstance(node.get(one), list)), None)
    if match is None:
        yield depth, leaf_words(node, names)
        return
    yield depth, HEADS[match]
    for one in node[match]:
        yield from _lines(one, depth + 1, names)


def leaf_words(node: Any, names: Mapping[str, str] | None = None) -> str:
    """One condition in words; of an unfinished one, what it is about."""
    read = read_condition(Reader(), "", node)
    if read is not None:
        return condition_sentence(read, names=names)
    field = field_named(str(node.get("field", ""))) if isinstance(node, Mapping) else None
    return f"{field.label} (unfinished)" if field else "(unfinished condition)"


def term_lines(draft: Mapping[str, Any]) -> list[Line]:
    score = draft.get("score")
    terms = score.get("terms", []) if isinstance(score, Mapping) else []
    return [(0, term_words(one)) for one in terms] if isinstance(terms, list) else []


def term_words(term: Any) -> str:
    found = read_operand(Reader(), "", term) if isinstance(term, Mapping) else None
    if found is None:
        return "(unfinished term)"
    operand = found[1]
    low, high = (amount_words(operand, term.get(end)) for end in ("low", "high"))
    points = term.get("points")
    return f"{operand_words(operand)}: from {low} to {high}, {number_words(points) if _is_number(points) else '…'} points"


def amount_words(operand: Operand, value: Any) -> str:
    """A threshold in the unit of what it is compared with."""
    if not _is_number(value):
        return "…"
    field = BY_NAME[operand.field]
    if operand.per:
        return number_words(value)
    if operand.transform != "value":
        return number_words(value, "days")
    return money(value) if field.type == "cents" else number_words(value, field.unit)


def base_words(draft: Mapping[str, Any]) -> str:
    score = draft.get("score")
    base = score.get("base", 0) if isinstance(score, Mapping) else 0
    return number_words(base) if _is_number(base) else NOTHING


def member_words(name: str, draft: Mapping[str, Any]) -> str:
    """One member of a draft as a person reads it."""
    value = draft.get(name, DEFAULTS.get(name))
    if value is None or value in ("", []):
        return NOTHING
    if name in {"audience", "channels"} and isinstance(value, list):
        words = dict(AUDIENCES if name == "audience" else CHANNELS)
        return ", ".join(words.get(str(one), str(one)) for one in value)
    if name == "category":
        return dict(CATEGORIES).get(str(value), str(value))
    if name == "cap_per_days" and _is_number(value):
        return number_words(value, "days") if value else "no limit"
    if name == "hold_out_percent":
        return f"{value}%"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
