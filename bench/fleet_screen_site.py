"""A made-up fleet for the fleet's page, and a server of nothing but that page: its template, its scripts, its list, and frames for its socket."""

from __future__ import annotations

import json
import mimetypes
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from django.template.loader import render_to_string
from playwright.sync_api import WebSocketRoute

from pos_monitor.admin import fleet_page
from pos_monitor.estate.directory import State
from pos_monitor.estate.names import Names
from pos_monitor.live import summary
from pos_monitor.live.board import encode_cells
from pos_monitor.live.protocol import CHANGES, WHOLE, Filter, Health, Hello, Pong, Worst, WorstRow
from pos_monitor.live.roster import DIMENSIONS, Roster
from pos_monitor.live.viewer import text_of
from pos_monitor.wire import cells as wire
from pos_monitor.wire.cells import Band, Status

STATIC: Final = Path(__file__).resolve().parent.parent / "static"
TOWNS: Final = ("Ashford", "Bangor", "Concord", "Duluth", "Elm Street", "Fresno", "Galveston", "Houston")
PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fleet</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/admin.css"><link rel="stylesheet" href="/static/css/fleet.css">{ahead}</head>
<body><main class="fl">{live}</main><script type="module" async src="/static/js/fleet/main.js"></script></body></html>"""
# How terminals are, and how many of them: mostly well.
LIKE: Final[tuple[tuple[float, Status, int, dict[str, Band]], ...]] = (
    (0.94, Status.ONLINE, 0, {}), (0.01, Status.OFFLINE, 3, {}), (0.01, Status.LATE, 0, {}), (0.015, Status.ONLINE, 2, {"BATTERY": Band.BAD}),
    (0.015, Status.ONLINE, 0, {"SIGNAL": Band.LOW}), (0.01, Status.ONLINE, 3, {"SALES": Band.BAD}),
)  # fmt: skip


def a_roster(size: int, rng: np.random.Generator) -> Roster:
    """size terminals in stores of four, of 220 merchants in 15 regions."""
    names, n_stores = Names(), size // 4 + 1
    number = np.arange(size + 1, dtype=np.uint32)
    store = (number + 3) // 4
    merchant_of, region_of = rng.integers(1, 221, n_stores + 1), rng.zipf(1.6, n_stores + 1) % 15
    columns: dict[str, Any] = {
        "number": number,
        "revision": number.astype(np.int64),
        "state": np.full(size + 1, State.ACTIVE, np.uint8),
    }
    columns |= {
        "store": store.astype(np.int64),
        "merchant": merchant_of[store],
        "group": np.zeros(size + 1, np.int64),
        "kind": np.zeros(size + 1, np.uint8),
    }
    regions = [names.region.number(f"Region {place:02}") for place in range(15)]
    columns["region"] = np.array(regions)[region_of[store]]
    for by, many in (("model", 4), ("operator", 3), ("firmware", 5), ("app", 6)):
        words = [getattr(names, by).number(f"{by} {place}") for place in range(many)]
        columns[by] = rng.choice(words, size + 1)
    places = rng.permutation(n_stores + 1)  # no estate grows in the order of its names
    names.stores.update({key: f"{TOWNS[place % len(TOWNS)]} {place}" for key, place in enumerate(places.tolist())})
    names.merchants.update({key: f"Merchant {key}" for key in range(221)})
    names.label = [f"Till {place % 8 + 1}" for place in range(size + 1)]
    assert {*DIMENSIONS} <= {*columns}
    return Roster(size, 1, columns, names, number[1:])


def some_cells(count: int, rng: np.random.Generator) -> np.ndarray:
    made = []
    for _, status, severity, bands in LIKE:
        cell = int(status) | severity << wire.SEVERITY[0]
        for name in ("BATTERY", "SIGNAL", "PRINTER", "SALES"):
            cell |= int(bands.get(name, Band.GOOD)) << getattr(wire, name)[0]
        made.append(cell)
    return np.array(made, np.uint16)[rng.choice(len(LIKE), count, p=[share for share, *_ in LIKE])]


class Site:
    """What the page asks, answered from memory over one connection a file. frames: what `/frames.bin` gives, set by whoever replays them."""

    def __init__(self, size: int, changed: int) -> None:
        self.rng, self.changed, self.version = np.random.default_rng(7), changed, 1
        self.roster = a_roster(size, self.rng)
        self.cells = np.concatenate([np.zeros(1, np.uint16), some_cells(size, self.rng)])
        self.frames = b""
        self.line: WebSocketRoute | None = None
        context = _context()
        ahead, live = (render_to_string(f"admin/fleet/{part}.html", context) for part in ("_ahead", "_live"))
        self.html = PAGE.format(ahead=ahead, live=live).encode()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer_of(self, path: str) -> tuple[bytes, str, str] | None:
        """Body, its kind, and how it is packed."""
        if path == "/admin/fleet/":
            return self.html, "text/html", ""
        if path.endswith("terminals.json"):
            return self.roster.listed(None).body, "application/json", "gzip"
        if path == "/frames.bin":
            return self.frames, "application/octet-stream", ""
        file = STATIC / path.removeprefix("/static/")
        return (file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain", "") if file.is_file() else None

    def come(self, line: WebSocketRoute) -> None:
        self.line = line
        line.on_message(lambda text: self.answer(line, json.loads(text)))
        for text in self.greeting():
            line.send(text)

    def greeting(self) -> list[str]:
        hello = Hello(
            revision=1, terminals=len(self.roster.numbers), server_ms=now_ms(), until_ms=now_ms() + 3_600_000, idle_s=900
        )
        return [text_of(hello), text_of(Health(is_connected=True, shards=[]))]

    def answer(self, line: WebSocketRoute, asked: dict[str, Any]) -> None:
        if asked["type"] == "look":
            line.send(self.whole())
            for text in self.figures():
                line.send(text)
        elif asked["type"] == "ping":
            line.send(text_of(Pong(at=asked["at"], server_ms=now_ms())))

    def figures(self) -> list[str]:
        selection = summary.select(self.roster, self.cells, Filter(), None)
        total, numbers = summary.worst(selection, 0)
        rows = [WorstRow(int(n), int(self.cells[n]), now_ms() - 60_000, "Till silent", "sam", "inc_1") for n in numbers]
        messages = (summary.counts(selection), Worst(0, total, rows), summary.groups(selection, self.roster, "region"))
        return [text_of(message) for message in messages]

    def whole(self) -> bytes:
        return self._frame(WHOLE, self.roster.numbers)

    def next(self) -> bytes:
        """A frame in which some changed."""
        numbers = np.sort(self.rng.choice(self.roster.numbers, self.changed, replace=False))
        self.cells[numbers] = some_cells(self.changed, self.rng)
        self.version += 1
        return self._frame(CHANGES, numbers)

    def tell(self) -> int:
        """Send it. Returns its length in bytes."""
        assert self.line is not None
        body = self.next()
        self.line.send(body)
        return len(body)

    def _frame(self, kind: int, numbers: np.ndarray) -> bytes:
        return encode_cells(
            kind, numbers, self.cells[numbers], version=self.version, made_ms=now_ms(), freshest_ms=now_ms(), behind_ms=150
        )


def _context() -> dict[str, Any]:
    return {
        "tiles": fleet_page.TILES, "modes": fleet_page.MODES, "dimensions": fleet_page.DIMENSIONS, "terminal_url": "/t/0/", "incident_url": "/i/0/",
        "modules": fleet_page.modules(), "request": SimpleNamespace(),
    }  # fmt: skip


def _handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other

        def do_GET(self) -> None:  # its name is the library's
            found = site.answer_of(self.path.split("?")[0])
            body, kind, packed = found or (b"", "text/plain", "")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-cache")
            if packed:
                self.send_header("Content-Encoding", packed)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing: requests are not what is measured."""

    return Handler


def now_ms() -> int:
    return time.time_ns() // 1_000_000
