"""ACH files that the bank sends its customer: returns, and notifications of change."""

from __future__ import annotations

from datetime import date

from treasury.banks.nacha.codes import CREDIT, RETURN_OF_CREDIT
from treasury.banks.nacha.records import (
    BATCH_CONTROL,
    BATCH_HEADER,
    BLOCK,
    CHANGE_ADDENDA,
    ENTRY,
    FILE_CONTROL,
    FILE_HEADER,
    FILLER,
    RETURN_ADDENDA,
    entry_hash,
)  # fmt: skip
from treasury.banks.sandbox.orders import Asked
from treasury.banks.types import AccountKind

BANK, BANK_NAME, COMPANY = "091000019", "SANDBOX BANK", "FSA PLATFORM"
ASK_US = "ASK US"  # a change of something that we have no field for says something all the same


def returned(asked: Asked, *, code: str, number: int, on: date) -> bytes:
    addenda = RETURN_ADDENDA.write(
        reason=code,
        original_trace=f"{BANK[:8]}{asked.trace_number:07}",
        original_bank=asked.routing_number[:8],
        trace=_trace(asked, number),
    )
    return _file(asked, addenda, asked.amount_cents, entry_class="CCD", number=number, on=on)


def corrected(
    asked: Asked, *, code: str, right: dict[str, str], places: dict[str, tuple[int, int]], number: int, on: date
) -> bytes:
    """places: where each corrected field stands."""
    text = [" "] * 29
    for name, (begin, end) in places.items():
        value = str(CREDIT["savings"]) if name == "account_kind" else right[name]
        text[begin:end] = value.ljust(end - begin)[: end - begin]
    if not places:
        text[: len(ASK_US)] = ASK_US
    addenda = CHANGE_ADDENDA.write(
        reason=code, original_trace=f"{BANK[:8]}{asked.trace_number:07}", original_bank=asked.routing_number[:8], corrected="".join(text),
        trace=_trace(asked, number),
    )  # fmt: skip
    return _file(asked, addenda, 0, entry_class="COR", number=number, on=on)


def _file(asked: Asked, addenda: str, cents: int, *, entry_class: str, number: int, on: date) -> bytes:
    kind: AccountKind = "savings" if asked.account_kind == "savings" else "checking"
    totals = {"count": 2, "hash": entry_hash([asked.routing_number]), "debit": 0, "credit": cents}
    records = [
        FILE_HEADER.write(
            destination=f" {BANK}", origin=f" {BANK}", created_on=f"{on:%y%m%d}", created_at="0600", modifier="A", record_size=94, blocking=BLOCK, format=1,
            destination_name=COMPANY, origin_name=BANK_NAME,
        ),
        BATCH_HEADER.write(
            service_class=220, company_name=COMPANY, company_id="1234567890", entry_class=entry_class, description="RETURN",
            effective_on=f"{on:%y%m%d}", status="1", bank=asked.routing_number[:8], number=1,
        ),
        ENTRY.write(
            transaction=RETURN_OF_CREDIT[kind], routing_number=asked.routing_number, account_number=asked.account_number, amount=cents,
            identification=asked.end_to_end_id[-15:], name=asked.name[:22], has_addenda=1, trace=_trace(asked, number),
        ),
        addenda,
        BATCH_CONTROL.write(service_class=220, company_id="1234567890", bank=asked.routing_number[:8], number=1, **totals),
        FILE_CONTROL.write(batches=1, blocks=1, **totals),
    ]  # fmt: skip
    records += [FILLER] * (BLOCK - len(records))
    return "".join(f"{record}\n" for record in records).encode("ascii")


def _trace(asked: Asked, number: int) -> str:
    return f"{asked.routing_number[:8]}{number % 10**7:07}"
