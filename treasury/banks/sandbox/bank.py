"""The sandbox's bank without its doors: book, post and switches in one folder, and what it does as time goes by."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from treasury.banks.errors import FileUnreadable
from treasury.banks.sandbox import magic
from treasury.banks.sandbox.book import Book
from treasury.banks.sandbox.journal import Journal
from treasury.banks.sandbox.orders import Order, order_in
from treasury.banks.sandbox.post import Post
from treasury.banks.sandbox.switches import Switches
from treasury.banks.types import NameMatch

Region = Literal["east", "west"]
PART = ".part"


@dataclass(frozen=True, slots=True)
class Credit:
    """Money from elsewhere, such as the acquirer's takings of a day. reference: the same one is booked once."""

    reference: str
    amount_cents: int
    text: str


class SandboxBank:
    """folder: all that it writes. credits: asked at every tick for what the acquirer pays in."""

    def __init__(
        self, folder: Path, *, settle_after: timedelta, statement_after: timedelta, credits: Callable[[], Iterable[Credit]] = tuple,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.drop, self.keys, self.messages = folder / "drop", folder / "keys", folder / "messages"
        self.inbox, self.archive = self.drop / "inbox", self.drop / "archive"
        for made in (self.inbox, self.archive, self.keys):
            made.mkdir(parents=True, exist_ok=True)
        self.switches = Switches(folder / "switches")
        self._journal = Journal(folder / "book.jsonl")
        self.book = Book(self._journal, settle_after, clock)
        self._post = Post(self.book, outbox=self.drop / "outbox", messages=self.messages)
        self._credits, self._clock, self._statement_after, self._statement_at = credits, clock, statement_after, clock()
        self._broken: set[str] = set()
        self._looked_at = 0

    def tick(self) -> None:
        """Take what lies in the inbox, book what is due, write what the customer is told. Safe to repeat."""
        self._take_inbox()
        for credit in self._credits():
            self.book.credit(reference=credit.reference, amount_cents=credit.amount_cents, kind="clearing", text=credit.text)
        self._think_again()
        if not self.switches.is_on("still"):
            self.book.settle()
            if self._clock() - self._statement_at >= self._statement_after:
                self._statement_at = self._clock()
                self.close_statement()
        self._post.deliver()

    def close_statement(self) -> None:
        """Now, whatever the time, where there is something to tell."""
        if self.book.told_lines < len(self.book.lines) or self.switches.is_on("fee"):
            self.book.close_statement(self.switches.used())
        self._post.deliver()

    def is_down(self, region: Region) -> bool:
        return self.switches.is_on(f"down-{region}")

    def manner_of(self, order: Order) -> magic.Manner:
        return magic.manner_of([one.amount_cents for one in order.transfers])

    def manner_of_file(self, path: Path) -> tuple[magic.Manner, str]:
        """How the bank behaves on this file, and its batch."""
        try:
            order = order_in(path.read_bytes(), path.name)
        except (FileUnreadable, OSError, ValueError):
            return "", ""
        return self.manner_of(order), order.batch_id

    def breaks_first(self, batch_id: str) -> bool:
        """True at the first try of a batch whose line breaks, for as long as this process lives."""
        is_first = batch_id not in self._broken
        self._broken.add(batch_id)
        return is_first

    def match_name(self, account_number: str, name: str) -> NameMatch:
        result = magic.NAME_MATCHES.get(account_number[-4:], "match")
        known_as = f"{name} Incorporated" if result == "close" else ""
        return NameMatch(result, known_as)  # type: ignore[arg-type]  # the table holds nothing else

    def close(self) -> None:
        self._journal.close()

    def _think_again(self) -> None:
        """A second receipt of the batches whose amounts ask for one. Each batch is looked at once."""
        for batch_id in list(self.book.by_batch)[self._looked_at :]:
            self._looked_at += 1
            match magic.manner_of([one.asked.amount_cents for one in self.book.by_batch[batch_id]]):
                case "yes_twice":
                    self.book.repeat_yes(batch_id)
                case "yes_then_no":
                    self.book.refuse_after_all(batch_id)

    def _take_inbox(self) -> None:
        """Each file once: it is booked before it is moved, and a book that knows it is not changed."""
        for path in sorted(self.inbox.iterdir()):
            if path.name.endswith(PART) or not path.is_file():
                continue
            try:
                self.book.take(order_in(path.read_bytes(), path.name))
            except (FileUnreadable, ValueError) as fault:
                self.book.refuse_file(path.name.split(".")[0], str(fault))
            os.replace(path, self.archive / path.name)
