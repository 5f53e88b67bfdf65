"""A batch as an ACH file. The same batch always becomes the same bytes."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from treasury.banks.errors import BankRefused
from treasury.banks.nacha.codes import CREDIT, CREDITS_ONLY, DEBIT_CHECKING, MIXED, PRENOTE
from treasury.banks.nacha.records import (
    BATCH_CONTROL,
    BATCH_HEADER,
    BLOCK,
    ENTRY,
    FILE_CONTROL,
    FILE_HEADER,
    FILLER,
    PAYMENT_ADDENDA,
    entry_hash,
)  # fmt: skip
from treasury.banks.originator import Originator
from treasury.banks.types import MAX_AMOUNT_CENTS, MAX_TRACE, Batch, CreditTransfer

MAX_ENTRIES: Final = 9_999  # to a batch of the file; banks publish this or a higher limit
MAX_TOTAL_CENTS: Final = 10**12 - 1  # a control record has twelve digits
MODIFIERS: Final = string.ascii_uppercase + string.digits
IDENTIFICATION: Final = 15


def ach_file(batch: Batch, originator: Originator) -> bytes:
    """Transfers that differ in class or description stand in batches of their own, as do those beyond what one batch may hold.

    Raises BankRefused where they do not fit into one file.
    """
    if batch.total_cents > MAX_TOTAL_CENTS:
        raise BankRefused("An ACH file carries less than $10,000,000,000: divide the batch.")
    records, count, hashes, debit, batches = [_header(batch, originator)], 0, 0, 0, 0
    for batches, group in enumerate(_groups(batch.transfers, is_balanced=originator.is_balanced), start=1):
        entries, entry_count, group_hash, group_debit = _entries(group, originator, batches)
        records += _batch(batch, originator, batches, group, entries, entry_count, group_hash, group_debit)
        count, hashes, debit = count + entry_count, hashes + group_hash, debit + group_debit
    blocks = -(-(len(records) + 1) // BLOCK)
    records.append(
        FILE_CONTROL.write(
            batches=batches, blocks=blocks, count=count, hash=hashes % 10**10, debit=debit, credit=batch.total_cents
        )
    )
    records += [FILLER] * (blocks * BLOCK - len(records))
    return "".join(f"{record}\n" for record in records).encode("ascii")


def identification(end_to_end_id: str) -> str:
    """What of our id fits: its end, which differs most. Nobody needs it to know a transfer: its trace number does that."""
    return end_to_end_id[-IDENTIFICATION:]


def _header(batch: Batch, originator: Originator) -> str:
    return FILE_HEADER.write(
        destination=f" {originator.routing_number}", origin=f"{originator.company_id:>10}", created_on=f"{batch.created_at:%y%m%d}",
        created_at=f"{batch.created_at:%H%M}", modifier=MODIFIERS[batch.number], record_size=94, blocking=BLOCK, format=1,
        destination_name=originator.bank_name, origin_name=originator.company_name,
    )  # fmt: skip


def _groups(transfers: Sequence[CreditTransfer], *, is_balanced: bool) -> Iterator[list[CreditTransfer]]:
    """Each becomes one batch of the file, its traces rising."""
    most_cents = MAX_AMOUNT_CENTS if is_balanced else MAX_TOTAL_CENTS  # one entry takes the sum of a balanced batch
    most = MAX_ENTRIES - is_balanced
    ordered = sorted(transfers, key=lambda one: (one.entry_class, one.description, one.trace_number))
    for _, same in groupby(ordered, key=lambda one: (one.entry_class, one.description)):
        group: list[CreditTransfer] = []
        total = 0
        for transfer in same:
            if group and (len(group) == most or total + transfer.amount_cents > most_cents):
                yield group
                group, total = [], 0
            group.append(transfer)
            total += transfer.amount_cents
        yield group


def _entries(group: Sequence[CreditTransfer], originator: Originator, number: int) -> tuple[list[str], int, int, int]:
    """Records, how many count, their hash, what they take from us."""
    records = [record for transfer in group for record in _entry(transfer, originator)]
    routing_numbers, debit = [one.routing_number for one in group], 0
    total = sum(one.amount_cents for one in group)
    if originator.is_balanced and total:
        debit = total
        routing_numbers.append(originator.routing_number)
        records.append(
            ENTRY.write(
                transaction=DEBIT_CHECKING, routing_number=originator.routing_number, account_number=originator.account_number, amount=total,
                identification="OFFSET", name=originator.company_name, trace=_trace(originator, MAX_TRACE + number),
            )
        )  # fmt: skip
    return records, len(records), entry_hash(routing_numbers), debit


def _entry(transfer: CreditTransfer, originator: Originator) -> Iterator[str]:
    codes = PRENOTE if transfer.is_prenote else CREDIT
    yield ENTRY.write(
        transaction=codes[transfer.account_kind], routing_number=transfer.routing_number, account_number=transfer.account_number,
        amount=transfer.amount_cents, identification=identification(transfer.end_to_end_id), name=transfer.name,
        has_addenda=int(bool(transfer.remittance)), trace=_trace(originator, transfer.trace_number),
    )  # fmt: skip
    if transfer.remittance:
        yield PAYMENT_ADDENDA.write(information=transfer.remittance, sequence=1, entry=transfer.trace_number)


def _batch(
    batch: Batch,
    originator: Originator,
    number: int,
    group: Sequence[CreditTransfer],
    entries: list[str],
    count: int,
    hashes: int,
    debit: int,
) -> list[str]:
    first, service_class = group[0], MIXED if debit else CREDITS_ONLY
    header = BATCH_HEADER.write(
        service_class=service_class, company_name=originator.company_name, company_id=originator.company_id, entry_class=first.entry_class,
        description=first.description, effective_on=f"{batch.effective_on:%y%m%d}", status="1", bank=originator.routing_number[:8], number=number,
    )  # fmt: skip
    control = BATCH_CONTROL.write(
        service_class=service_class, count=count, hash=hashes, debit=debit, credit=sum(one.amount_cents for one in group),
        company_id=originator.company_id, bank=originator.routing_number[:8], number=number,
    )  # fmt: skip
    return [header, *entries, control]


def _trace(originator: Originator, number: int) -> str:
    return f"{originator.routing_number[:8]}{number:07}"
