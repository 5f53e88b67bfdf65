"""Each network's private fields: partial approval, substantiation, verification code, certification.

Mastercard: field 48 = category "T", then sub-elements 32 assigned id, 61 support flags, 92 verification code.
Visa: field 60 sub-field 10 partial approval; 61 (this dialect's own) 01 verification code, 02 substantiation;
62 sub-fields 04 market data, 20 merchant verification value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.network import subfields
from checkout.network.errors import MalformedMessage
from checkout.network.iso8583 import Message
from checkout.network.types import AuthorisationRequest, MerchantIdentity

NOT_SUBSTANTIATED: Final = "0"
SUBSTANTIATED: Final = "1"
EXEMPT_90_PERCENT: Final = "2"

# The networks assign these to a certified merchant; the sandbox only looks whether one is there.
SANDBOX_ASSIGNED_ID: Final = "SANDBX"
SANDBOX_VERIFICATION_VALUE: Final = "0000000000"

MASTERCARD_CATEGORY: Final = "T"  # phone, mail or internet order
MARKET_HEALTHCARE: Final = "M"


@dataclass(frozen=True, slots=True)
class PrivateData:
    """The same facts, whichever network's fields carried them."""

    partial_allowed: bool
    substantiation: str
    iias_certified: bool
    cvc: str | None


def private_fields(request: AuthorisationRequest) -> Message:
    """The private fields of one request."""
    flag = substantiation_flag(request.merchant, substantiated=request.substantiated)
    if request.card.network == "mastercard":
        return {"48": _mastercard(request, flag)}
    return _visa(request, flag)


def substantiation_flag(merchant: MerchantIdentity, *, substantiated: bool) -> str:
    """Mastercard field 48 sub-element 61 position 3. Only a certified merchant may say "verified"."""
    if substantiated and merchant.iias_certified:
        return SUBSTANTIATED
    return EXEMPT_90_PERCENT if merchant.ninety_percent else NOT_SUBSTANTIATED


def read_private_fields(network: str, message: Message) -> PrivateData:
    """What a request said in its private fields."""
    return _read_mastercard(message) if network == "mastercard" else _read_visa(message)


def _mastercard(request: AuthorisationRequest, flag: str) -> str:
    values = {"32": SANDBOX_ASSIGNED_ID} if request.merchant.iias_certified else {}
    values["61"] = f"{int(request.partial_allowed)}0{flag}00"
    if request.card.cvc:
        values["92"] = request.card.cvc
    return MASTERCARD_CATEGORY + subfields.pack(values)


def _read_mastercard(message: Message) -> PrivateData:
    values = subfields.unpack(message.get("48", MASTERCARD_CATEGORY)[1:])
    support = values.get("61", "00000")
    if len(support) != 5:
        raise MalformedMessage("sub-element 61 has five positions")
    return PrivateData(support[0] == "1", support[2], "32" in values, values.get("92"))


def _visa(request: AuthorisationRequest, flag: str) -> Message:
    verification = {"01": request.card.cvc} if request.card.cvc else {}
    service = {"04": MARKET_HEALTHCARE} if request.healthcare else {}
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
    )
