"""camt.053.001.08: the bank's statement of an account. Its sums are not judged here: a statement that is off is still what the bank says."""

from __future__ import annotations

from datetime import date
from typing import Final
from xml.etree.ElementTree import Element  # a type; what reads is defusedxml

from treasury.banks.errors import FileUnreadable
from treasury.banks.iso20022.codes import LINE_KINDS, RETURN_REASONS
from treasury.banks.iso20022.xml import day_at, opened, signed_cents, text_at
from treasury.banks.nacha.codes import RETURNS
from treasury.banks.types import MICRO_DEPOSIT, LineKind, News, ReturnedTransfer, Statement, StatementLine

MESSAGE: Final = "camt.053.001.08"
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
NOT_PROVIDED: Final = "NOTPROVIDED"  # what banks write where they have no id of ours
TRACE_DIGITS: Final = 7


def statements(raw: bytes) -> News:
    """Money that came back stands both as a line and among the returns. Raises FileUnreadable."""
    root = opened(raw, MESSAGE)
    found, returns, faults = [], [], []
    for element in root.iterfind("BkToCstmrStmt/Stmt"):
        lines = []
        for entry in element.iterfind("Ntry"):
            if text_at(entry, "Sts/Cd") != "BOOK":
                faults.append("A line that is not booked yet is left out; it comes again once it is.")
                continue
            for line in _lines(entry):
                lines.append(line)
                if line.kind == "return" and line.code:
                    returns.append(_returned(line))
        found.append(_statement(element, tuple(lines)))
    if not found:
        raise FileUnreadable("The file has no statement.")
    return News(statements=tuple(found), returns=tuple(returns), faults=tuple(faults))


def _statement(element: Element, lines: tuple[StatementLine, ...]) -> Statement:
    number = text_at(element, "ElctrncSeqNb", default=text_at(element, "LglSeqNb", default=""))
    if not (number.isascii() and number.isdigit()):
        raise FileUnreadable("The statement has no number.")
    return Statement(
        id=text_at(element, "Id"), account_number=text_at(element, "Acct/Id/Othr/Id", default=text_at(element, "Acct/Id/IBAN", default="")),
        number=int(number), from_on=_day_of(element, "FrDtTm"), to_on=_day_of(element, "ToDtTm"), opening_cents=_balance(element, OPENING),
        closing_cents=_balance(element, CLOSING), lines=lines,
    )  # fmt: skip


def _day_of(element: Element, name: str) -> date:
    text = text_at(element, f"FrToDt/{name}")
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise FileUnreadable(f"{name} of the statement is no day.") from None


def _balance(element: Element, codes: tuple[str, ...]) -> int:
    for code in codes:
        for balance in element.iterfind("Bal"):
            if text_at(balance, "Tp/CdOrPrtry/Cd", default="") == code:
                return signed_cents(balance)
    raise FileUnreadable(f"The statement has no balance {codes[0]}.")


def _lines(entry: Element) -> list[StatementLine]:
    """One for each transfer that the entry tells of with an amount of its own; else one for the entry."""
    details = entry.findall("NtryDtls/TxDtls")
    if len(details) < 2 or any(one.find("Amt") is None for one in details):
        return [_line(entry, details[0] if details else None, signed_cents(entry), text_at(entry, "AcctSvcrRef"))]
    reference = text_at(entry, "AcctSvcrRef")
    made = [
        _line(entry, one, signed_cents(one), text_at(one, "Refs/AcctSvcrRef", default=f"{reference}-{number}"))
        for number, one in enumerate(details, start=1)
    ]
    if sum(line.amount_cents for line in made) != signed_cents(entry):
        raise FileUnreadable("The parts of an entry are not its sum.")
    return made


def _line(entry: Element, detail: Element | None, cents: int, reference: str) -> StatementLine:
    parts = detail if detail is not None else entry
    end_to_end = text_at(parts, "Refs/EndToEndId", default="")
    text = " ".join(filter(None, (text_at(parts, "RmtInf/Ustrd", default=""), text_at(entry, "AddtlNtryInf", default=""))))
    code = text_at(parts, "RtrInf/Rsn/Prtry", default=text_at(parts, "RtrInf/Rsn/Cd", default=""))
    return StatementLine(
        bank_reference=reference, end_to_end_id="" if end_to_end == NOT_PROVIDED else end_to_end, trace_number=_trace(parts), amount_cents=cents,
        booked_on=day_at(entry, "BookgDt"), value_on=day_at(entry, "ValDt"), kind=_kind(entry, text, bool(code)), text=text[:200],
        code=code if code in RETURNS else RETURN_REASONS.get(code, code),
    )  # fmt: skip


def _kind(entry: Element, text: str, is_return: bool) -> LineKind:
    if is_return:
        return "return"
    domain, family, sub = (text_at(entry, f"BkTxCd/Domn/{path}", default="") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd"))
    kind = LINE_KINDS.get((domain, family, sub)) or LINE_KINDS.get((domain, family, "")) or "other"
    return "micro_deposit" if kind == "payout" and MICRO_DEPOSIT in text else kind


def _trace(parts: Element) -> int | None:
    """Ours: the end of an ACH trace, or the number that went out with the order."""
    for path in ("Refs/ClrSysRef", "Refs/InstrId"):
        text = text_at(parts, path, default="")
        if text.isascii() and text.isdigit() and int(text[-TRACE_DIGITS:]):
            return int(text[-TRACE_DIGITS:])
    return None


def _returned(line: StatementLine) -> ReturnedTransfer:
    return ReturnedTransfer(
        trace_number=line.trace_number, end_to_end_id=line.end_to_end_id, code=line.code, reason=RETURNS.get(line.code, line.text),
        amount_cents=abs(line.amount_cents), returned_on=line.booked_on, bank_reference=line.bank_reference,
    )  # fmt: skip
