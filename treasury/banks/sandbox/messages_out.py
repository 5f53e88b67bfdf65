"""What the bank tells its customer, in each of its languages: ISO 20022 files, ACH returns, messages of the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from xml.etree.ElementTree import Element  # writes alone; what reads is defusedxml

from treasury.banks.iso20022.camt053 import MESSAGE as STATEMENT
from treasury.banks.iso20022.camt053 import NOT_PROVIDED
from treasury.banks.iso20022.codes import BOOKING
from treasury.banks.iso20022.pain002 import MESSAGE as REPORT
from treasury.banks.iso20022.xml import add, document, money, written
from treasury.banks.types import BatchState, Sent, Statement, StatementLine

GROUP_STATES: Final[dict[BatchState, str]] = {"taken": "RCVD", "accepted": "ACCP", "partly": "PART", "refused": "RJCT"}
ORDER_NAMES: Final = {"ach": "NACHA", "iso": "pain.001.001.09", "api": "API"}


def report(sent: Sent, *, which: int, channel: str, at: datetime) -> bytes:
    """pain.002 of one order."""
    root = document(REPORT)
    message = add(root, "CstmrPmtStsRpt")
    header = add(message, "GrpHdr")
    add(header, "MsgId", f"{sent.bank_reference}-{which}")
    add(header, "CreDtTm", f"{at:%Y-%m-%dT%H:%M:%SZ}")
    group = add(message, "OrgnlGrpInfAndSts")
    add(group, "OrgnlMsgId", sent.batch_id)
    add(group, "OrgnlMsgNmId", ORDER_NAMES[channel])
    add(group, "GrpSts", GROUP_STATES[sent.state])
    if sent.reason_code:
        why = add(group, "StsRsnInf")
        add(why, "Rsn/Cd", sent.reason_code)
        if sent.reason:
            add(why, "AddtlInf", sent.reason[:105])
    if not sent.outcomes:
        return written(root)
    payment = add(message, "OrgnlPmtInfAndSts")
    add(payment, "OrgnlPmtInfId", f"{sent.batch_id[:31]}-1")
    for one in sent.outcomes:
        made = add(payment, "TxInfAndSts")
        add(made, "OrgnlInstrId", f"{one.trace_number or 0:07}")
        if one.end_to_end_id:
            add(made, "OrgnlEndToEndId", one.end_to_end_id)
        add(made, "TxSts", "ACCP" if one.is_accepted else "RJCT")
        if one.reason_code:
            add(made, "StsRsnInf/Rsn/Cd", one.reason_code)
        add(made, "AcctSvcrRef", one.bank_reference)
    return written(root)


def camt(statement: Statement, at: datetime) -> bytes:
    root = document(STATEMENT)
    message = add(root, "BkToCstmrStmt")
    header = add(message, "GrpHdr")
    add(header, "MsgId", statement.id)
    add(header, "CreDtTm", f"{at:%Y-%m-%dT%H:%M:%SZ}")
    made = add(message, "Stmt")
    add(made, "Id", statement.id)
    add(made, "ElctrncSeqNb", str(statement.number))
    add(made, "CreDtTm", f"{at:%Y-%m-%dT%H:%M:%SZ}")
    days = add(made, "FrToDt")
    add(days, "FrDtTm", f"{statement.from_on}T00:00:00Z")
    add(days, "ToDtTm", f"{statement.to_on}T23:59:59Z")
    account = add(made, "Acct")
    add(account, "Id/Othr/Id", statement.account_number)
    add(account, "Ccy", "USD")
    for code, cents, on in (
        ("OPBD", statement.opening_cents, statement.from_on),
        ("CLBD", statement.closing_cents, statement.to_on),
    ):
        balance = add(made, "Bal")
        add(balance, "Tp/CdOrPrtry/Cd", code)
        _amount(balance, cents)
        add(balance, "Dt/Dt", on.isoformat())
    for line in statement.lines:
        _entry(made, line)
    return written(root)


def _amount(parent: Element, cents: int) -> None:
    add(parent, "Amt", money(abs(cents)), Ccy="USD")
    add(parent, "CdtDbtInd", "DBIT" if cents < 0 else "CRDT")


def _entry(parent: Element, line: StatementLine) -> None:
    entry = add(parent, "Ntry")
    add(entry, "NtryRef", line.bank_reference)
    _amount(entry, line.amount_cents)
    add(entry, "Sts/Cd", "BOOK")
    add(entry, "BookgDt/Dt", line.booked_on.isoformat())
    add(entry, "ValDt/Dt", line.value_on.isoformat())
    add(entry, "AcctSvcrRef", line.bank_reference)
    domain, family, sub = BOOKING[line.kind]
    code = add(entry, "BkTxCd/Domn")
    add(code, "Cd", domain)
    made = add(code, "Fmly")
    add(made, "Cd", family)
    add(made, "SubFmlyCd", sub)
    detail = add(entry, "NtryDtls/TxDtls")
    references = add(detail, "Refs")
    add(references, "AcctSvcrRef", line.bank_reference)
    if line.trace_number:
        add(references, "InstrId", f"{line.trace_number:07}")
    add(references, "EndToEndId", line.end_to_end_id or NOT_PROVIDED)
    if line.code:
        add(detail, "RtrInf/Rsn/Prtry", line.code)
    if line.text:
        add(entry, "AddtlNtryInf", line.text)


def statement_said(statement: Statement) -> dict[str, Any]:
    return {
        "kind": "statement", "id": statement.id, "account_number": statement.account_number, "number": statement.number,
        "from_on": statement.from_on.isoformat(), "to_on": statement.to_on.isoformat(), "opening_cents": statement.opening_cents,
        "closing_cents": statement.closing_cents,
        "lines": [
            {
                "reference": line.bank_reference, "end_to_end_id": line.end_to_end_id, "trace_number": line.trace_number,
                "amount_cents": line.amount_cents, "booked_on": line.booked_on.isoformat(), "value_on": line.value_on.isoformat(), "kind": line.kind,
                "text": line.text, "code": line.code,
            }
            for line in statement.lines
        ],
    }  # fmt: skip


def sent_said(sent: Sent) -> dict[str, Any]:
    return {
        "id": sent.batch_id, "state": sent.state, "reference": sent.bank_reference, "reason_code": sent.reason_code, "reason": sent.reason,
        "transfers": [
            {
                "end_to_end_id": one.end_to_end_id, "trace_number": one.trace_number, "is_accepted": one.is_accepted, "reference": one.bank_reference,
                "reason_code": one.reason_code, "reason": one.reason,
            }
            for one in sent.outcomes
        ],
    }  # fmt: skip


def flawed(statement: Statement, flaws: list[str]) -> Statement:
    """What a bank gets wrong now and then."""
    if "cent-off" in flaws:
        statement = replace(statement, closing_cents=statement.closing_cents + 1)
    if "wrong-date" in flaws and statement.lines:
        first, *rest = statement.lines
        statement = replace(statement, lines=(replace(first, booked_on=first.booked_on - timedelta(days=1)), *rest))
    if "missing-line" in flaws:
        statement = replace(statement, lines=statement.lines[:-1])
    return statement
