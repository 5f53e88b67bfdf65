"""What the host holds, for tests and for people with curl: two read-only JSON pages over plain HTTP.

GET /authorisations?rrn=...   authorisations with this reference (without it: the latest ones)
GET /clearing?on=2026-11-22   the clearing file of that day, as far as the day has got
GET /totals                   cents approved, held, completed, reversed and refunded, in all and by terminal
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from checkout.network.clearing_file import write_clearing
from checkout.network.host.book import Book, Holding
from checkout.network.host.clearing import clearing_of

READ_TIMEOUT_S: Final = 5.0
LATEST: Final = 50
SHOWN: Final = (
    "rrn",
    "acceptor",
    "terminal",
    "is_present",
    "mcc",
    "network",
    "account_kind",
    "last4",
    "requested_cents",
    "approved_cents",
    "response_code",
    "auth_code",
    "network_reference",
    "at",
)


async def serve_status(book: Book, host: str, port: int) -> asyncio.Server:
    """Answer status questions about `book`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), READ_TIMEOUT_S)
            status, body = respond(book, head.split(b"\r\n", 1)[0].decode("latin-1"))
            writer.write(_http(status, body))
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # not a question we can answer
        finally:
            writer.close()

    return await asyncio.start_server(handle, host, port)


def respond(book: Book, request_line: str) -> tuple[str, dict[str, Any] | str]:
    """The HTTP status and JSON or text body for one request line."""
    method, _, target = request_line.rpartition(" ")[0].partition(" ")
    url = urlsplit(target)
    if method != "GET":
        return "405 Method Not Allowed", {"error": "only GET is answered here"}
    if url.path == "/totals":
        return "200 OK", totals(book)
    if url.path == "/authorisations":
        [rrn] = parse_qs(url.query).get("rrn", [""])[:1]
        found = book.with_rrn(rrn) if rrn else list(book.holdings.values())[-LATEST:]
        return "200 OK", {"data": [describe(holding) for holding in found]}
    if url.path == "/clearing":
        return _clearing(book, parse_qs(url.query).get("on", [""])[0])
    return "404 Not Found", {"error": "ask for /authorisations, /clearing or /totals"}


def _clearing(book: Book, on: str) -> tuple[str, dict[str, Any] | str]:
    try:
        return "200 OK", write_clearing(clearing_of(book.advices.values(), date.fromisoformat(on)))
    except ValueError:
        return "400 Bad Request", {"error": "say which day: /clearing?on=2026-11-22"}


def totals(book: Book) -> dict[str, Any]:
    """Cents in all, and by terminal."""
    by_terminal: defaultdict[str, list[Holding]] = defaultdict(list)
    for holding in book.holdings.values():
        by_terminal[holding.authorised.terminal].append(holding)
    terminals = {terminal: _sums(holdings) for terminal, holdings in sorted(by_terminal.items())}
    return _sums(book.holdings.values()) | {"by_terminal": terminals}


def describe(holding: Holding) -> dict[str, Any]:
    """One authorisation and where its money is."""
    fact = holding.authorised
    return {name: getattr(fact, name) for name in SHOWN} | {
        "held_cents": holding.held_cents,
        "completed_cents": holding.completed_cents,
        "reversed_cents": holding.released_cents,
        "refunded_cents": holding.refunded_cents,
    }


def _sums(holdings: Iterable[Holding]) -> dict[str, int]:
    rows = list(holdings)
    return {
        "authorisations": len(rows),
        "approved_cents": sum(row.authorised.approved_cents for row in rows),
        "held_cents": sum(row.held_cents for row in rows),
        "completed_cents": sum(row.completed_cents for row in rows),
        "reversed_cents": sum(row.released_cents for row in rows),
        "refunded_cents": sum(row.refunded_cents for row in rows),
    }


def _http(status: str, body: dict[str, Any] | str) -> bytes:
    content, kind = (body.encode(), "text/csv") if isinstance(body, str) else (json.dumps(body).encode(), "application/json")
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + content
