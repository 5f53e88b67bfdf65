"""What the checks say of a rule: an error keeps it from being submitted, a warning asks for a second look, a hint helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["error", "warning", "hint"]
ORDER: dict[Level, int] = {"error": 0, "warning": 1, "hint": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """path: into the definition's JSON, such as `conditions.all[2].value`; "" is the whole. fix: what would mend it."""

    level: Level
    path: str
    message: str
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def error(path: str, message: str, fix: str = "") -> Finding:
    return Finding("error", path, message, fix)


def warning(path: str, message: str, fix: str = "") -> Finding:
    return Finding("warning", path, message, fix)


def hint(path: str, message: str, fix: str = "") -> Finding:
    return Finding("hint", path, message, fix)


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.level == "error"]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Each once, errors first, else in the order in which they were found."""
    return sorted(dict.fromkeys(findings), key=lambda one: ORDER[one.level])
