"""What an ACH file from the bank says: money that came back, and what must be corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from treasury.banks.errors import FileUnreadable
from treasury.banks.nacha.codes import CHANGES, CORRECTED, DISHONOURED, KINDS, REFUSED_CHANGES, RETURNS, is_debit
from treasury.banks.nacha.records import CHANGE_ADDENDA, RETURN_ADDENDA, Layout
from treasury.banks.nacha.structure import Entry, Record, every_entry, take_apart
from treasury.banks.types import Correction, News, ReturnedTransfer
from treasury.banks.words import account_fault, routing_fault


def is_ach(raw: bytes) -> bool:
    return raw.startswith(b"101")


def read_ach(raw: bytes) -> News:
    """Raises FileUnreadable. What is not ours to act on is named among the faults; the rest of the file counts."""
    file = take_apart(raw)
    on = _day(file.header["created_on"])
    returns: list[ReturnedTransfer] = []
    corrections: list[Correction] = []
    faults: list[str] = []
    for _, entry in every_entry(file):
        for addenda in _said(entry, RETURN_ADDENDA, _return_fault, faults):
            returns.append(_returned(entry, addenda, on))
        for addenda in _said(entry, CHANGE_ADDENDA, _change_fault, faults):
            corrections.append(_correction(addenda, on))
        if not {code for code, _ in entry.addenda} & {RETURN_ADDENDA.code, CHANGE_ADDENDA.code}:
            faults.append(f"Line {entry.line}: the entry is neither a return nor a notification of change.")
    return News(returns=tuple(returns), corrections=tuple(corrections), faults=tuple(faults))


def _said(entry: Entry, layout: Layout, fault_in: Callable[[Record, Entry], str], faults: list[str]) -> Iterator[Record]:
    """The entry's addenda of this kind that can be acted on; what is wrong with the others is kept."""
    found = [fields for code, fields in entry.addenda if code == layout.code]
    if contested := sorted(
        {fields["reason"] for fields in found} & DISHONOURED
    ):  # the return that it is about stands beside it once more
        faults.append(
            f"Line {entry.line}: {', '.join(contested)}: a dishonoured or contested return, which banks settle with each other: ask ours about it."
        )
        return
    for addenda in found:
        if fault := fault_in(addenda, entry):
            faults.append(fault)
        else:
            yield addenda


def _return_fault(addenda: Record, entry: Entry) -> str:
    code = addenda["reason"]
    if is_debit(entry.transaction):
        return (
            f"Line {entry.line}: {code} returns a debit, and we send none but those that balance a batch: ask the bank about it."
        )
    return "" if code in RETURNS else f"Line {entry.line}: {code} is no reason for a return that NACHA knows."


def _change_fault(addenda: Record, entry: Entry) -> str:
    code = addenda["reason"]
    if code in REFUSED_CHANGES:
        return f"Line {entry.line}: {code} refuses a notification of change, and only banks refuse those of each other: ask ours about it."
    if code not in CORRECTED:
        return f"Line {entry.line}: {code} is no notification of change that can be acted on here."
    try:
        said = _corrected(addenda)
    except KeyError:
        return f"Line {entry.line}: the kind of account in {code} is neither checking nor savings."
    if fault := ("routing_number" in said and routing_fault(said["routing_number"])) or (
        "account_number" in said and account_fault(said["account_number"])
    ):
        return f"Line {entry.line}: {code} cannot be acted on. {fault}"
    return ""


def _returned(entry: Entry, addenda: Record, on: date) -> ReturnedTransfer:
    words = RETURNS[addenda["reason"]]
    return ReturnedTransfer(
        trace_number=int(addenda["original_trace"][8:]), code=addenda["reason"], amount_cents=entry.amount_cents, returned_on=on,
        reason=f"{words}: {addenda['information'].strip()}" if addenda["information"].strip() else words, bank_reference=addenda["trace"],
    )  # fmt: skip


def _correction(addenda: Record, on: date) -> Correction:
    return Correction(
        trace_number=int(addenda["original_trace"][8:]),
        code=addenda["reason"],
        reason=CHANGES[addenda["reason"]],
        noticed_on=on,
        **_corrected(addenda),
    )


def _corrected(addenda: Record) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (begin, end) in CORRECTED[addenda["reason"]].items():
        text = addenda["corrected"][begin:end].strip()
        found[name] = KINDS[text[:1]] if name == "account_kind" else text
    return found


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007  a bank's day has no zone
    except ValueError:
        raise FileUnreadable(f"Line 1: “{text}” is no day.") from None
