"""The bank's post: each fact that the customer is told of, as files in the outbox and as messages of the API.

The files follow from the facts, so those that a crash left unwritten are written at the next start, with the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from treasury.banks.nacha.codes import CORRECTED, RETURNS
from treasury.banks.sandbox import ach_out, magic
from treasury.banks.sandbox.book import ACCOUNT, OPENING_CENTS, Book
from treasury.banks.sandbox.journal import Fact
from treasury.banks.sandbox.messages_out import camt, flawed, report, sent_said, statement_said
from treasury.banks.types import Statement


class Post:
    """outbox: what lies on the SFTP servers. messages: what the API lists."""

    def __init__(self, book: Book, *, outbox: Path, messages: Path) -> None:
        self._book, self._outbox, self._messages, self._done = book, outbox, messages, 0
        outbox.mkdir(parents=True, exist_ok=True)
        messages.mkdir(parents=True, exist_ok=True)

    def deliver(self) -> None:
        """Write what is not there yet. Safe to repeat."""
        with self._book.lock:
            while self._done < len(self._book.facts):
                number = self._done + 1
                for folder, name, content in self._files(number, self._book.facts[self._done]):
                    _write(folder / name, content)
                self._done = number

    def _files(self, number: int, fact: Fact) -> Iterator[tuple[Path, str, bytes]]:
        at = datetime.fromisoformat(fact["at"])
        match fact["fact"]:
            case "receipt":
                yield from self._receipt(number, fact, at)
            case "statement":
                yield from self._statement(number, fact, at)
            case "returned":
                yield from self._returned(number, fact, at)
            case "corrected":
                yield from self._corrected(number, fact, at)

    def _receipt(self, number: int, fact: Fact, at: datetime) -> Iterator[tuple[Path, str, bytes]]:
        sent = self._book.receipts[fact["batch"]][fact["which"] - 1]
        channel = next((one.channel for one in self._book.by_batch.get(fact["batch"], [])), "iso")
        if channel == "api":
            if fact["which"] > 1:  # the first was the answer to the call
                yield self._messages, f"{number:07}-receipt.json", _json({"kind": "receipt", "receipt": sent_said(sent)})
        else:
            yield (
                self._outbox,
                f"{number:07}-{fact['batch']}.pain002.xml",
                report(sent, which=fact["which"], channel=channel, at=at),
            )

    def _statement(self, number: int, fact: Fact, at: datetime) -> Iterator[tuple[Path, str, bytes]]:
        lines = self._book.lines[fact["from"] : fact["until"]]
        opening = OPENING_CENTS + sum(line.amount_cents for line in self._book.lines[: fact["from"]])
        statement = Statement(
            id=f"STMT{fact['number']:08}", account_number=ACCOUNT, number=fact["number"], from_on=min(line.booked_on for line in lines), to_on=at.date(),
            opening_cents=opening, closing_cents=opening + sum(line.amount_cents for line in lines), lines=tuple(lines),
        )  # fmt: skip
        said = flawed(statement, fact["flaws"])
        for ending in ("", "-again") if "duplicate" in fact["flaws"] else ("",):
            yield self._outbox, f"{number:07}-statement-{fact['number']:06}{ending}.camt053.xml", camt(said, at)
            yield self._messages, f"{number:07}-statement-{fact['number']:06}{ending}.json", _json(statement_said(said))

    def _returned(self, number: int, fact: Fact, at: datetime) -> Iterator[tuple[Path, str, bytes]]:
        transfer = self._book.transfers[fact["key"]]
        if transfer.channel == "ach":
            raw = ach_out.returned(transfer.asked, code=fact["code"], number=number, on=at.date())
            yield self._outbox, f"{number:07}-returns.ach", raw
        elif transfer.channel == "api":
            said = {
                "kind": "return", "trace_number": transfer.asked.trace_number, "end_to_end_id": transfer.asked.end_to_end_id, "code": fact["code"],
                "reason": RETURNS[fact["code"]], "amount_cents": transfer.asked.amount_cents, "on": at.date().isoformat(),
                "reference": f"{transfer.reference}R",
            }  # fmt: skip
            yield self._messages, f"{number:07}-return.json", _json(said)

    def _corrected(self, number: int, fact: Fact, at: datetime) -> Iterator[tuple[Path, str, bytes]]:
        transfer = self._book.transfers[fact["key"]]
        right = magic.corrected(fact["code"], transfer.asked.account_number)
        if transfer.channel == "api":
            empty = dict.fromkeys(("routing_number", "account_number", "account_kind", "name"))
            said = {
                "kind": "correction", "trace_number": transfer.asked.trace_number, "end_to_end_id": transfer.asked.end_to_end_id, "code": fact["code"],
                "reason": "wrong data", "on": at.date().isoformat(), **empty, **right,
            }  # fmt: skip
            yield self._messages, f"{number:07}-correction.json", _json(said)
        else:
            raw = ach_out.corrected(
                transfer.asked, code=fact["code"], right=right, places=CORRECTED[fact["code"]], number=number, on=at.date()
            )
            yield self._outbox, f"{number:07}-changes.ach", raw


def _json(said: object) -> bytes:
    return json.dumps(said, indent=1).encode() + b"\n"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and once."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(content)
    os.replace(draft, path)
