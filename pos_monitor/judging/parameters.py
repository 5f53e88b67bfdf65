"""Parameters of rules: what may be set, in which unit and between which bounds, and every complaint as a sentence for a person."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar, Final, Literal, TypeVar

from common.errors import PlatformError

Sort = Literal["number", "whole", "choice", "yes_no"]


class AlertRuleInvalid(PlatformError):
    """A rule's parameters are not what its kind asks for: each complaint says which and what would be right."""

    code = "alert_rule_invalid"
    http_status = 422

    def __init__(self, complaints: Mapping[str, str]) -> None:
        super().__init__(" ".join(complaints.values()), complaints=dict(complaints))
        self.complaints = dict(complaints)


@dataclass(frozen=True)
class Entry:
    """One parameter as a form shows it. `differs`: a group of terminals may have another value than the rule."""

    label: str
    sort: Sort
    unit: str = ""
    low: float = 0
    high: float = 0
    choices: Mapping[str, str] | None = None
    help: str = ""
    differs: bool = True


def number(label: str, *, low: float, high: float, default: Any = MISSING, unit: str = "", help: str = "") -> Any:
    return field(default=default, metadata={"entry": Entry(label, "number", unit, low, high, help=help)})


def whole(label: str, *, low: int, high: int, default: Any = MISSING, unit: str = "", help: str = "") -> Any:
    return field(default=default, metadata={"entry": Entry(label, "whole", unit, low, high, help=help)})


def choice(label: str, choices: Mapping[str, str], *, default: Any = MISSING, help: str = "") -> Any:
    return field(default=default, metadata={"entry": Entry(label, "choice", choices=choices, help=help, differs=False)})


def yes_no(label: str, *, default: bool = False, help: str = "") -> Any:
    return field(default=default, metadata={"entry": Entry(label, "yes_no", help=help, differs=False)})


@dataclass(frozen=True, kw_only=True)
class Parameters(ABC):
    """What every kind has: how long a fault must last before it is an alert, and how long it must be over before that ends."""

    raise_after: int = whole("Alert after", low=1, high=60, default=2, unit="reports", help="So many bad ones in a row …")
    hold_s: int = whole("… and lasting at least", low=0, high=86_400, default=0, unit="seconds")
    clear_after: int = whole("Over after", low=1, high=60, default=2, unit="reports", help="So many good ones in a row.")
    boot_grace_s: int = whole(
        "Not in the first",
        low=0,
        high=3_600,
        default=30,
        unit="seconds after a start",
        help="While a terminal starts, its values settle.",
    )
    outside_hours: bool = yes_no("Also while the shop is closed")

    repeats: ClassVar[bool] = True  # the sentence ends with how often in a row

    def complaints(self) -> Iterator[tuple[str, str]]:
        """What is wrong between parameters that are each right: name and sentence."""
        yield from ()

    @abstractmethod
    def says(self) -> str:
        """The fault in plain English, without how long it must last: “battery is below 15 %”."""

    def sentence(self) -> str:
        """When it alerts and when that is over, as a person would say it."""
        return f"{_capital(self.says())}{self._lasting()}. {self.over()}"

    def over(self) -> str:
        return f"Over after {_times(self.clear_after, 'good report')} in a row."

    def _lasting(self) -> str:
        often = f", {_times(self.raise_after, 'report')} in a row" if self.repeats and self.raise_after > 1 else ""
        return often + (f", for at least {duration(self.hold_s)}" if self.hold_s else "")


P = TypeVar("P", bound=Parameters)


def entries(kind: type[Parameters]) -> dict[str, Entry]:
    """Name -> entry: the kind's own first, then what every kind has."""
    common = {each.name for each in fields(Parameters)}
    ordered = sorted(fields(kind), key=lambda each: each.name in common)
    return {each.name: each.metadata["entry"] for each in ordered}


def parse(kind: type[P], raw: Mapping[str, Any]) -> P:
    """Parameters from JSON or a form. Raises AlertRuleInvalid with one sentence for each that is wrong."""
    known = {each.name: each for each in fields(kind)}
    wrong = {name: f"“{name}” is no parameter of this kind of rule." for name in raw if name not in known}
    values: dict[str, Any] = {}
    for name, each in known.items():
        complaint = _read(each, raw, values)
        if complaint:
            wrong[name] = complaint
    if wrong:
        raise AlertRuleInvalid(wrong)
    made = kind(**values)
    if wrong := dict(made.complaints()):
        raise AlertRuleInvalid(wrong)
    return made


def overlay(base: P, raw: Mapping[str, Any]) -> P:
    """The same rule with what a group has otherwise. Raises AlertRuleInvalid also for what no group may change."""
    may = entries(type(base))
    if fixed := {
        name: f"“{may[name].label}” is the same for all groups." for name in raw if name in may and not may[name].differs
    }:
        raise AlertRuleInvalid(fixed)
    return parse(type(base), {**as_json(base), **raw})


def askable(kind: type[Parameters]) -> dict[str, Entry]:
    """The entries that leave something to choose: what a form shows."""
    return {name: each for name, each in entries(kind).items() if each.sort in ("choice", "yes_no") or each.low < each.high}


def as_json(parameters: Parameters) -> dict[str, Any]:
    return {each.name: getattr(parameters, each.name) for each in fields(parameters)}


def _read(each: Field[Any], raw: Mapping[str, Any], values: dict[str, Any]) -> str:
    """Put one value into `values`, or say what is wrong with it."""
    entry: Entry = each.metadata["entry"]
    if each.name not in raw:
        return f"“{entry.label}” is missing." if each.default is MISSING else ""
    value = raw[each.name]
    if entry.sort == "choice":
        if not isinstance(value, str) or value not in (entry.choices or {}):
            return f"“{entry.label}” is one of: {', '.join(entry.choices or {})}."
    elif entry.sort == "yes_no":
        if not isinstance(value, bool):
            return f"“{entry.label}” is yes or no."
    elif complaint := _number_complaint(entry, value):
        return complaint
    else:
        value = int(value) if entry.sort == "whole" else float(value)
    values[each.name] = value
    return ""


def _number_complaint(entry: Entry, value: Any) -> str:
    sort = "a whole number" if entry.sort == "whole" else "a number"
    bounds = f"“{entry.label}” is {sort} from {plain(entry.low)} to {plain(entry.high)}{' ' + entry.unit if entry.unit else ''}."
    if value == "":
        return f"“{entry.label}” is still empty."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return bounds
    if entry.sort == "whole" and value != int(value):
        return bounds
    return "" if entry.low <= value <= entry.high else bounds


SECONDS_OF: Final = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def duration(seconds: float) -> str:
    """90 -> “90 seconds”, 7200 -> “2 hours”: in the largest unit of which it is a whole number."""
    for word, size in SECONDS_OF.items():
        if seconds >= size and seconds % size == 0:
            return _times(int(seconds // size), word)
    return f"{plain(seconds)} seconds"


def plain(value: float) -> str:
    """A number as people write it: 15, −95, 3.5, 65,000."""
    written = f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"
    return written.replace("-", "−")


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
