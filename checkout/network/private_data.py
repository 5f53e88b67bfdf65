"""Each network's private fields: partial approval, substantiation, verification code, certification.

Mastercard: field 48 = category "T" (at a till "R"), then sub-elements 22 who starts a charge of a kept card (C101 its holder, C103 its holder for a
subscription, M103 the merchant by one), 32 assigned id, 42 and 43 what 3-D Secure proved, 61 support flags, 63 the charge with which
the agreement began, 92 verification code.
Visa: field 60 sub-field 10 partial approval; 61 (this dialect's own) 01 verification code, 02 substantiation, 03 and 04 what 3-D Secure
proved, 05 a kept card's use (C kept or used by its holder, R recurring), 06 who starts it (C or M), 07 the charge that began it;
62 sub-fields 04 market data, 20 merchant verification value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.network import subfields
from checkout.network.errors import MalformedMessage
from checkout.network.iso8583 import Message
from checkout.network.types import AuthorisationRequest, HealthcareAmounts, MerchantIdentity, StoredCredential

NOT_SUBSTANTIATED: Final = "0"
SUBSTANTIATED: Final = "1"
EXEMPT_90_PERCENT: Final = "2"
MAY_BE_SENT: Final = frozenset({NOT_SUBSTANTIATED, SUBSTANTIATED, EXEMPT_90_PERCENT})  # 4 is the network's own and never ours

# The networks assign these to a certified merchant; the sandbox only looks whether one is there.
SANDBOX_ASSIGNED_ID: Final = "SANDBX"
SANDBOX_VERIFICATION_VALUE: Final = "0000000000"

MASTERCARD_CATEGORY: Final = "T"  # phone, mail or internet order
MASTERCARD_RETAIL: Final = "R"  # over a counter, the card there
MARKET_HEALTHCARE: Final = "M"
MARKET_TRANSIT: Final = "T"  # rides to care, in healthcare transactions only
MARKET_NOT_TAKEN: Final = "N"  # the network's answer: its check of the market's data failed. Never ours


@dataclass(frozen=True, slots=True)
class PrivateData:
    """The same facts, whichever network's fields carried them."""

    partial_allowed: bool
    substantiation: str
    iias_certified: bool
    cvc: str | None
    is_merchants: bool = False  # started by the merchant, by an agreement with the holder
    original: str = ""  # the reference of the charge with which that agreement began
    market: str = ""  # Visa's market-specific indicator


def private_fields(request: AuthorisationRequest) -> Message:
    """The private fields of one request."""
    flag = substantiation_flag(request.merchant, substantiated=request.substantiated and request.healthcare is not None)
    if request.card.network == "mastercard":
        return {"48": _mastercard(request, flag)}
    return _visa(request, flag)


def substantiation_flag(merchant: MerchantIdentity, *, substantiated: bool) -> str:
    """Mastercard field 48 sub-element 61 position 3.

    "Verified" is said only by a certified merchant, and only where every item has list or human evidence.
    """
    if substantiated and merchant.iias_certified:
        return SUBSTANTIATED
    return EXEMPT_90_PERCENT if merchant.ninety_percent else NOT_SUBSTANTIATED


def market_indicator(amounts: HealthcareAmounts) -> str:
    """Which market's rules a charge with these amounts falls under."""
    return MARKET_TRANSIT if amounts.transit_cents else MARKET_HEALTHCARE


def market_answer(indicator: str) -> Message:
    """What a Visa answer says of the market that the request named: the same, or that it was not taken."""
    return {"62": subfields.pack({"04": indicator})}


def took_market(answer: Message) -> bool:
    """False where the network did not take the charge for one of healthcare. A network that says nothing took it."""
    return subfields.unpack(answer.get("62", "")).get("04") != MARKET_NOT_TAKEN


def read_private_fields(network: str, message: Message) -> PrivateData:
    """What a request said in its private fields. A substantiation flag that nobody may send is refused."""
    said = _read_mastercard(message) if network == "mastercard" else _read_visa(message)
    if said.substantiation not in MAY_BE_SENT:
        raise MalformedMessage("this substantiation indicator is the network's own, or unknown")
    if said.market not in {"", MARKET_HEALTHCARE, MARKET_TRANSIT}:
        raise MalformedMessage("this market indicator is the network's own, or unknown")
    return said


def _mastercard(request: AuthorisationRequest, flag: str) -> str:
    values = {"32": SANDBOX_ASSIGNED_ID} if request.merchant.iias_certified else {}
    values["61"] = f"{int(request.partial_allowed)}0{flag}00"
    if request.card.cvc:
        values["92"] = request.card.cvc
    if proof := request.holder_proof:
        values |= {"42": f"21{proof.eci[-1:]}", "43": proof.cryptogram}
    if stored := request.stored:
        values["22"] = _mastercard_initiation(stored)
        values |= {"63": stored.original} if stored.original else {}
    return (MASTERCARD_RETAIL if request.card.is_present else MASTERCARD_CATEGORY) + subfields.pack(values)


def _mastercard_initiation(stored: StoredCredential) -> str:
    agreement = "03" if stored.agreement == "subscription" else "01"
    return f"{'M' if stored.initiator == 'merchant' else 'C'}1{agreement}"


def _read_mastercard(message: Message) -> PrivateData:
    values = subfields.unpack(message.get("48", MASTERCARD_CATEGORY)[1:])
    support = values.get("61", "00000")
    if len(support) != 5:
        raise MalformedMessage("sub-element 61 has five positions")
    is_merchants = values.get("22", "").startswith("M")
    return PrivateData(support[0] == "1", support[2], "32" in values, values.get("92"), is_merchants, values.get("63", ""))


def _visa(request: AuthorisationRequest, flag: str) -> Message:
    verification = {"01": request.card.cvc} if request.card.cvc else {}
    if proof := request.holder_proof:
        verification |= {"03": proof.eci, "04": proof.cryptogram}
    if stored := request.stored:
        verification |= {"05": "R" if stored.agreement == "subscription" else "C", "06": stored.initiator[0].upper()}
        verification |= {"07": stored.original} if stored.original else {}
    service = {"04": market_indicator(request.healthcare)} if request.healthcare else {}
    if request.merchant.iias_certified:
        service["20"] = SANDBOX_VERIFICATION_VALUE
    fields = {
        "60": subfields.pack({"10": str(int(request.partial_allowed))}),
        "61": subfields.pack(verification | {"02": flag}),
    }
    return fields | {"62": subfields.pack(service)} if service else fields


def _read_visa(message: Message) -> PrivateData:
    capabilities = subfields.unpack(message.get("60", ""))
    verification = subfields.unpack(message.get("61", ""))
    service = subfields.unpack(message.get("62", ""))
    return PrivateData(
        partial_allowed=capabilities.get("10") == "1",
        substantiation=verification.get("02", NOT_SUBSTANTIATED),
        iias_certified="20" in service,
        cvc=verification.get("01"),
        is_merchants=verification.get("06") == "M",
        original=verification.get("07", ""),
        market=service.get("04", ""),
    )
