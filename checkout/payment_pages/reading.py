"""What a browser would run and obey of a page: read from its HTML and headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

DATA_TYPES: Final = frozenset({"application/json", "application/ld+json"})  # read, never run
IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")
NONCE: Final = re.compile(r"'nonce-[^']+'")
ACTIVE: Final = frozenset({"object", "embed", "applet", "base"})


@dataclass
class Reading:
    """scripts: address -> integrity, of what the page names; preloads: likewise; faults: sentences about what none may have."""

    url: str
    scripts: dict[str, str] = field(default_factory=dict)
    preloads: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class PageReader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.reading = Reading(url)
        self._inline = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name.lower(): value or "" for name, value in attrs}
        faults = self.reading.faults
        faults += [f"<{tag}> has the event handler {name}" for name in given if name.startswith("on")]
        faults += [
            f"<{tag}> runs a script by its {name}" for name, value in given.items()
            if value.strip().lower().startswith(("javascript:", "vbscript:", "data:text/html"))
        ]  # fmt: skip
        if tag in ACTIVE:
            faults.append(f"the page has a <{tag}>")
        self._inline = False
        if tag == "script":
            self._script(given)
        elif tag == "link" and "modulepreload" in given.get("rel", "").lower():
            self.reading.preloads[self._address(given.get("href", ""))] = given.get("integrity", "")
        elif (tag == "link" and "stylesheet" in given.get("rel", "").lower()) or tag in {"iframe", "frame"}:
            self._own(tag, given.get("href") or given.get("src", ""))
        elif tag == "form" and given.get("action"):
            self._own(tag, given["action"])

    def handle_data(self, data: str) -> None:
        if self._inline and data.strip():
            self.reading.faults.append(f"the page has an inline script: {data.strip()[:60]}")

    def handle_endtag(self, tag: str) -> None:
        self._inline = False

    def _script(self, given: Mapping[str, str]) -> None:
        if "src" in given:
            self.reading.scripts[self._address(given["src"])] = given.get("integrity", "")
        else:
            self._inline = given.get("type", "").lower() not in DATA_TYPES

    def _own(self, tag: str, address: str) -> None:
        if urlsplit(self._address(address)).netloc != urlsplit(self.reading.url).netloc:
            self.reading.faults.append(f"<{tag}> leads to another host: {address[:120]}")

    def _address(self, written: str) -> str:
        return urljoin(self.reading.url, written)


def read_page(url: str, html: str) -> Reading:
    reader = PageReader(url)
    reader.feed(html)
    reader.close()
    return reader.reading


def imports_of(url: str, script: str) -> set[str]:
    """The addresses of the modules that a script imports."""
    return {urljoin(url, name) for name in IMPORT.findall(script)}


def as_compared(name: str, value: str) -> str:
    """A header's value in a form in which order, spaces and nonces do not matter."""
    if name.lower() == "content-security-policy":
        parts = (part.split() for part in NONCE.sub("'nonce'", value).split(";"))
        return "; ".join(sorted(" ".join([part[0], *sorted(part[1:])]) for part in parts if part))
    return " ".join(value.split())
