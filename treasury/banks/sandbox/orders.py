"""What a customer's order asks for, whichever way it came: the same facts from an ACH file, a pain.001 and a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from treasury.banks.errors import FileUnreadable
from treasury.banks.iso20022.codes import ACCOUNT_KINDS
from treasury.banks.iso20022.pain001 import MESSAGE
from treasury.banks.iso20022.xml import cents_of, opened, text_at
from treasury.banks.nacha.codes import SENT, is_debit
from treasury.banks.nacha.structure import every_entry, take_apart
from treasury.banks.words import routing_fault

KIND_OF: Final = {code: kind for kind, code in ACCOUNT_KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One transfer. key: what the bank knows it by, so that it is paid once; end_to_end_id is empty in an ACH file."""

    key: str
    end_to_end_id: str
    trace_number: int
    amount_cents: int
    routing_number: str
    account_number: str
    account_kind: str
    name: str
    description: str
    remittance: str
    is_prenote: bool


@dataclass(frozen=True, slots=True)
class Order:
    """channel: ach, iso or api."""

    batch_id: str
    channel: str
    transfers: tuple[Asked, ...]

    def as_fact(self) -> dict[str, Any]:
        return {"batch": self.batch_id, "channel": self.channel, "transfers": [asdict(one) for one in self.transfers]}


def order_in(raw: bytes, name: str) -> Order:
    """Of a file in the inbox. Raises FileUnreadable."""
    batch_id = name.split(".")[0]
    return _ach(raw, batch_id) if raw.startswith(b"101") else _pain001(raw)


def order_said(said: Mapping[str, Any]) -> Order:
    """Of a call. Raises KeyError, TypeError or ValueError."""
    rows = tuple(
        Asked(
            key=str(one["end_to_end_id"]), end_to_end_id=str(one["end_to_end_id"]), trace_number=int(one["trace_number"]),
            amount_cents=_cents(one["amount_cents"]), routing_number=str(one["routing_number"]), account_number=str(one["account_number"]),
            account_kind=str(one["account_kind"]), name=str(one["name"]), description=str(one["description"]), remittance=str(one["remittance"]),
            is_prenote=bool(one["is_prenote"]),
        )
        for one in said["transfers"]
    )  # fmt: skip
    for row in rows:
        if fault := routing_fault(row.routing_number):
            raise ValueError(fault)
    if not rows:
        raise ValueError("The batch has no transfers.")
    return Order(str(said["id"]), "api", rows)


def _ach(raw: bytes, batch_id: str) -> Order:
    """A transfer is known by company, day and trace number: an ACH file carries our id only in part."""
    file, rows = take_apart(raw), []
    for batch, entry in every_entry(file):
        fields = entry.fields
        if is_debit(entry.transaction):
            continue  # takes the money from the customer's own account
        if entry.transaction not in SENT:
            raise FileUnreadable(f"Line {entry.line}: transaction {entry.transaction} is not taken.")
        kind, is_prenote = SENT[entry.transaction]
        rows.append(
            Asked(
                key=f"ach:{batch.header['company_id']}:{file.header['created_on']}:{fields['trace'][8:]}", end_to_end_id="",
                trace_number=int(fields["trace"][8:]), amount_cents=entry.amount_cents, routing_number=fields["routing_number"],
                account_number=fields["account_number"], account_kind=kind, name=fields["name"], description=batch.header["description"],
                remittance=entry.addenda[0][1]["information"] if entry.addenda else "", is_prenote=is_prenote,
            )
        )  # fmt: skip
    return Order(batch_id, "ach", tuple(rows))


def _pain001(raw: bytes) -> Order:
    root = opened(raw, MESSAGE)
    rows = []
    for payment in root.iterfind("CstmrCdtTrfInitn/PmtInf"):
        description = text_at(payment, "PmtTpInf/CtgyPurp/Prtry", default="")
        for one in payment.iterfind("CdtTrfTxInf"):
            rows.append(
                Asked(
                    key=text_at(one, "PmtId/EndToEndId"), end_to_end_id=text_at(one, "PmtId/EndToEndId"), trace_number=int(text_at(one, "PmtId/InstrId")),
                    amount_cents=cents_of(text_at(one, "Amt/InstdAmt")), routing_number=text_at(one, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
                    account_number=text_at(one, "CdtrAcct/Id/Othr/Id"), account_kind=KIND_OF.get(text_at(one, "CdtrAcct/Tp/Cd"), "checking"),
                    name=text_at(one, "Cdtr/Nm"), description=description, remittance=text_at(one, "RmtInf/Ustrd", default=""), is_prenote=False,
                )
            )  # fmt: skip
    head = root.find("CstmrCdtTrfInitn/GrpHdr")
    if (
        head is None
        or not rows
        or int(text_at(head, "NbOfTxs")) != len(rows)
        or cents_of(text_at(head, "CtrlSum")) != sum(one.amount_cents for one in rows)
    ):
        raise FileUnreadable("The order's number of transfers or its control sum is wrong.")
    return Order(text_at(head, "MsgId"), "iso", tuple(rows))


def _cents(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise ValueError("Cents are whole.")
    return number
