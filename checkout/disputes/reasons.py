"""Reason codes of the networks: what each means, and what proof helps. Sources: the networks' public dispute guides.

6343 is Mastercard's audit of real-time substantiation: the issuer wants the item record of a benefit-card charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SUBSTANTIATION_AUDIT: Final = "6343"


@dataclass(frozen=True, slots=True)
class Reason:
    """One code: its name, what the issuer says, what helps against it."""

    title: str
    meaning: str
    helps: tuple[str, ...]


RECEIPT, DELIVERY, TERMS, ITEMS = (
    "the itemised receipt", "proof of delivery with address and date", "the terms that the shopper saw before paying",
    "the record of items with the evidence behind each",
)  # fmt: skip
_FRAUD = Reason("Not authorised", "The cardholder says that somebody else paid.", (RECEIPT, DELIVERY, "the result of 3-D Secure"))
_NOT_RECEIVED = Reason("Not received", "The cardholder says that the goods never came.", (DELIVERY, "messages with the shopper"))
_NOT_AS_SAID = Reason(
    "Not as described", "The cardholder says that the goods are damaged or something else.", (RECEIPT, TERMS, "photos")
)
_AUTHORISATION = Reason("No valid authorisation", "The issuer says that it did not approve this amount.", (RECEIPT, ITEMS))
_TWICE = Reason(
    "Charged twice or wrongly", "The cardholder says that it was paid twice, otherwise, or is another amount.", (RECEIPT,)
)
_NO_CREDIT = Reason(
    "Credit not processed", "The cardholder expects a refund that did not come.", (TERMS, "the refund, if there is one")
)
_CANCELLED = Reason(
    "Cancelled", "The cardholder says that the purchase or subscription was cancelled.", (TERMS, "the record of use")
)
_AUDIT = Reason(
    "Substantiation audit (item detail)",
    "The plan checks that each item of a benefit-card charge was eligible. It moves no money, unless it is not answered.",
    (ITEMS, RECEIPT),
)  # fmt: skip
_UNKNOWN_CODE = Reason("Another reason", "The network gives a code that this table does not know.", (RECEIPT, ITEMS, DELIVERY))

REASONS: Final[dict[tuple[str, str], Reason]] = {
    ("visa", "10.4"): _FRAUD, ("visa", "11.2"): _AUTHORISATION, ("visa", "11.3"): _AUTHORISATION, ("visa", "12.5"): _TWICE,
    ("visa", "12.6"): _TWICE, ("visa", "13.1"): _NOT_RECEIVED, ("visa", "13.2"): _CANCELLED, ("visa", "13.3"): _NOT_AS_SAID,
    ("visa", "13.6"): _NO_CREDIT, ("visa", "13.7"): _CANCELLED,
    ("mastercard", "4808"): _AUTHORISATION, ("mastercard", "4834"): _TWICE, ("mastercard", "4837"): _FRAUD,
    ("mastercard", "4853"): _NOT_AS_SAID, ("mastercard", "4855"): _NOT_RECEIVED, ("mastercard", "4860"): _NO_CREDIT,
    ("mastercard", "6305"): Reason("Amount in doubt", "The cardholder does not agree with the amount.", (RECEIPT,)),
    ("mastercard", "6321"): Reason("Not recognised", "The cardholder does not recognise the charge.", (RECEIPT, DELIVERY)),
    ("mastercard", "6341"): Reason("Fraud investigation", "The issuer looks into fraud and wants documents.", (RECEIPT, DELIVERY)),
}  # fmt: skip


def reason_for(network: str, code: str) -> Reason:
    """The reason; any network's 6343 is the audit, as acquirers pass it on for both."""
    return _AUDIT if code == SUBSTANTIATION_AUDIT else REASONS.get((network, code), _UNKNOWN_CODE)
