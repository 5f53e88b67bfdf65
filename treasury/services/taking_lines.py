"""Statements: each booking enters the book once, under the bank's own reference, and is explained or waits as a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import Sum

from checkout.models import ClearingFile
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.models import Merchant
from treasury.banks.types import Statement, StatementLine
from treasury.clearing_names import clearing_file_named
from treasury.models import BankFile, BankLine, BankStatement, BankTransfer, TreasuryCase
from treasury.selectors.transfers import transfer_named
from treasury.services.cases import clear_case, open_case
from treasury.services.outcomes import locked_transfer, paid_after_all, transfer_paid, transfer_returned

Kind, Case = Account.Kind, TreasuryCase.Kind
NEVER_PAID: Final = (BankTransfer.Status.REFUSED, BankTransfer.Status.CANCELLED)


def take_statement(statement: Statement, file: BankFile) -> None:
    """Keep a statement and book its lines, in the caller's transaction. Lines that an earlier statement brought are not booked again."""
    last4 = statement.account_number[-4:]
    if BankStatement.objects.filter(account_last4=last4, number=statement.number).exists():
        _again(statement, last4)
        return
    kept = BankStatement.objects.create(
        file=file, statement_id=statement.id[:40], account_last4=last4, number=statement.number, from_on=statement.from_on,
        to_on=statement.to_on, opening_cents=statement.opening_cents, closing_cents=statement.closing_cents,
    )  # fmt: skip
    _open_the_book(kept)
    _look_at(statement, kept)
    for line in statement.lines:
        _take(line, kept)


def _again(statement: Statement, last4: str) -> None:
    """The same number once more, in other bytes: its lines are known, or something is wrong with it."""
    known = BankStatement.objects.get(account_last4=last4, number=statement.number)
    if known.closing_cents != statement.closing_cents:
        open_case(
            kind=Case.STATEMENT_OFF, subject=f"again:{last4}:{statement.number}", expected_cents=known.closing_cents,
            found_cents=statement.closing_cents, on=known.to_on,
            text=f"Statement {statement.number} came twice, with another closing balance the second time.",
        )  # fmt: skip
    for line in statement.lines:
        _take(line, known)


def _open_the_book(statement: BankStatement) -> None:
    """What lay at the bank before its first statement is our own money."""
    if statement.opening_cents and not BankStatement.objects.exclude(pk=statement.pk).exists():
        cash, capital = accounts_of([(Kind.BANK_CASH, None), (Kind.CAPITAL, None)])
        post_entry(
            reference=f"bank_opening:{statement.account_last4}", legs={cash: statement.opening_cents, capital: -statement.opening_cents},
            description="At the bank before the first statement",
        )  # fmt: skip


def _look_at(statement: Statement, kept: BankStatement) -> None:
    """Does it add up, does it follow the one before, and are its lines of its days?"""
    if statement.off_by_cents:
        open_case(
            kind=Case.STATEMENT_OFF, subject=f"sum:{kept.account_last4}:{kept.number}", on=kept.to_on,
            expected_cents=statement.closing_cents - statement.off_by_cents, found_cents=statement.closing_cents,
            text=f"Statement {kept.number} does not add up: its lines do not lead from its opening to its closing balance.",
        )  # fmt: skip
    before = BankStatement.objects.filter(account_last4=kept.account_last4, number__lt=kept.number).order_by("-number").first()
    if before and (before.number != kept.number - 1 or before.closing_cents != kept.opening_cents):
        open_case(
            kind=Case.STATEMENT_GAP, subject=f"{kept.account_last4}:{kept.number}", expected_cents=before.closing_cents,
            found_cents=kept.opening_cents, on=kept.to_on,
            text=f"Statement {kept.number} does not follow on statement {before.number}.",
        )  # fmt: skip
    for after in BankStatement.objects.filter(account_last4=kept.account_last4, number=kept.number + 1):
        if after.opening_cents == kept.closing_cents:
            clear_case(
                kind=Case.STATEMENT_GAP,
                subject=f"{kept.account_last4}:{after.number}",
                reason=f"Statement {kept.number} came later.",
            )


def _take(line: StatementLine, statement: BankStatement) -> None:
    if not line.amount_cents:  # a booking of nothing, which some banks write for their own ends
        return
    reference = line.bank_reference[:60]
    known = BankLine.objects.filter(bank_reference=reference).first()
    if known is not None:
        if known.amount_cents != line.amount_cents:
            open_case(
                kind=Case.AMOUNT, subject=f"line:{reference}", expected_cents=known.amount_cents, found_cents=line.amount_cents,
                on=line.booked_on, text=f"The bank booked {reference} before, with another amount.",
            )  # fmt: skip
        return
    if not statement.from_on <= line.booked_on <= statement.to_on:
        open_case(
            kind=Case.DATE, subject=f"line:{reference}", found_cents=line.amount_cents, on=statement.to_on,
            text=f"{reference} is booked on {line.booked_on}, outside its statement {statement.number}.",
        )  # fmt: skip
    kept = BankLine.objects.create(
        statement=statement, bank_reference=reference, end_to_end_id=line.end_to_end_id, amount_cents=line.amount_cents,
        booked_on=line.booked_on, value_on=line.value_on, kind=line.kind, text=line.text[:140],
    )  # fmt: skip
    kept.transfer = transfer_named(line.trace_number, line.end_to_end_id)
    kept.is_explained = _explained(kept, line.code)
    kept.save(update_fields=["transfer", "clearing_file", "is_explained"])


def _explained(line: BankLine, code: str) -> bool:
    """Book the line as what it is. False: it is booked as unexplained, and a person looks. code: why money came back, as R01."""
    if line.transfer is not None:
        current = locked_transfer(line.transfer.pk)
        return _sent_back(line, current, code) if line.amount_cents > 0 else _paid(line, current)
    if line.kind == BankLine.Kind.FEE:
        return _book(line, {Kind.BANK_FEES: -line.amount_cents})
    if line.kind == BankLine.Kind.CLEARING and (file := clearing_file_named(line.end_to_end_id or line.bank_reference)):
        return _cleared(line, file)
    return _unexplained(line, Case.UNEXPLAINED, "Nothing of ours explains this booking.", expected_cents=None)


def _paid(line: BankLine, transfer: BankTransfer) -> bool:
    cents, merchant = -line.amount_cents, transfer.bank_account.merchant
    if transfer.settled_at is not None:
        return _unexplained(line, Case.DUPLICATE, f"The bank paid {transfer.public_id} a second time.", expected_cents=0)
    if transfer.status in NEVER_PAID:
        paid_after_all(transfer, cents, reference=f"paid_after_all:{line.bank_reference}")
        return True
    pocket = Kind.MERCHANT_IN_TRANSIT if transfer.payout_id else Kind.BANK_FEES
    legs = {pocket: transfer.amount_cents, Kind.UNEXPLAINED: cents - transfer.amount_cents}
    _book(line, legs, merchant=merchant if transfer.payout_id else None)
    transfer_paid(transfer)
    clear_case(kind=Case.MISSING, subject=transfer.public_id, reason=f"Booked as {line.bank_reference}.")
    if cents == transfer.amount_cents:
        return True
    open_case(
        kind=Case.AMOUNT, subject=f"line:{line.bank_reference}", merchant=merchant, expected_cents=-transfer.amount_cents,
        found_cents=line.amount_cents, on=line.booked_on, text=f"The bank paid {transfer.public_id} with another amount than was asked.",
    )  # fmt: skip
    return False


def _sent_back(line: BankLine, transfer: BankTransfer, code: str) -> bool:
    earlier = BankLine.objects.filter(transfer=transfer, amount_cents__gt=0).exclude(pk=line.pk)
    if transfer.status in NEVER_PAID or earlier.exists():
        return _unexplained(
            line, Case.UNEXPLAINED, f"Money came back for {transfer.public_id}, which is settled already.", expected_cents=0
        )
    transfer_returned(transfer, code=code, reason=line.text or "The receiving bank sent it back.", amount_cents=line.amount_cents)
    return _book(line, {Kind.BANK_DUE: -line.amount_cents})


def _cleared(line: BankLine, file: ClearingFile) -> bool:
    """The processor pays what the file says. What differs stays owed to us, or by us, and is a case."""
    line.clearing_file = file
    _book(line, {Kind.PROCESSOR_DUE: -line.amount_cents})
    clear_case(kind=Case.MISSING, subject=f"clearing:{file.pk}", reason=f"Booked as {line.bank_reference}.")
    expected = file.completion_cents - file.refund_cents
    paid = BankLine.objects.filter(clearing_file=file).aggregate(cents=Sum("amount_cents"))["cents"] or 0
    total = paid + line.amount_cents
    if total == expected:
        clear_case(kind=Case.AMOUNT, subject=f"clearing:{file.pk}", reason=f"Made up for by {line.bank_reference}.")
        return True
    open_case(
        kind=Case.AMOUNT, subject=f"clearing:{file.pk}", expected_cents=expected, found_cents=total, on=line.booked_on,
        text=f"The processor paid another amount for {file.name} than the file says.",
    )  # fmt: skip
    return False


def _unexplained(line: BankLine, kind: TreasuryCase.Kind, text: str, *, expected_cents: int | None) -> bool:
    _book(line, {Kind.UNEXPLAINED: -line.amount_cents})
    open_case(
        kind=kind, subject=f"line:{line.bank_reference}", expected_cents=expected_cents, found_cents=line.amount_cents, on=line.booked_on,
        text=f"{text} {line.text}".strip(),
    )  # fmt: skip
    return False


def _book(line: BankLine, cents_of: Mapping[Account.Kind, int], *, merchant: Merchant | None = None) -> bool:
    kinds = list(cents_of)
    cash, *others = accounts_of(
        [(Kind.BANK_CASH, None), *((kind, merchant if kind == Kind.MERCHANT_IN_TRANSIT else None) for kind in kinds)]
    )
    post_entry(
        reference=f"bank:{line.bank_reference}", merchant=merchant, description=f"Bank, {line.booked_on}: {line.get_kind_display()}",
        legs={cash: line.amount_cents, **dict(zip(others, cents_of.values(), strict=True))},
    )  # fmt: skip
    return True
