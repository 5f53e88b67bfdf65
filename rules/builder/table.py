"""A family of similar rules as a decision table: a row each, a column for each number, day, chosen value or word that differs."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction

from people.models import User
from rules.builder.chosen import choices_words, chosen_text, read_chosen
from rules.builder.drafts import save_draft
from rules.builder.errors import BuilderRefused, TableUneven
from rules.builder.outline import MEMBERS
from rules.definition.conditions import MATCHES
from rules.definition.sentences import operand_words
from rules.definition.tree import Operand
from rules.fields.catalogue import field_named
from rules.models import Rule

MOST: Final = 60
CELLS: Final = {"value", "low", "high", "points", "base", "from_today", "on"}
CHOSEN: Final = "values"  # what a choice or a list is compared with: one cell, however many they are
EDITED: Final = ("title", "body", "cap_per_days", "priority", "hold_out_percent", "starts_on", "ends_on")
WHOLE: Final = {"cap_per_days", "priority", "hold_out_percent", "from_today"}
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """path: where in a draft; kind: `cents`, `number`, `whole`, `date`, `chosen`, `text` or `long`; varies: not the same in every rule.

    field: of a condition's chosen values, the name of what they are compared with.
    """

    path: Path
    words: str
    kind: str
    varies: bool = True
    field: str = ""

    @property
    def key(self) -> str:
        return ".".join(map(str, self.path))

    @property
    def hint(self) -> str:
        """What may stand in its cells, where that is a short list."""
        return choices_words(self.field) if self.kind == "chosen" else ""


@dataclass(frozen=True, slots=True)
class Table:
    rules: tuple[Rule, ...]
    columns: tuple[Column, ...]


def table_of(rules: Sequence[Rule], *, with_all: bool = False) -> Table:
    """The columns in which these rules differ, or all that could be edited. Raises TableUneven where they are not alike."""
    if len(rules) > MOST:
        raise TableUneven(f"A table holds at most {MOST} rules: this family has {len(rules)}. Split it.")
    if not rules:
        return Table((), ())
    shapes = [_shape(rule.draft) for rule in rules]
    for rule, shape in zip(rules[1:], shapes[1:], strict=True):
        if why := _uneven(rules[0].name, shapes[0], rule.name, shape):
            raise TableUneven(why)
    found = [_column(path, rules) for path in _paths(rules[0].draft)]
    return Table(tuple(rules), tuple(one for one in found if one.varies or with_all))


def _paths(draft: Mapping[str, Any]) -> list[Path]:
    inner = [path for path, name in _cells(draft.get("conditions"), ("conditions",))] + [
        path for path, name in _cells(draft.get("score"), ("score",))
    ]
    return inner + [(name,) for name in EDITED]


def _cells(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every place of a number, a day or a list of chosen values."""
    if isinstance(node, Mapping):
        for name, one in node.items():
            if (name == CHOSEN and path and isinstance(path[-1], int)) or (name in CELLS and not isinstance(one, Mapping | list)):
                yield (*path, name), name
            else:
                yield from _cells(one, (*path, name))
    elif isinstance(node, list):
        for place, one in enumerate(node):
            yield from _cells(one, (*path, place))


def _shape(draft: Mapping[str, Any]) -> list[str]:
    """The draft without its numbers, days and chosen values: one line for each part, which alike rules share."""
    lines = [line for name in ("conditions", "score") for line in _skeleton(draft.get(name), name)]
    return [*lines, f"audience {sorted(map(str, draft.get('audience') or []))}"]


def _skeleton(node: Any, where: str) -> Iterator[str]:
    if isinstance(node, Mapping):
        match = next((one for one in MATCHES if isinstance(node.get(one), list)), None)
        if match or "terms" in node:
            listed = node[match or "terms"]
            yield f"{match or 'terms'} of {len(listed)}"
            for one in listed:
                yield from _skeleton(one, where)
            return
        told = {
            name: sorted(one) if isinstance(one, Mapping) else one
            for name, one in sorted(node.items())
            if name != CHOSEN and (name not in CELLS or isinstance(one, Mapping))
        }
        yield f"{field_words(node)}: {_test_words(told)}"


def _test_words(told: Mapping[str, Any]) -> str:
    test = str(told.get("test", "score term")).replace("_", " ")
    days = "".join(
        f", {name} {'in days' if 'from_today' in told[name] else 'as a date'}"
        for name in ("value", "low", "high")
        if isinstance(told.get(name), list)
    )
    return f"{test}{days}"


def _uneven(first: str, before: list[str], name: str, after: list[str]) -> str:
    for one, other in zip(before, after, strict=False):
        if one != other:
            told = f"“{name}” is built differently from “{first}”: it has “{other}” where that has “{one}”."
            return f"{told} A table takes rules that differ in numbers, days, chosen values and texts alone."
    if len(before) != len(after):
        return f"“{name}” has {'more' if len(after) > len(before) else 'fewer'} conditions or score terms than “{first}”. A table takes rules that are built alike."
    return ""


def field_words(leaf: Mapping[str, Any]) -> str:
    """What a condition or term looks at."""
    field = field_named(str(leaf.get("field", "")))
    if field is None:
        return "an unfinished part"
    per = field_named(str(leaf.get("per", "")))
    look: Any = leaf.get("as", "value")
    return operand_words(Operand(field.name, look if look in {"days_until", "days_since"} else "value", per.name if per else ""))


def _column(path: Path, rules: Sequence[Rule]) -> Column:
    values = [value_at(rule.draft, path) for rule in rules]
    draft, varies = rules[0].draft, any(value != values[0] for value in values)
    field = str(_leaf(draft, path)[0].get("field", "")) if path[-1] == CHOSEN else ""
    return Column(path, _words(draft, path), _kind(draft, path), varies, field)


def _words(draft: Mapping[str, Any], path: Path) -> str:
    if len(path) == 1:
        return MEMBERS[str(path[0])]
    if path == ("score", "base"):
        return "Score to begin with"
    leaf, end = _leaf(draft, path)
    ends = {"low": "from", "high": "to", "points": "points", "value": ""}
    if path[0] == "score":
        ends = {"low": "no points at", "high": "all points at", "points": "points"}
    test = "" if path[0] == "score" or leaf.get("test") == "between" else str(leaf.get("test", "")).replace("_", " ")
    days = {"from_today": "days from today", "on": "date"}.get(str(path[-1]), "")
    words = " ".join(word for word in (field_words(leaf), test, ends.get(end, ""), days) if word)
    return words[:1].upper() + words[1:]


def _leaf(draft: Mapping[str, Any], path: Path) -> tuple[Mapping[str, Any], str]:
    """The condition or term that a path leads into, and which of its ends."""
    depth = max(place for place, step in enumerate(path) if isinstance(step, int)) + 1
    return value_at(draft, path[:depth]), str(path[depth])


def _kind(draft: Mapping[str, Any], path: Path) -> str:
    name = str(path[-1])
    if name in {"on", "starts_on", "ends_on"}:
        return "date"
    if name in {"title", "body"}:
        return "long" if name == "body" else "text"
    if name == CHOSEN:
        return "chosen"
    if name in WHOLE:
        return "whole"
    if path == ("score", "base") or name == "points":
        return "number"
    leaf, _ = _leaf(draft, path)
    field = field_named(str(leaf.get("field", "")))
    is_money = field is not None and field.type == "cents" and not leaf.get("per")
    return "cents" if is_money else "number"


def value_at(draft: Any, path: Path) -> Any:
    for step in path:
        try:
            draft = draft[step]
        except (KeyError, IndexError, TypeError):
            return None
    return draft


def cell_text(column: Column, value: Any) -> str:
    """What stands in the cell's input."""
    if value is None:
        return ""
    if column.kind == "chosen":
        return chosen_text(value)
    if column.kind == "cents" and isinstance(value, int | float):
        return f"{value / 100:.2f}".removesuffix(".00")
    return str(value)


def read_cell(column: Column, text: str) -> Any:
    """What was typed into a cell, as it is kept; raises BuilderRefused with the column's name."""
    text = text.strip() if column.kind != "long" else text.replace("\r\n", "\n")
    if column.kind in {"text", "long"}:
        return text
    if column.kind == "chosen":
        return read_chosen(column.field, text, column.words)
    if not text:
        return None
    try:
        return _READERS[column.kind](text.replace(",", "").replace("$", ""))
    except ValueError:
        raise BuilderRefused(f"“{text[:40]}” cannot stand under “{column.words}”.") from None


def _cents(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,13}(\.\d{1,2})?", text):
        raise ValueError(text)
    whole, _, part = text.lstrip("-").partition(".")
    return (-1 if text.startswith("-") else 1) * (int(whole) * 100 + int(part.ljust(2, "0") or 0))


def _number(text: str) -> float | int:
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text):
        raise ValueError(text)
    return float(text) if "." in text else int(text)


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise ValueError(text)
    return int(text)


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {"cents": _cents, "number": _number, "whole": _whole, "date": _day}


def with_cell(draft: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy of the draft with one value changed; none: the member is left out."""
    changed = copy.deepcopy(draft)
    *way, last = path
    holder: Any = changed
    for step in way:
        holder = holder[step]
    if value is None and isinstance(holder, dict):
        holder.pop(last, None)
    else:
        holder[last] = value
    return changed


@transaction.atomic
def save_table(*, changes: Sequence[tuple[Rule, int, dict[str, Any]]], by: User) -> list[Rule]:
    """Save the drafts of a table, all or none: (rule, the draft's number that was seen, draft). Raises DraftOvertaken."""
    return [
        save_draft(rule=rule, draft=draft, seen_number=number, by=by)
        for rule, number, draft in sorted(changes, key=lambda one: one[0].pk)
    ]
