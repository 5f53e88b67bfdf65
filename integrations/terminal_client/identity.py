"""Who the terminal is: what enrolment gives it, kept in one file that only it can read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Identity:
    """terminal: its id; https, websocket, mqtt: where it reports (mqtt: empty where there is no broker)."""

    terminal: str
    token: str
    report_every_s: int
    https: str
    websocket: str
    mqtt: str = ""

    def save(self, path: Path) -> None:
        """In one step, so that a power cut leaves the old one or the new one."""
        beside = path.with_name(f".{path.name}.new")
        beside.touch(mode=0o600)
        with beside.open("w") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Identity:
        return cls(**json.loads(path.read_text()))


def enrol(*, base_url: str, code: str, serial: str, nonce: str | None = None) -> Identity:
    """Trade the code that somebody typed in for a token. nonce: keep it until this returns; with it the call may be repeated for ten minutes.

    Raises httpx.HTTPStatusError where the code is refused.
    """
    asked = {"code": code, "serial": serial, "nonce": nonce or secrets.token_hex(16)}
    answer = httpx.post(f"{base_url.rstrip('/')}/v1/terminals/enrol", json=asked, timeout=TIMEOUT_S)
    answer.raise_for_status()
    told = answer.json()
    doors = told["doors"]
    return Identity(told["terminal"], told["token"], told["report_every_s"], doors["https"], doors["websocket"], doors["mqtt"])
