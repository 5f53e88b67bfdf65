"""What travels between us and a bank: no Django, no file format.

Account numbers never show up in a repr, so no traceback or log line can leak them. A text that cannot be carried raises ValueError.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol

from treasury.banks.words import MAX_NAME, MAX_REMITTANCE, account_fault, routing_fault

MAX_AMOUNT_CENTS: Final = 9_999_999_999  # an ACH entry has ten digits
MAX_TRACE: Final = 9_998_999  # the thousand above are for entries of our own, such as the one that balances a batch
MAX_ID: Final = 35  # ISO 20022, Max35Text
MAX_DESCRIPTION: Final = 10  # NACHA's company entry description
MICRO_DEPOSIT: Final = "ACCTVERIFY"  # the description that NACHA's rules ask of micro-entries
ID: Final = re.compile(rf"[0-9A-Za-z_-]{{1,{MAX_ID}}}")

AccountKind = Literal["checking", "savings"]
EntryClass = Literal["CCD", "PPD"]  # to a company's account; to a person's
LineKind = Literal["payout", "return", "clearing", "micro_deposit", "fee", "other"]
BatchState = Literal["taken", "accepted", "partly", "refused"]
MatchResult = Literal["match", "close", "no_match", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """Money to one account, or with `is_prenote` a question without money whether the account can take some.

    end_to_end_id: ours, and the key of safe repetition: a bank pays it once, in whatever batch and however often it comes.
    trace_number: ours too, 1 to 9,998,999; an ACH return names the transfer by it alone, so it stays unique for the months in which
    returns come. name: the holder's, as `words.plain_ascii` writes it. description: what the receiver's statement shows.
    """

    end_to_end_id: str
    trace_number: int
    amount_cents: int
    routing_number: str
    account_number: str = field(repr=False)
    account_kind: AccountKind
    name: str
    description: str = "PAYOUT"
    remittance: str = ""
    entry_class: EntryClass = "CCD"
    is_prenote: bool = False

    def __post_init__(self) -> None:
        _require_id(self.end_to_end_id)
        if not 1 <= self.trace_number <= MAX_TRACE:
            raise ValueError(f"trace_number is from 1 to {MAX_TRACE:,}")
        if self.is_prenote and self.amount_cents:
            raise ValueError("a prenote moves no money")
        if not self.is_prenote and not 0 < self.amount_cents <= MAX_AMOUNT_CENTS:
            raise ValueError("amount_cents is above zero and has at most ten digits")
        if fault := routing_fault(self.routing_number) or account_fault(self.account_number):
            raise ValueError(fault)
        _require_plain("name", self.name, 1, MAX_NAME)
        _require_plain("description", self.description, 1, MAX_DESCRIPTION)
        _require_plain("remittance", self.remittance, 0, MAX_REMITTANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Transfers that go to the bank together. The same batch always becomes the same bytes: `created_at` is stored, not asked of the clock.

    number: which batch of its day, 0 to 35: ACH files of one day differ by a letter or digit.
    """

    id: str
    created_at: datetime
    effective_on: date
    transfers: tuple[CreditTransfer, ...]
    number: int = 0

    def __post_init__(self) -> None:
        _require_id(self.id)
        if self.created_at.utcoffset() != timedelta(0):
            raise ValueError("created_at is in UTC")
        if not self.transfers:
            raise ValueError("a batch has at least one transfer")
        if not 0 <= self.number <= 35:
            raise ValueError("number is from 0 to 35")
        if len({one.end_to_end_id for one in self.transfers}) != len(self.transfers):
            raise ValueError("two transfers of a batch have the same end_to_end_id")
        if len({one.trace_number for one in self.transfers}) != len(self.transfers):
            raise ValueError("two transfers of a batch have the same trace_number")

    @property
    def total_cents(self) -> int:
        return sum(one.amount_cents for one in self.transfers)


@dataclass(frozen=True, slots=True)
class TransferOutcome:
    """What the bank said of one transfer. reason_code: the bank's, as ISO's AC01; empty for a yes."""

    end_to_end_id: str
    is_accepted: bool
    trace_number: int | None = None
    bank_reference: str = ""
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The bank's receipt of a batch.

    taken: it lies at the bank, which has not judged it yet; ask `status`. accepted: all of it. partly: see `outcomes`.
    refused: none of it (`reason`). outcomes: those transfers of which the bank spoke by name; may be fewer than were sent.
    """

    batch_id: str
    state: BatchState
    bank_reference: str = ""
    outcomes: tuple[TransferOutcome, ...] = ()
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedTransfer:
    """Money that came back, days after a yes. A prenote comes back with 0 cents.

    end_to_end_id: ours, where the format carries it whole; else empty, and `trace_number` (ours) names the transfer.
    code: NACHA's, as R01, also where another format says the same in its own words.
    """

    trace_number: int | None
    end_to_end_id: str = ""
    code: str
    reason: str
    amount_cents: int
    returned_on: date
    bank_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A notification of change: the money went through, and the next transfer must use these data. None: as it was.

    code: NACHA's, as C01.
    """

    trace_number: int | None
    end_to_end_id: str = ""
    code: str
    reason: str
    routing_number: str | None = None
    account_number: str | None = field(default=None, repr=False)
    account_kind: AccountKind | None = None
    name: str | None = None
    noticed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One booking. amount_cents: signed, above 0 is money in. bank_reference: the bank's, unique within the account.

    end_to_end_id, trace_number: ours, where the bank says them. code: why money came back, as R01; of a return alone.
    """

    bank_reference: str
    end_to_end_id: str = ""
    trace_number: int | None = None
    amount_cents: int
    booked_on: date
    value_on: date
    kind: LineKind
    text: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the bank says of one account from one day to another, both included. number: the bank's, one higher each time."""

    id: str
    account_number: str = field(repr=False)
    number: int
    from_on: date
    to_on: date
    opening_cents: int
    closing_cents: int
    lines: tuple[StatementLine, ...]
    currency: str = "USD"

    @property
    def off_by_cents(self) -> int:
        """By how much the closing balance is above what opening balance and lines make; 0 when it adds up."""
        return self.closing_cents - self.opening_cents - sum(line.amount_cents for line in self.lines)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file or message as the bank laid it out. name: unique at its endpoint; raw: every byte of it."""

    name: str
    raw: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The same content under two names is the same message."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class News:
    """What an incoming file says. faults: parts that are named and not acted on, a sentence for each."""

    statements: tuple[Statement, ...] = ()
    returns: tuple[ReturnedTransfer, ...] = ()
    corrections: tuple[Correction, ...] = ()
    receipts: tuple[Sent, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """is_well: it answered as it should. message: one sentence for a person."""

    is_well: bool
    message: str


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Does the account belong to this name? known_as: what the bank calls the holder, where the match is close."""

    result: MatchResult
    known_as: str = ""


class Bank(Protocol):
    """One endpoint of a bank. Every call may raise BankUnavailable, BankSilent, BankRefused or KeyRevoked."""

    def send(self, batch: Batch) -> Sent:
        """Hand the batch over. Safe to repeat: a batch, and a transfer, that is known is not paid again."""
        ...

    def status(self, batch_id: str) -> Sent | None:
        """What became of a batch; None when the bank has never had it."""
        ...

    def incoming(self, *, is_taken: Callable[[str], bool]) -> Sequence[Incoming]:
        """What lies there under names that are not taken, oldest first. The taker keeps what was taken; nothing is removed."""
        ...

    def read(self, incoming: Incoming) -> News:
        """What it says; asks nobody. Raises FileUnreadable."""
        ...

    def check(self) -> Health:
        """Does it answer, and does it know us? Never raises."""
        ...


class NameMatcher(Protocol):
    """A bank that can be asked for the holder of an account, before money is sent."""

    def match_name(self, *, routing_number: str, account_number: str, name: str) -> NameMatch: ...


def _require_id(text: str) -> None:
    if not ID.fullmatch(text):
        raise ValueError(f"an id has 1 to {MAX_ID} letters, digits, “_” or “-”")


def _require_plain(field_name: str, text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most or not text.isascii() or not (text.isprintable() or not text) or text != text.strip():
        raise ValueError(f"{field_name} has {least} to {most} printable ASCII characters and no spaces around them")
