"""Taking what a bank laid out: each file once, whatever its name; what cannot be read waits as a case."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction

from common.errors import PlatformError
from treasury.banks.endpoints import Partner
from treasury.banks.errors import FileUnreadable
from treasury.banks.types import Correction, Incoming, News, ReturnedTransfer, Sent
from treasury.models import BankBatch, BankFile, TreasuryCase
from treasury.partner import partner
from treasury.selectors.transfers import transfer_named
from treasury.services.cases import clear_case, open_case
from treasury.services.corrections import correct_account
from treasury.services.outcomes import locked_transfer, transfer_refused, transfer_returned, transfer_sent
from treasury.services.taking_lines import take_statement
from vault.audit.services import record_about
from vault.errors import MerchantKeyMissing, MerchantKeyRevoked

logger = logging.getLogger(__name__)


def take_all() -> int:
    """Take every new file of every endpoint; returns how many. One endpoint that does not answer keeps no other waiting."""
    bank = partner()
    taken = set(BankFile.objects.values_list("endpoint", "name"))
    found = bank.incoming(is_taken=lambda endpoint, name: (endpoint, name) in taken)
    return sum(_tried(bank, endpoint, incoming) for endpoint, files in found for incoming in files)


def _tried(bank: Partner, endpoint: str, incoming: Incoming) -> bool:
    """One that cannot be taken now keeps no other waiting: the next sweep tries it again."""
    subject = f"untaken:{incoming.sha256[:40]}"
    try:
        is_new = take_incoming(bank=bank, endpoint=endpoint, incoming=incoming)
    except (PlatformError, DatabaseError, ValueError) as fault:
        logger.exception("%s of %s could not be taken", incoming.name, endpoint)
        text = f"{incoming.name} could not be taken ({type(fault).__name__}): nothing of it is booked, and it is tried again."
        open_case(kind=TreasuryCase.Kind.UNREADABLE, subject=subject, text=text)
        return False
    clear_case(kind=TreasuryCase.Kind.UNREADABLE, subject=subject, reason="It was taken now.")
    return is_new


@transaction.atomic
def take_incoming(*, bank: Partner, endpoint: str, incoming: Incoming) -> bool:
    """Take one file: all that it says, or nothing. False if the same content was taken before, under whatever name."""
    if BankFile.objects.filter(sha256=incoming.sha256).exists():
        BankFile.objects.create(endpoint=endpoint, name=incoming.name[:200], sha256=incoming.sha256, is_repeat=True)
        return False
    faults: list[str] = []
    try:
        news = bank.read(endpoint, incoming)
    except FileUnreadable as fault:
        news, faults = News(), [str(fault)]
    file = BankFile.objects.create(
        endpoint=endpoint,
        name=incoming.name[:200],
        sha256=incoming.sha256,
        is_readable=not faults,
        faults=[*faults, *news.faults],
    )
    for text in file.faults:
        open_case(
            kind=TreasuryCase.Kind.UNREADABLE,
            subject=f"{file.sha256[:40]}:{file.faults.index(text)}",
            text=f"{file.name}: {text}",
        )
    for receipt in news.receipts:
        take_receipt(receipt)
    for returned in news.returns:
        _returned(returned, file)
    for correction in news.corrections:
        _corrected(correction, file)
    for statement in news.statements:
        take_statement(statement, file)
    record_about(file, "taken", details={"endpoint": endpoint, "statements": len(news.statements), "returns": len(news.returns)})
    return True


def take_receipt(receipt: Sent) -> None:
    """What the bank says of a batch and its transfers: at once, or later in a file."""
    batch = BankBatch.objects.filter(public_id=receipt.batch_id).first()
    if batch is None:
        return
    said = {outcome.end_to_end_id: outcome for outcome in receipt.outcomes}
    for transfer in batch.transfers.order_by("pk"):
        current = locked_transfer(transfer.pk)
        outcome = said.get(current.public_id)
        if outcome is not None and not outcome.is_accepted:
            transfer_refused(current, code=outcome.reason_code, reason=outcome.reason or "The bank refused it.")
        elif outcome is None and receipt.state == "refused":
            transfer_refused(current, code=receipt.reason_code, reason=receipt.reason or "The bank refused the batch.")
        else:
            transfer_sent(current)


def _returned(returned: ReturnedTransfer, file: BankFile) -> None:
    transfer = transfer_named(returned.trace_number, returned.end_to_end_id)
    if transfer is None:
        open_case(
            kind=TreasuryCase.Kind.UNEXPLAINED, subject=f"return:{returned.bank_reference or returned.trace_number}",
            found_cents=returned.amount_cents, text=f"{file.name} returns a transfer that is none of ours ({returned.code}).",
        )  # fmt: skip
        return
    current = locked_transfer(transfer.pk)
    transfer_returned(current, code=returned.code, reason=returned.reason, amount_cents=returned.amount_cents)


def _corrected(correction: Correction, file: BankFile) -> None:
    transfer = transfer_named(correction.trace_number, correction.end_to_end_id)
    if transfer is None:
        return
    try:
        correct_account(transfer.bank_account, correction)
    except (MerchantKeyRevoked, MerchantKeyMissing):  # nobody may write the account now; its next payout is not made either
        open_case(
            kind=TreasuryCase.Kind.UNREADABLE, subject=f"correction:{transfer.public_id}", merchant=transfer.bank_account.merchant,
            text=f"{file.name} corrects an account ({correction.code}) whose key is locked at the bank.",
        )  # fmt: skip
