"""pain.002.001.10: what the bank says to an order, of the whole and of each transfer."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element  # a type; what reads is defusedxml

from treasury.banks.errors import FileUnreadable
from treasury.banks.iso20022.codes import REFUSALS, STATES
from treasury.banks.iso20022.xml import opened, text_at
from treasury.banks.types import BatchState, Sent, TransferOutcome

MESSAGE: Final = "pain.002.001.10"


def receipt(raw: bytes) -> Sent:
    """Raises FileUnreadable."""
    report = opened(raw, MESSAGE).find("CstmrPmtStsRpt")
    group = report.find("OrgnlGrpInfAndSts") if report is not None else None
    if report is None or group is None:
        raise FileUnreadable("The report names no order.")
    outcomes = tuple(_outcome(one) for one in report.iterfind("OrgnlPmtInfAndSts/TxInfAndSts"))
    code, reason = _why(group)
    return Sent(
        batch_id=text_at(group, "OrgnlMsgId"), state=_state(group, report, outcomes), bank_reference=text_at(report, "GrpHdr/MsgId"),
        outcomes=outcomes, reason_code=code, reason=reason,
    )  # fmt: skip


def _state(group: Element, report: Element, outcomes: tuple[TransferOutcome, ...]) -> BatchState:
    """The group's own word; where it has none, what its payments' or its transfers' make together."""
    if word := text_at(group, "GrpSts", default=""):
        return _known(word)
    payments = {
        _known(text_at(one, "PmtInfSts")) for one in report.iterfind("OrgnlPmtInfAndSts") if one.find("PmtInfSts") is not None
    }
    payments |= {"accepted" if one.is_accepted else "refused" for one in outcomes}
    if not payments:
        raise FileUnreadable("The report says nothing of the order's state.")
    return payments.pop() if len(payments) == 1 else "partly"


def _outcome(element: Element) -> TransferOutcome:
    code, reason = _why(element)
    trace = text_at(element, "OrgnlInstrId", default="")
    return TransferOutcome(
        end_to_end_id=text_at(element, "OrgnlEndToEndId", default=""), trace_number=int(trace) if trace.isascii() and trace.isdigit() else None,
        is_accepted=_known(text_at(element, "TxSts")) != "refused",
        bank_reference=text_at(element, "AcctSvcrRef", default=""), reason_code=code, reason=reason,
    )  # fmt: skip


def _known(word: str) -> BatchState:
    if word not in STATES:
        raise FileUnreadable(f"“{word[:10]}” is no state that is read here.")
    return STATES[word]


def _why(element: Element) -> tuple[str, str]:
    code = text_at(element, "StsRsnInf/Rsn/Cd", default=text_at(element, "StsRsnInf/Rsn/Prtry", default=""))
    return code, text_at(element, "StsRsnInf/AddtlInf", default=REFUSALS.get(code, code))
