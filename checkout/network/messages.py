"""Requests as ISO 8583 messages, and answers as results."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Final, cast

from checkout.network.additional_amounts import AMOUNT_TYPES, CURRENCY_NUMBERS, healthcare_blocks, original_amount
from checkout.network.errors import MalformedMessage
from checkout.network.iso8583 import ANSWER_TO, Message
from checkout.network.private_data import private_fields, took_market
from checkout.network.profiles import SANDBOX, Profile
from checkout.network.responses import (
    APPROVED,
    APPROVING,
    DO_NOT_HONOUR,
    PARTIAL,
    VERIFYING,
    message_for,
)
from checkout.network.types import (
    AdviceRequest,
    AdviceResult,
    AuthorisationRequest,
    AuthorisationResult,
    Card,
    MerchantIdentity,
    NetworkReference,
    Outcome,
)

ACQUIRING_INSTITUTION: Final = "999001"  # fictional, like every number of the sandbox
PURCHASE: Final = "000000"
REFUND: Final = "200000"
ENTRY_MODE_ECOMMERCE: Final = "812"
ENTRY_MODE_STORED: Final = "102"  # credential on file: nobody typed a card
ENTRY_MODE_READ: Final = "022"  # read by a machine, of which no track or chip data is sent; no PIN is asked for
CONDITION_NORMAL: Final = "00"  # the card is there
CONDITION_ECOMMERCE: Final = "59"
CONDITION_VERIFICATION: Final = "51"  # of the account, without asking for money
SIGN_ON: Final = "001"
SIGN_OFF: Final = "002"
ECHO: Final = "301"
NOT_TAKEN_AS_HEALTHCARE: Final = "The network did not take it as a healthcare charge: the plan may ask for the receipt."
ADVICE_TYPES: Final = {"completion": "0220", "refund": "0220", "reversal": "0420"}

CorrelationKey = tuple[str, str, str, str]  # answer's message type, trace number, terminal, retrieval reference


def authorisation_message(request: AuthorisationRequest, profile: Profile = SANDBOX) -> Message:
    """The 0100 for this request, as this processor takes it."""
    if request.card.network not in AMOUNT_TYPES:
        raise ValueError("this card's network is not spoken here")
    if request.currency not in CURRENCY_NUMBERS:
        raise ValueError("this currency is not spoken here")
    if profile.healthcare_needs_certificate and not request.merchant.iias_certified:
        request = replace(request, healthcare=None)  # refused otherwise, on cards too that need no certificate
    card = request.card
    message = {
        "t": "0100",
        "2": card.pan,
        "3": PURCHASE,
        "4": f"{request.amount_cents:012d}",
        "14": f"{card.expiry_year % 100:02d}{card.expiry_month:02d}",
        "18": request.merchant.mcc,
        "22": _entry_mode(card),
        "25": _condition(request),
        "32": ACQUIRING_INSTITUTION,
        "43": acceptor_name(request.merchant.name),
        "49": CURRENCY_NUMBERS[request.currency],
    }
    if request.healthcare:
        message["54"] = healthcare_blocks(card.network, request.healthcare, profile=profile, currency=request.currency)
    return message | _identity(request.reference, request.merchant) | private_fields(request)


def _entry_mode(card: Card) -> str:
    if card.is_present:
        return ENTRY_MODE_READ
    return ENTRY_MODE_ECOMMERCE if card.cvc else ENTRY_MODE_STORED


def _condition(request: AuthorisationRequest) -> str:
    if request.only_verifies:
        return CONDITION_VERIFICATION
    return CONDITION_NORMAL if request.card.is_present else CONDITION_ECOMMERCE


def advice_message(request: AdviceRequest) -> Message:
    """The 0220 or 0420 for this advice, 0221 or 0421 when it was sent before."""
    advice_type = ADVICE_TYPES[request.kind]
    message = {
        "t": advice_type[:3] + "1" if request.repeat else advice_type,
        "3": REFUND if request.kind == "refund" else PURCHASE,
        "4": f"{request.amount_cents:012d}",
        "18": request.merchant.mcc,
        "32": ACQUIRING_INSTITUTION,
        "49": "840",
        "90": original_data(request.original_mti, request.original),
    }
    if request.card_pan:
        message["2"] = request.card_pan
    if request.network_reference:
        message["63"] = request.network_reference
    return message | _identity(request.reference, request.merchant)


def management_message(code: str, stan: str, at: datetime) -> Message:
    """The 0800 that signs on, signs off, or asks whether anybody is there."""
    return {"t": "0800", "7": wire_time(at), "11": stan, "70": code}


def management_answer(message: Message) -> Message:
    """The 0810 that says yes to such a message."""
    return {"t": "0810", "39": APPROVED} | {number: message[number] for number in ("7", "11", "70")}


def original_data(message_type: str, reference: NetworkReference) -> str:
    """Field 90: message type n4, trace number n6, transmission time n10, acquirer n11, forwarder n11."""
    sent_at = wire_time(reference.transmitted_at)
    return f"{message_type}{reference.stan}{sent_at}{ACQUIRING_INSTITUTION:0>11}{'':0>11}"


def correlation_key(message: Message) -> CorrelationKey:
    """The same for a question and its answer."""
    answer_type = ANSWER_TO.get(message["t"], message["t"])
    return answer_type, message["11"], message.get("41", ""), message.get("37", "")


def authorisation_result(request: AuthorisationRequest, answer: Message, profile: Profile = SANDBOX) -> AuthorisationResult:
    """The issuer's answer. Amounts decide, never the code alone: some hosts approve in part with code 00.

    Raises MalformedMessage for an answer that cannot be believed; money may be held then, so the caller reverses.
    """
    code = answer["39"]
    approved_cents = int(answer["4"]) if code in APPROVING else 0
    _refuse_unbelievable(request, answer, approved_cents)
    own_code = answer.get("44", "")
    in_full, outcome = approved_cents == request.amount_cents, "declined"
    told = message_for(DO_NOT_HONOUR if code in APPROVING else code)  # an approval of nothing is a refusal
    if request.only_verifies and code in VERIFYING:
        outcome, told = "approved", message_for(code)
    elif approved_cents:
        outcome, told = ("approved", message_for(APPROVED)) if in_full else ("partial", message_for(PARTIAL))
    return AuthorisationResult(
        outcome=cast(Outcome, outcome),
        approved_cents=approved_cents,
        response_code=code,
        auth_code=answer.get("38", "") if approved_cents else "",
        network_reference=answer.get("63", ""),
        message=f"{told} {NOT_TAKEN_AS_HEALTHCARE}" if approved_cents and not took_market(answer) else told,
        processor_code=own_code,
        processor_words=profile.words(own_code),
    )


def _refuse_unbelievable(request: AuthorisationRequest, answer: Message, approved_cents: int) -> None:
    if approved_cents > request.amount_cents:
        raise MalformedMessage("the answer approves more than was asked")
    if approved_cents == 0:
        return
    if approved_cents < request.amount_cents and not request.partial_allowed:
        raise MalformedMessage("the answer approves a part, and none was welcome")
    asked = original_amount(answer.get("54", ""))
    if asked is not None and asked != request.amount_cents:
        raise MalformedMessage("the answer is about another amount than was asked")


def advice_result(answer: Message) -> AdviceResult:
    """Whether the host took the advice."""
    return AdviceResult(acknowledged=answer["39"] == APPROVED, response_code=answer["39"])


def acceptor_name(name: str) -> str:
    """Field 43: name in 25 characters, city in 13 (unknown here), country in 2."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{''.join(filter(str.isprintable, plain))[:25]:<25}{'':<13}US"


def wire_time(at: datetime) -> str:
    """Field 7."""
    return at.strftime("%m%d%H%M%S")


def _identity(reference: NetworkReference, merchant: MerchantIdentity) -> Message:
    sent_at = wire_time(reference.transmitted_at)
    return {
        "7": sent_at,
        "11": reference.stan,
        "12": sent_at[4:],  # local time: the acquirer is told UTC, as it is told no place
        "13": sent_at[:4],
        "37": reference.rrn,
        "41": merchant.terminal_id,
        "42": f"{merchant.card_acceptor_id:<15}",
    }
