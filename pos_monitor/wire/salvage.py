"""The second look at a report that is not as the schema has it: what can be kept of it is kept, and what is wrong is told field by field."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final, get_type_hints

import msgspec

from pos_monitor.wire.report import BELIEVED, SCHEMA, Report

MOST_BESIDE_BYTES: Final = 2_000  # of unknown fields of one report, or of its events, as JSON
MOST_DEEP: Final = 16  # levels of lists and objects in it: whoever reads it later walks them one inside the other
MOST_WHY: Final = 200  # of a complaint, which may quote the value
NAMES: Final = ("boot", "seq")
_kinds: Final[dict[str, Any]] = get_type_hints(Report, include_extras=True)
FIELDS: Final = frozenset(_kinds)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one report. is_refused: the whole report is not taken; otherwise the field alone was left out or bounded."""

    index: int  # in the message, from 0
    code: str
    message: str
    param: str | None = None
    is_refused: bool = False
    boot: int | None = None
    seq: int | None = None

    def told(self) -> dict[str, Any]:
        """As it is sent back."""
        shown = {"index": self.index, "code": self.code, "message": self.message, "param": self.param, "refused": self.is_refused}
        return shown | ({"boot": self.boot, "seq": self.seq} if self.seq is not None else {})


_LEFT_OUT: Final = object()


def reports_in(body: bytes | str) -> list[Any]:
    """The reports of a message as plain objects; NaN and Infinity, which are no JSON, are read all the same. Raises ValueError."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
        told = json.loads(text)
        json.dumps(told, ensure_ascii=False).encode()  # half a character, such as "\\ud800", can be kept nowhere
    except (ValueError, RecursionError):
        raise ValueError("This is not JSON: send one report as an object, or a list of them.") from None
    if not isinstance(told, (list, dict)):
        raise ValueError("Send one report as an object, or a list of them.")
    return told if isinstance(told, list) else [told]


def salvage(raw: Any, index: int) -> tuple[Report | None, list[Fault], dict[str, Any] | None]:
    """The report, or None where it cannot be taken; what is wrong; and what stands beside it: `unknown`, `faults` (record.EXTRA)."""
    if refused := _refusal(raw, index):
        return None, [refused], None
    values = {name: raw[name] for name in NAMES}
    wrong: dict[str, str] = {}
    for name in raw.keys() & _kinds.keys() - {"v", *NAMES}:
        value, complaint = _kept(name, raw[name])
        if value is not _LEFT_OUT:
            values[name] = value
        if complaint:
            wrong[name] = complaint
    extra: dict[str, Any] = {}
    unknown = {name: value for name, value in raw.items() if name not in _kinds}
    if unknown and fits(unknown):
        extra["unknown"] = unknown
    elif unknown:
        wrong["unknown"] = (
            f"Fields that this schema does not have are kept up to {MOST_BESIDE_BYTES:,} bytes of JSON; these are not."
        )
    if wrong:
        extra["faults"] = wrong
    told = [Fault(index, "value_unbelievable", text, name, boot=raw["boot"], seq=raw["seq"]) for name, text in wrong.items()]
    return Report(**values), told, extra or None


def _refusal(raw: Any, index: int) -> Fault | None:
    """Why nothing can be made of this report."""
    if not isinstance(raw, dict):
        return Fault(index, "report_malformed", "A report is a JSON object.", is_refused=True)
    names: dict[str, Any] = {}
    for name in NAMES:
        try:
            names[name] = msgspec.convert(raw.get(name), _kinds[name])
        except msgspec.ValidationError:
            message = f"{name}: a whole number from 0 to 4,294,967,295 must stand here, for boot and seq name the report."
            return Fault(index, "report_unnamed", message, name, is_refused=True)
    if raw.get("v", SCHEMA) != SCHEMA:
        return Fault(index, "schema_unknown", f"v: this platform reads version {SCHEMA}.", "v", is_refused=True, **names)
    return None


def _kept(name: str, value: Any) -> tuple[Any, str]:
    """What is kept of a value, and the complaint about it; one of the two may be nothing."""
    if value is None:
        return _LEFT_OUT, ""
    kind = _kinds[name]
    if isinstance(value, float) and math.isfinite(value) and name not in ("latitude", "longitude"):
        value = round(value)  # 87.0 and 87.4 mean 87
    try:
        return msgspec.convert(value, kind), ""
    except msgspec.ValidationError as error:
        why = str(error)[:MOST_WHY]
    if name in BELIEVED and isinstance(value, int) and BELIEVED[name][0] <= value <= BELIEVED[name][1]:
        nearest = _nearest(name, value)
        return nearest, f"{name}: {value} is kept as {nearest}."
    return _LEFT_OUT, f"{name}: left out. {why}."


def _nearest(name: str, value: int) -> int:
    bounds = msgspec.inspect.type_info(_kinds[name])
    assert isinstance(bounds, msgspec.inspect.IntType)
    assert bounds.ge is not None
    assert bounds.le is not None
    return max(bounds.ge, min(bounds.le, value))


def fits(beside: Any) -> bool:
    """May it stand beside a report: JSON, not too much of it, and not too deep?"""
    if not _is_shallow(beside):
        return False
    try:
        json.dumps(beside, allow_nan=False)
        return len(msgspec.json.encode(beside)) <= MOST_BESIDE_BYTES
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


def _is_shallow(beside: Any) -> bool:
    """Level by level, so that no depth can hurt; one that is too large is given up at the first level that shows it."""
    level = [beside]
    for _ in range(MOST_DEEP):
        inner = [one for held in level for one in (held.values() if isinstance(held, dict) else held)]
        level = [one for one in inner if isinstance(one, (dict, list))]
        if not level or len(inner) > MOST_BESIDE_BYTES:  # the length is looked at by whoever asks
            return True
    return False
