"""What the API says and is told, in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from treasury.banks.errors import FileUnreadable
from treasury.banks.originator import Originator
from treasury.banks.types import (
    Batch,
    Correction,
    MatchResult,
    NameMatch,
    News,
    ReturnedTransfer,
    Sent,
    Statement,
    StatementLine,
    TransferOutcome,
)

KINDS: Final = frozenset({"payout", "return", "clearing", "micro_deposit", "fee", "other"})


def batch_said(batch: Batch, originator: Originator) -> dict[str, Any]:
    return {
        "id": batch.id,
        "created_at": batch.created_at.isoformat(),
        "effective_on": batch.effective_on.isoformat(),
        "company_id": originator.company_id,
        "debit_account_number": originator.account_number,
        "transfers": [
            {
                "end_to_end_id": one.end_to_end_id, "trace_number": one.trace_number, "amount_cents": one.amount_cents,
                "routing_number": one.routing_number, "account_number": one.account_number, "account_kind": one.account_kind, "name": one.name,
                "description": one.description, "remittance": one.remittance, "entry_class": one.entry_class, "is_prenote": one.is_prenote,
            }
            for one in batch.transfers
        ],
    }  # fmt: skip


def sent(said: Mapping[str, Any]) -> Sent:
    """Raises KeyError, TypeError or ValueError where it is not what the API promises."""
    if said["state"] not in {"taken", "accepted", "partly", "refused"}:
        raise ValueError("no such state")
    return Sent(
        batch_id=said["id"], state=said["state"], bank_reference=said["reference"], reason_code=said["reason_code"], reason=said["reason"],
        outcomes=tuple(
            TransferOutcome(
                end_to_end_id=one["end_to_end_id"], trace_number=one["trace_number"], is_accepted=one["is_accepted"], bank_reference=one["reference"],
                reason_code=one["reason_code"], reason=one["reason"],
            )
            for one in said["transfers"]
        ),
    )  # fmt: skip


def name_match(said: Mapping[str, Any]) -> NameMatch:
    result: MatchResult = said["result"] if said["result"] in {"match", "close", "no_match"} else "unknown"
    return NameMatch(result, str(said.get("known_as", ""))[:70])


def news(raw: bytes) -> News:
    """Of one message. Raises FileUnreadable."""
    try:
        said = json.loads(raw)
        match said["kind"]:
            case "statement":
                return News(statements=(_statement(said),))
            case "return":
                return News(returns=(_returned(said),))
            case "correction":
                return News(corrections=(_correction(said),))
            case "receipt":
                return News(receipts=(sent(said["receipt"]),))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise FileUnreadable("The message is not what the API promises.") from None
    raise FileUnreadable(f"Messages of the kind “{str(said['kind'])[:20]}” are not read here.")


def _statement(said: Mapping[str, Any]) -> Statement:
    return Statement(
        id=said["id"], account_number=said["account_number"], number=_whole(said["number"]), from_on=_day(said["from_on"]), to_on=_day(said["to_on"]),
        opening_cents=_whole(said["opening_cents"]), closing_cents=_whole(said["closing_cents"]),
        lines=tuple(
            StatementLine(
                bank_reference=line["reference"], end_to_end_id=line["end_to_end_id"], trace_number=line["trace_number"],
                amount_cents=_whole(line["amount_cents"]), booked_on=_day(line["booked_on"]), value_on=_day(line["value_on"]),
                kind=line["kind"] if line["kind"] in KINDS else "other", text=line["text"], code=line["code"],
            )
            for line in said["lines"]
        ),
    )  # fmt: skip


def _returned(said: Mapping[str, Any]) -> ReturnedTransfer:
    return ReturnedTransfer(
        trace_number=said["trace_number"], end_to_end_id=said["end_to_end_id"], code=said["code"], reason=said["reason"],
        amount_cents=_whole(said["amount_cents"]), returned_on=_day(said["on"]), bank_reference=said["reference"],
    )  # fmt: skip


def _correction(said: Mapping[str, Any]) -> Correction:
    return Correction(
        trace_number=said["trace_number"], end_to_end_id=said["end_to_end_id"], code=said["code"], reason=said["reason"], noticed_on=_day(said["on"]),
        routing_number=said["routing_number"], account_number=said["account_number"], account_kind=said["account_kind"], name=said["name"],
    )  # fmt: skip


def _whole(number: Any) -> int:
    if type(number) is not int:
        raise ValueError("cents are whole")
    return number


def _day(text: str) -> date:
    return date.fromisoformat(text)
