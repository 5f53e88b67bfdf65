"""What each kind of command takes, who may send it, and how long it may wait for its terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from pos_monitor.commands.errors import CommandInvalid
from pos_monitor.models import Command

Kind = Command.Kind
Check = Callable[[str, Any], Any]
SHA256: Final = re.compile(r"[0-9a-f]{64}")
VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}")


def whole(least: int, most: int) -> Check:
    def check(name: str, said: Any) -> int:
        if isinstance(said, bool) or not isinstance(said, int) or not least <= said <= most:
            raise CommandInvalid(f"{name} is a whole number from {least:,} to {most:,}.", param=f"parameters.{name}")
        return said

    return check


def text(most: int) -> Check:
    def check(name: str, said: Any) -> str:
        clean = "".join(char if char.isprintable() else " " for char in said).strip() if isinstance(said, str) else ""
        if not clean or len(clean) > most:
            raise CommandInvalid(f"{name} is a text of 1 to {most} characters.", param=f"parameters.{name}")
        return clean

    return check


def formed(pattern: re.Pattern[str], words: str) -> Check:
    def check(name: str, said: Any) -> str:
        if not isinstance(said, str) or not pattern.fullmatch(said):
            raise CommandInvalid(f"{name} is {words}.", param=f"parameters.{name}")
        return said

    return check


def one_of(*choices: str) -> Check:
    return formed(re.compile("|".join(choices)), f"one of {', '.join(choices)}")


def secure_url(name: str, said: Any) -> str:
    """A package is fetched over https alone, from a host with a name, without a password in the address."""
    parts = urlsplit(said) if isinstance(said, str) and len(said) <= 500 and said.isprintable() else None
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise CommandInvalid(f"{name} is an address that begins with https://.", param=f"parameters.{name}")
    return str(said)


SETTINGS: Final[Mapping[str, Check]] = {
    "report_every_s": whole(5, 3600), "brightness_percent": whole(0, 100), "volume_percent": whole(0, 100),
    "idle_text": text(80), "log_level": one_of("error", "warning", "info", "debug"), "restart_hour": whole(0, 23),
}  # fmt: skip


def settings_of(name: str, said: Any) -> dict[str, Any]:
    """One setting at least, and none that terminals do not know."""
    if not isinstance(said, dict) or not said:
        raise CommandInvalid(f"{name} is an object with one of {', '.join(SETTINGS)} at least.", param=f"parameters.{name}")
    return {key: _known(SETTINGS, str(key), f"parameters.{name}")(f"{name}.{key}", value) for key, value in said.items()}


@dataclass(frozen=True, slots=True)
class Shape:
    """needed, optional: parameter -> check. permission: of staff, beyond sending at all; merchants_may: with their keys.

    quiet_s: how long after “received” a terminal may take to say what came of it; then it counts as failed while waves go out.
    """

    needed: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    permission: str = ""
    merchants_may: bool = True
    takes_two: bool = False
    ttl: timedelta = timedelta(days=1)
    quiet_s: int = 300


SHAPES: Final[Mapping[str, Shape]] = {
    Kind.REBOOT: Shape(optional={"delay_s": whole(0, 3600)}, ttl=timedelta(hours=1)),  # nobody wants yesterday's reboot at noon
    Kind.MESSAGE: Shape({"text": text(200)}, {"show_s": whole(5, 3600)}, ttl=timedelta(hours=4)),
    Kind.UPDATE_CONFIGURATION: Shape({"settings": settings_of}, permission="pos_monitor.configure_command", ttl=timedelta(days=7)),
    Kind.LOG_PULL: Shape(optional={"lines": whole(1, 5000), "since_minutes": whole(1, 10_080)}),
    Kind.APP_UPDATE: Shape(
        {"version": formed(VERSION, "a version such as 4.2.1"), "url": secure_url, "sha256": formed(SHA256, "64 digits of 0–9 and a–f")},
        {"size_bytes": whole(1, 2_000_000_000)},
        permission="pos_monitor.configure_command", merchants_may=False, takes_two=True, ttl=timedelta(days=14), quiet_s=1800,
    ),
}  # fmt: skip
LONGEST_TTL: Final = timedelta(days=30)


def checked(kind: str, parameters: Any) -> dict[str, Any]:
    """The parameters as they are kept and sent. Raises CommandInvalid."""
    if kind not in SHAPES:
        raise CommandInvalid(f"There is no kind “{str(kind)[:30]}”: there are {', '.join(SHAPES)}.", param="kind")
    if not isinstance(parameters, dict):
        raise CommandInvalid("parameters is an object.", param="parameters")
    shape = SHAPES[kind]
    known = {**shape.needed, **shape.optional}
    if missing := [name for name in shape.needed if name not in parameters]:
        raise CommandInvalid(f"{missing[0]} is missing.", param=f"parameters.{missing[0]}")
    return {str(name): _known(known, str(name), "parameters")(str(name), said) for name, said in parameters.items()}


def _known(checks: Mapping[str, Check], name: str, where: str) -> Check:
    if name not in checks:
        there = ", ".join(checks) or "none"
        raise CommandInvalid(f"There is no “{name[:30]}” here; there is {there}.", param=f"{where}.{name[:30]}")
    return checks[name]
