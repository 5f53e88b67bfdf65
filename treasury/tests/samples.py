"""Sales that the network has cleared, a verified account, and a bank whose line is cut where a test wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from checkout.clearing.take import take_file
from checkout.models import ClearingFile, NetworkAdvice
from checkout.network.clearing_file import Cleared, Clearing, write_clearing
from common.ids import new_id
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.models import Merchant
from people.models import User
from people.roles import FINANCE, give_role
from people.tests.factors import PASSWORD, staff_person
from treasury.banks.errors import BankSilent, BankUnavailable
from treasury.banks.types import (
    Batch,
    CreditTransfer,
    Incoming,
    MatchResult,
    NameMatch,
    News,
    ReturnedTransfer,
    Sent,
    Statement,
    StatementLine,
    TransferOutcome,
)
from treasury.clearing_names import clearing_name
from treasury.models import BankAccount, BankStatement
from treasury.services.settling import settle_new_files
from treasury.services.taking import take_all

OUR_ACCOUNT, ROUTING, ACCOUNT = "4000123456", "011000015", "000123456789"
OPENING_CENTS = 100_000_00


def yesterday() -> date:
    return timezone.now().astimezone(UTC).date() - timedelta(days=1)


def cleared(*advices: NetworkAdvice, sequence: int = 1, on: date | None = None) -> ClearingFile:
    """The network's file of these, taken."""
    day = on or yesterday()
    at = datetime.combine(day, time(12), UTC)
    NetworkAdvice.objects.filter(pk__in=[advice.pk for advice in advices]).update(created_at=at)
    lines = [
        Cleared(advice.kind, advice.rrn, advice.stan, "REF", "ACME", "00000001", advice.amount_cents, at.isoformat())  # type: ignore[arg-type]
        for advice in advices
    ]
    content = write_clearing(Clearing(day, sequence, lines)).encode()
    return take_file(name=f"{day}-{sequence}.csv", content=content).file


def money_of(merchant: Merchant) -> Sequence[NetworkAdvice]:
    return list(
        NetworkAdvice.objects.filter(
            tender__payment__merchant=merchant, kind__in=["completion", "refund"], settled_line=None
        ).order_by("pk")
    )


def settled(merchant: Merchant, *, sequence: int = 1) -> ClearingFile:
    """All that the merchant sold and gave back so far, cleared and settled."""
    file = cleared(*money_of(merchant), sequence=sequence)
    settle_new_files()
    return file


def money(merchant: Merchant, cents: int) -> None:
    """Settled, without a sale."""
    settled_money, cost = accounts_of([(Account.Kind.MERCHANT_SETTLED, merchant), (Account.Kind.ADJUSTMENTS, None)])
    post_entry(
        reference=f"adjustment:{new_id('adj')}", merchant=merchant, legs={settled_money: -cents, cost: cents}, description="Money"
    )


def an_account(merchant: Merchant, *, number: str = ACCOUNT, is_default: bool = True) -> BankAccount:
    now = timezone.now()
    return BankAccount.objects.create(
        merchant=merchant, holder="Acme Pharmacy LLC", routing_number=ROUTING, account_number=number, last4=number[-4:],
        status=BankAccount.Status.VERIFIED, verified_at=now, usable_at=now, is_default=is_default,
    )  # fmt: skip


def two_of_finance():
    second = User.objects.create_user(username="the_other", email="other@platform.example", password=PASSWORD)
    give_role(user=second, role=FINANCE)
    return staff_person(FINANCE), second


@dataclass
class Desk:
    """A partner bank. fates: what befalls the next calls of `send`, in order; then all is well.

    It pays each transfer once by its id, as banks do; `pay` books what it took, `news` is what it laid out.
    """

    fates: list[str] = field(default_factory=list)
    sends: list[Batch] = field(default_factory=list)
    taken: dict[str, Batch] = field(default_factory=dict)
    transfers: dict[str, CreditTransfer] = field(default_factory=dict)
    refusing: dict[str, str] = field(default_factory=dict)  # end-to-end id -> reason code
    news: list[News] = field(default_factory=list)
    name: MatchResult = "match"
    number: int = 0
    balance_cents: int = OPENING_CENTS
    while_asked: Callable[[], None] = lambda: None

    # --- What the treasury calls ---

    def send_with_failover(self, batch: Batch, *, was_sent_before: bool = False) -> tuple[Sent, str]:
        if was_sent_before and batch.id in self.taken:
            return self._said(self.taken[batch.id]), "east"
        fate = self.fates.pop(0) if self.fates else "well"
        if fate == "down":
            raise BankUnavailable("Nobody answers.")
        if fate == "silent before":
            raise BankSilent("No answer came.")
        self.sends.append(batch)
        self.taken[batch.id] = batch
        self.transfers |= {one.end_to_end_id: one for one in batch.transfers if one.end_to_end_id not in self.refusing}
        self.while_asked()
        if fate == "silent after":
            raise BankSilent("No answer came.")
        if fate == "dies":
            raise SystemExit
        if fate == "refused":
            return Sent(batch.id, "refused", reason_code="AM04", reason="Not enough money."), "east"
        return self._said(batch), "east"

    def status(self, batch_id: str) -> tuple[Sent, str] | None:
        return (self._said(self.taken[batch_id]), "east") if batch_id in self.taken else None

    def incoming(self, *, is_taken: Callable[[str, str], bool]) -> Iterator[tuple[str, Sequence[Incoming]]]:
        yield (
            "east",
            [Incoming(f"{n}.xml", f"file {n}".encode()) for n in range(len(self.news)) if not is_taken("east", f"{n}.xml")],
        )

    def read(self, endpoint: str, incoming: Incoming) -> News:
        return self.news[int(incoming.name.partition(".")[0])]

    def match_name(self, *, routing_number: str, account_number: str, name: str) -> NameMatch:
        return NameMatch(self.name)

    # --- What a test lets the bank do ---

    def pays(self, *lines: StatementLine, closing_off_by: int = 0, number: int | None = None) -> Statement:
        """A statement with these lines, or with a payment of all that was taken."""
        self.number += 1
        found = lines or tuple(line_of(one, number=self.number) for one in self.transfers.values())
        closing = self.balance_cents + sum(line.amount_cents for line in found)
        statement = Statement(
            id=f"ST{self.number}", account_number=OUR_ACCOUNT, number=number or self.number, from_on=timezone.now().date() - timedelta(days=9),
            to_on=timezone.now().date() + timedelta(days=1), opening_cents=self.balance_cents, closing_cents=closing + closing_off_by,
            lines=tuple(found),
        )  # fmt: skip
        self.balance_cents = closing
        self.says(News(statements=(statement,)))
        return statement

    def returns(self, transfer_id: str, cents: int, code: str = "R03") -> None:
        returned = ReturnedTransfer(
            trace_number=None,
            end_to_end_id=transfer_id,
            code=code,
            reason="No account",
            amount_cents=cents,
            returned_on=timezone.now().date(),
        )
        self.says(News(returns=(returned,)))

    def says(self, news: News) -> None:
        self.news.append(news)
        take_all()

    def _said(self, batch: Batch) -> Sent:
        outcomes = tuple(
            TransferOutcome(
                one.end_to_end_id, one.end_to_end_id not in self.refusing, reason_code=self.refusing.get(one.end_to_end_id, "")
            )
            for one in batch.transfers
        )
        return Sent(batch.id, "partly" if self.refusing else "accepted", bank_reference="BR1", outcomes=outcomes)


def line_of(transfer: CreditTransfer, *, number: int = 1, cents: int | None = None, **changes) -> StatementLine:
    today = timezone.now().date()
    return StatementLine(
        bank_reference=changes.pop("bank_reference", f"B{number}-{transfer.end_to_end_id[-12:]}"), end_to_end_id=transfer.end_to_end_id,
        amount_cents=-transfer.amount_cents if cents is None else cents, booked_on=changes.pop("booked_on", today), value_on=today,
        kind=changes.pop("kind", "payout"), **changes,
    )  # fmt: skip


def clearing_line(file: ClearingFile, *, cents: int | None = None, reference: str = "C1") -> StatementLine:
    today = timezone.now().date()
    return StatementLine(
        bank_reference=reference, end_to_end_id=clearing_name(file.business_on, file.sequence),
        amount_cents=file.completion_cents - file.refund_cents if cents is None else cents, booked_on=today, value_on=today, kind="clearing",
    )  # fmt: skip


def newest_statement() -> BankStatement:
    return BankStatement.objects.order_by("-number")[0]
