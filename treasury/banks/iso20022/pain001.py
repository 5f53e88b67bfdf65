"""A batch as pain.001.001.09, a customer's order to transfer. The same batch always becomes the same bytes."""

from __future__ import annotations

from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element  # writes alone; what reads is defusedxml

from treasury.banks.errors import BankRefused
from treasury.banks.iso20022.codes import ACCOUNT_KINDS, CLEARING_SYSTEM
from treasury.banks.iso20022.xml import add, document, money, written
from treasury.banks.originator import Originator
from treasury.banks.types import Batch, CreditTransfer

MESSAGE: Final = "pain.001.001.09"


def order(batch: Batch, originator: Originator) -> bytes:
    """Raises BankRefused where a transfer is a prenote: ISO 20022 has no such thing, ACH files do."""
    if any(one.is_prenote for one in batch.transfers):
        raise BankRefused(
            "ISO 20022 carries no prenotes: verify the account by micro-deposits, or through an endpoint that takes ACH files."
        )
    root = document(MESSAGE)
    message = add(root, "CstmrCdtTrfInitn")
    header = add(message, "GrpHdr")
    add(header, "MsgId", batch.id)
    add(header, "CreDtTm", f"{batch.created_at:%Y-%m-%dT%H:%M:%SZ}")
    _totals(header, batch.transfers)
    initiator = add(header, "InitgPty")
    add(initiator, "Nm", originator.company_name)
    add(initiator, "Id/OrgId/Othr/Id", originator.company_id)
    ordered = sorted(batch.transfers, key=lambda one: (one.entry_class, one.description, one.trace_number))
    for number, (_, group) in enumerate(groupby(ordered, key=lambda one: (one.entry_class, one.description)), start=1):
        _payment(message, batch, originator, tuple(group), number)
    return written(root)


def _payment(message: Element, batch: Batch, originator: Originator, group: tuple[CreditTransfer, ...], number: int) -> None:
    """Transfers of one kind. Each is booked by itself, so that the statement names it."""
    payment, first = add(message, "PmtInf"), group[0]
    add(payment, "PmtInfId", f"{batch.id[:31]}-{number}")
    add(payment, "PmtMtd", "TRF")
    add(payment, "BtchBookg", "false")
    _totals(payment, group)
    kind = add(payment, "PmtTpInf")
    add(kind, "SvcLvl/Cd", "NURG")
    add(kind, "LclInstrm/Cd", first.entry_class)
    add(kind, "CtgyPurp/Prtry", first.description)
    add(payment, "ReqdExctnDt/Dt", f"{batch.effective_on:%Y-%m-%d}")
    add(payment, "Dbtr/Nm", originator.company_name)
    account = add(payment, "DbtrAcct")
    add(account, "Id/Othr/Id", originator.account_number)
    add(account, "Ccy", "USD")
    _bank(payment, "DbtrAgt", originator.routing_number)
    for transfer in group:
        _transfer(payment, transfer)


def _transfer(payment: Element, transfer: CreditTransfer) -> None:
    made = add(payment, "CdtTrfTxInf")
    names = add(made, "PmtId")
    add(names, "InstrId", f"{transfer.trace_number:07}")
    add(names, "EndToEndId", transfer.end_to_end_id)
    add(made, "Amt/InstdAmt", money(transfer.amount_cents), Ccy="USD")
    _bank(made, "CdtrAgt", transfer.routing_number)
    add(made, "Cdtr/Nm", transfer.name)
    account = add(made, "CdtrAcct")
    add(account, "Id/Othr/Id", transfer.account_number)
    add(account, "Tp/Cd", ACCOUNT_KINDS[transfer.account_kind])
    if transfer.remittance:
        add(made, "RmtInf/Ustrd", transfer.remittance)


def _totals(parent: Element, transfers: tuple[CreditTransfer, ...]) -> None:
    add(parent, "NbOfTxs", str(len(transfers)))
    add(parent, "CtrlSum", money(sum(one.amount_cents for one in transfers)))


def _bank(parent: Element, role: str, routing_number: str) -> None:
    member = add(parent, f"{role}/FinInstnId/ClrSysMmbId")
    add(member, "ClrSysId/Cd", CLEARING_SYSTEM)
    add(member, "MmbId", routing_number)
