"""The inventory: `checkout/data/payment_pages.json`, kept by people through `manage.py authorise_scripts`."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from django.contrib.staticfiles import finders

FILE: Final = Path(__file__).resolve().parent.parent / "data" / "payment_pages.json"
PageName = Literal["pay", "processing", "card_frame"]


@dataclass(frozen=True, slots=True)
class Script:
    """One file that a payment page may run. is_entry: the page names it; else another of the page's scripts imports it.

    sha384: as browsers compare it (`sha384-…`); authorised_by, authorised_on, reason: who let this content in, and why.
    """

    path: str
    pages: tuple[PageName, ...]
    is_entry: bool
    why: str
    sha384: str
    authorised_by: str
    authorised_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """headers: page -> header -> the value it must have, with {names} in place of what differs between deployments."""

    headers: dict[str, dict[str, str]]
    scripts: tuple[Script, ...]

    def scripts_of(self, page: str) -> list[Script]:
        """What the page may run; what others import comes first, so that it is checked before it is asked for."""
        return sorted((script for script in self.scripts if page in script.pages), key=lambda script: script.is_entry)


@cache
def inventory() -> Inventory:
    return read(FILE)


def read(file: Path) -> Inventory:
    written: dict[str, Any] = json.loads(file.read_text("utf-8"))
    scripts = tuple(Script(**{**row, "pages": tuple(row["pages"])}) for row in written["scripts"])
    return Inventory(headers=written["headers"], scripts=scripts)


def write(file: Path, headers: dict[str, dict[str, str]], scripts: Sequence[Script]) -> None:
    rows = [asdict(script) for script in sorted(scripts, key=lambda script: script.path)]
    file.write_text(json.dumps({"headers": headers, "scripts": rows}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    inventory.cache_clear()


def integrity(content: bytes) -> str:
    """`sha384-…` of a file's bytes, as in an integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def content_of(path: str) -> bytes:
    """The bytes of a static file of ours, by its path below /static/."""
    found = finders.find(path)
    if not found:
        raise FileNotFoundError(f"static/{path} does not exist")
    return Path(found).read_bytes()


def changed_scripts() -> list[Script]:
    """Those whose content is not what was authorised."""
    return [script for script in inventory().scripts if integrity(content_of(script.path)) != script.sha384]
