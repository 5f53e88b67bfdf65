"""The bank's book: what it holds to be true, which is the fold of its journal and nothing else.

Both regions share it. Every change is one fact, written before it counts; an order or a transfer that is known changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from treasury.banks.nacha.codes import RETURNS
from treasury.banks.sandbox import magic
from treasury.banks.sandbox.journal import Fact, Journal
from treasury.banks.sandbox.orders import Asked, Order
from treasury.banks.types import MICRO_DEPOSIT, Sent, StatementLine, TransferOutcome

OPENING_CENTS: Final = 100_000_000  # the customer begins with $1,000,000, so that payouts are never short
ACCOUNT: Final = "4000123456"
State = Literal["waiting", "refused", "paid", "returned"]


@dataclass(slots=True)
class Transfer:
    asked: Asked
    channel: str
    batch_id: str
    reference: str
    state: State
    settles_at: datetime


@dataclass(slots=True)
class Book:
    """settle_after: how long a transfer waits until it is paid, and as long again until one comes back."""

    journal: Journal
    settle_after: timedelta
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    by_batch: dict[str, list[Transfer]] = field(default_factory=dict)
    unsettled: dict[str, Transfer] = field(default_factory=dict)  # key -> one that will still be paid or come back
    receipts: dict[str, list[Sent]] = field(default_factory=dict)
    lines: list[StatementLine] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)  # returned, corrected, statement, receipt: what the customer is told
    credits: set[str] = field(default_factory=set)
    told_lines: int = 0
    statements: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        for fact in self.journal.facts():
            self._apply(fact)

    @property
    def balance_cents(self) -> int:
        return OPENING_CENTS + sum(line.amount_cents for line in self.lines)

    def take(self, order: Order) -> Sent:
        """The receipt. A known order gets the one it got; of another one, transfers that are known are not paid again."""
        with self.lock:
            if order.batch_id not in self.receipts:
                self._write({"fact": "taken", **order.as_fact(), "at": self._now().isoformat()})
            return self.receipts[order.batch_id][-1]

    def receipt(self, batch_id: str) -> Sent | None:
        told = self.receipts.get(batch_id)
        return told[-1] if told else None

    def refuse_file(self, batch_id: str, reason: str) -> None:
        """A file that cannot be read: its receipt says so. One that is known keeps the receipt it got."""
        with self.lock:
            if batch_id not in self.receipts:
                self._write({"fact": "unreadable", "batch": batch_id, "reason": reason, "at": self._now().isoformat()})

    def credit(self, *, reference: str, amount_cents: int, kind: str, text: str) -> bool:
        """Money that comes in from elsewhere; False when this reference is known."""
        with self.lock:
            if reference in self.credits:
                return False
            self._write(
                {
                    "fact": "credited",
                    "reference": reference,
                    "cents": amount_cents,
                    "kind": kind,
                    "text": text,
                    "at": self._now().isoformat(),
                }
            )
            return True

    def settle(self) -> None:
        """Pay what is due, and send back what comes back. Safe to repeat."""
        with self.lock:
            now, due = self._now(), list[Fact]()
            for key, transfer in self.unsettled.items():
                last = transfer.asked.account_number[-4:]
                if transfer.state == "waiting" and transfer.settles_at <= now:
                    due.append({"fact": "paid", "key": key, "at": now.isoformat()})
                    if code := magic.CORRECTED_LATER.get(last):
                        due.append({"fact": "corrected", "key": key, "code": code, "at": now.isoformat()})
                elif transfer.state == "paid" and transfer.settles_at + self.settle_after <= now:
                    due.append({"fact": "returned", "key": key, "code": magic.RETURNED[last], "at": now.isoformat()})
            self._write(*due)

    def refuse_after_all(self, batch_id: str) -> None:
        """A second receipt of an order, which says no: what still waits is not paid."""
        with self.lock:
            if len(self.receipts.get(batch_id, [])) == 1:
                self._write({"fact": "refused", "batch": batch_id, "code": "AM04", "at": self._now().isoformat()})

    def repeat_yes(self, batch_id: str) -> None:
        with self.lock:
            if len(self.receipts.get(batch_id, [])) == 1:
                self._write({"fact": "repeated", "batch": batch_id, "at": self._now().isoformat()})

    def close_statement(self, flaws: list[str]) -> bool:
        """Tell the customer what was booked since the last statement; False when nothing was. flaws: what is wrong with this one."""
        with self.lock:
            if "fee" in flaws:
                self.credit(reference=f"FEE{self.statements + 1:06}", amount_cents=-15_00, kind="fee", text="Account maintenance")
            if self.told_lines == len(self.lines):
                return False
            number, until = self.statements + 1, len(self.lines)
            self._write(
                {
                    "fact": "statement",
                    "number": number,
                    "from": self.told_lines,
                    "until": until,
                    "flaws": flaws,
                    "at": self._now().isoformat(),
                }
            )
            return True

    def _now(self) -> datetime:
        return self.clock()

    def _write(self, *facts: Fact) -> None:
        self.journal.append(*facts)
        for fact in facts:
            self._apply(fact)

    def _apply(self, fact: Fact) -> None:
        getattr(self, f"_{fact['fact']}")(fact, datetime.fromisoformat(fact["at"]))

    def _taken(self, fact: Fact, at: datetime) -> None:
        outcomes = []
        for row in fact["transfers"]:
            asked = Asked(**row)
            last = asked.account_number[-4:]
            if asked.key not in self.transfers:
                wait = self.settle_after * magic.DELAYED.get(last, 1)
                state: State = "refused" if last in magic.REFUSED else "waiting"
                reference = f"T{len(self.transfers) + 1:09}"
                made = Transfer(asked, fact["channel"], fact["batch"], reference, state, at + wait)
                self.transfers[asked.key] = made
                self.by_batch.setdefault(fact["batch"], []).append(made)
                if state == "waiting":
                    self.unsettled[asked.key] = made
            known = self.transfers[asked.key]
            code = magic.REFUSED.get(last, "") if known.state == "refused" else ""
            outcomes.append(
                TransferOutcome(asked.end_to_end_id, known.state != "refused", asked.trace_number, known.reference, code)
            )
        yes = sum(one.is_accepted for one in outcomes)
        state_of_all: Any = "accepted" if yes == len(outcomes) else "partly" if yes else "refused"
        self._receipt(fact, Sent(fact["batch"], state_of_all, f"B{len(self.receipts) + 1:09}", tuple(outcomes)))

    def _refused(self, fact: Fact, at: datetime) -> None:
        for transfer in self.by_batch.get(fact["batch"], []):
            if transfer.state == "waiting":
                transfer.state = "refused"
                del self.unsettled[transfer.asked.key]
        first = self.receipts[fact["batch"]][0]
        outcomes = tuple(replace(one, is_accepted=False, reason_code=fact["code"]) for one in first.outcomes)
        self._receipt(fact, replace(first, state="refused", outcomes=outcomes, reason_code=fact["code"]))

    def _unreadable(self, fact: Fact, at: datetime) -> None:
        number = f"B{len(self.receipts) + 1:09}"
        self._receipt(fact, Sent(fact["batch"], "refused", number, reason_code="FF01", reason=fact["reason"]))

    def _repeated(self, fact: Fact, at: datetime) -> None:
        self._receipt(fact, self.receipts[fact["batch"]][0])

    def _receipt(self, fact: Fact, sent: Sent) -> None:
        told = self.receipts.setdefault(sent.batch_id, [])
        told.append(sent)
        self.facts.append({"fact": "receipt", "batch": sent.batch_id, "which": len(told), "at": fact["at"]})

    def _paid(self, fact: Fact, at: datetime) -> None:
        transfer = self.transfers[fact["key"]]
        transfer.state = "paid"
        if transfer.asked.account_number[-4:] not in magic.RETURNED:
            del self.unsettled[fact["key"]]
        if not transfer.asked.is_prenote:
            kind = "micro_deposit" if transfer.asked.description == MICRO_DEPOSIT else "payout"
            self._book(transfer, kind, -transfer.asked.amount_cents, at, transfer.reference, "")

    def _returned(self, fact: Fact, at: datetime) -> None:
        transfer = self.transfers[fact["key"]]
        transfer.state = "returned"
        del self.unsettled[fact["key"]]
        self.facts.append(fact)
        if not transfer.asked.is_prenote:
            self._book(transfer, "return", transfer.asked.amount_cents, at, f"{transfer.reference}R", fact["code"])

    def _corrected(self, fact: Fact, at: datetime) -> None:
        self.facts.append(fact)

    def _credited(self, fact: Fact, at: datetime) -> None:
        self.credits.add(fact["reference"])
        self.lines.append(
            StatementLine(
                bank_reference=fact["reference"], amount_cents=fact["cents"], booked_on=at.date(), value_on=at.date(), kind=fact["kind"], text=fact["text"],
            )
        )  # fmt: skip

    def _statement(self, fact: Fact, at: datetime) -> None:
        self.statements, self.told_lines = fact["number"], fact["until"]
        self.facts.append(fact)

    def _book(self, transfer: Transfer, kind: Any, cents: int, at: datetime, reference: str, code: str) -> None:
        asked = transfer.asked
        words = f"{RETURNS[code]} " if code else ""
        self.lines.append(
            StatementLine(
                bank_reference=reference, end_to_end_id=asked.end_to_end_id, trace_number=asked.trace_number, amount_cents=cents, booked_on=at.date(),
                value_on=at.date(), kind=kind, text=f"{words}{asked.description} {asked.name}".strip(), code=code,
            )
        )  # fmt: skip
