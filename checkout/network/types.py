"""What travels between the platform and an acquirer: no Django, no wire format.

Card numbers and card verification codes never show up in a repr, so no traceback or log line can leak them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from checkout.network.errors import NetworkReferenceInUse, NetworkTimeout, NetworkUnavailable
from checkout.network.responses import ISSUER_AWAY

__all__ = [
    "AdviceKind",
    "AdviceRequest",
    "AdviceResult",
    "AuthorisationRequest",
    "AuthorisationResult",
    "Card",
    "HealthcareAmounts",
    "MerchantIdentity",
    "NetworkReference",
    "NetworkReferenceInUse",
    "NetworkTimeout",
    "NetworkUnavailable",
    "StoredCredential",
]

MAX_AMOUNT_CENTS = 999_999_999_999  # DE 4 has twelve digits

AdviceKind = Literal["completion", "reversal", "refund"]
Outcome = Literal["approved", "partial", "declined"]


@dataclass(frozen=True, slots=True)
class Card:
    """A payment card. expiry_year has four digits; cvc is None for one that its holder did not type now.

    is_present: a till's reader has read it, so it was there; of its track or chip we are told number and expiry alone.
    """

    pan: str = field(repr=False)
    expiry_month: int
    expiry_year: int
    cvc: str | None = field(repr=False)
    network: str
    is_present: bool = False

    def __post_init__(self) -> None:
        if not (self.pan.isascii() and self.pan.isdigit() and 12 <= len(self.pan) <= 19):
            raise ValueError("a card number has 12 to 19 digits")
        if not 1 <= self.expiry_month <= 12 or not 2000 <= self.expiry_year <= 2099:
            raise ValueError("a card expires in month 1-12 of a year 2000-2099")
        if self.cvc is not None and not (self.cvc.isascii() and self.cvc.isdigit() and len(self.cvc) in (3, 4)):
            raise ValueError("a card verification code has 3 or 4 digits")

    @property
    def last4(self) -> str:
        return self.pan[-4:]


@dataclass(frozen=True, slots=True)
class HealthcareAmounts:
    """The healthcare part of a charge in cents: the total, and the parts of it that have a name of their own.

    What the parts leave over is over-the-counter goods.
    """

    total_cents: int
    rx_cents: int = 0
    vision_cents: int = 0
    dental_cents: int = 0
    clinic_cents: int = 0
    copay_cents: int = 0
    transit_cents: int = 0

    @property
    def parts(self) -> dict[str, int]:
        """Every named part, zeros included, in wire order."""
        return {
            "rx": self.rx_cents,
            "vision": self.vision_cents,
            "clinic": self.clinic_cents,
            "dental": self.dental_cents,
            "copay": self.copay_cents,
            "transit": self.transit_cents,
        }

    def problems(self, transaction_cents: int) -> tuple[str, ...]:
        """Why issuers would refuse these amounts on a charge of `transaction_cents`; empty when sound.

        These are the rules of processors' published tests (docs/network.md, "Healthcare amounts").
        """
        found = [f"{name} amount is negative" for name, cents in self.parts.items() if cents < 0]
        if self.total_cents <= 0:
            found.append("healthcare total must be above zero")
        if self.total_cents > transaction_cents:
            found.append("healthcare total exceeds the transaction amount")
        found += [f"{name} amount exceeds the healthcare total" for name, c in self.parts.items() if c > self.total_cents]
        if sum(self.parts.values()) > self.total_cents:
            found.append("parts add up to more than the healthcare total")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class MerchantIdentity:
    """Who asks for the money, as the card network knows them.

    card_acceptor_id: up to 15 characters (DE 42); terminal_id: 8 characters (DE 41); mcc: 4 digits (DE 18).
    iias_certified: checks every item against an eligible-product list and is certified to say so.
    ninety_percent: a pharmacy exempt from that under the IRS 90% rule.
    """

    card_acceptor_id: str
    terminal_id: str
    mcc: str
    name: str
    iias_certified: bool = False
    ninety_percent: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.card_acceptor_id) <= 15 or not _is_printable(self.card_acceptor_id):
            raise ValueError("card_acceptor_id has 1 to 15 printable ASCII characters and no spaces around it")
        if len(self.terminal_id) != 8 or not _is_printable(self.terminal_id):
            raise ValueError("terminal_id has exactly 8 printable ASCII characters and no spaces around it")
        if len(self.mcc) != 4 or not (self.mcc.isascii() and self.mcc.isdigit()):
            raise ValueError("mcc has 4 digits")


@dataclass(frozen=True, slots=True)
class NetworkReference:
    """What names one message for good. Chosen and stored *before* sending, so a reversal can name it.

    stan: 6 digits (DE 11); rrn: 12 characters (DE 37); transmitted_at: UTC, to the second (DE 7).
    """

    stan: str
    rrn: str
    transmitted_at: datetime

    def __post_init__(self) -> None:
        if len(self.stan) != 6 or not (self.stan.isascii() and self.stan.isdigit()):
            raise ValueError("stan has 6 digits")
        if len(self.rrn) != 12 or not (self.rrn.isascii() and self.rrn.isalnum()):
            raise ValueError("rrn has 12 letters or digits")
        if self.transmitted_at.utcoffset() != timedelta(0):
            raise ValueError("transmitted_at is in UTC")


@dataclass(frozen=True, slots=True)
class HolderProof:
    """What came of asking the card's bank for its holder (3-D Secure): the indicator and the bank's cryptogram."""

    eci: str
    cryptogram: str = field(repr=False)


Initiator = Literal["cardholder", "merchant"]
Agreement = Literal["card_on_file", "subscription"]


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """That a charge keeps a card for later, or goes by one kept before (the networks' stored-credential framework).

    initiator: who starts this charge; with "merchant" nobody is there. agreement: what the holder agreed to.
    is_first: this charge begins the agreement. original: the network's reference of the charge that did, in every later one.
    """

    initiator: Initiator
    agreement: Agreement
    is_first: bool = False
    original: str = ""

    def __post_init__(self) -> None:
        if self.is_first and (self.initiator == "merchant" or self.original):
            raise ValueError("an agreement begins with its holder, and with nothing before it")
        if self.initiator == "merchant" and not self.original:
            raise ValueError("a merchant's charge names the one that its holder made first")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationRequest:
    """One question to the issuer: may this card pay `amount_cents`?

    substantiated: every line of the charge was matched to list or human evidence (auto-substantiation flag).
    partial_allowed: a smaller approval is welcome; the rest goes on another card.
    only_verifies: asks for no money, only whether the account is good (an account verification of amount zero).
    """

    reference: NetworkReference
    card: Card
    amount_cents: int
    merchant: MerchantIdentity
    healthcare: HealthcareAmounts | None = None
    substantiated: bool = False
    partial_allowed: bool = False
    holder_proof: HolderProof | None = None
    stored: StoredCredential | None = None
    only_verifies: bool = False
    currency: str = "USD"

    def __post_init__(self) -> None:
        if not self.only_verifies:
            _require_amount(self.amount_cents)
        elif self.amount_cents or self.healthcare:
            raise ValueError("a verification asks for no money")


@dataclass(frozen=True, slots=True)
class AuthorisationResult:
    """The issuer's answer.

    approved_cents: 0 when declined or only verified, below the amount asked when partial.
    response_code: DE 39. network_reference: the host's own id (DE 63), used afterwards in place of the card.
    message: one plain sentence for people.
    processor_code, processor_words: the processor's own code and its meaning, where it has one besides DE 39.
    """

    outcome: Outcome
    approved_cents: int
    response_code: str
    auth_code: str
    network_reference: str
    message: str
    processor_code: str = ""
    processor_words: str = ""

    @property
    def is_issuer_away(self) -> bool:
        """Did the network decline in the bank's place, as the bank cannot be reached? When *we* cannot, an error is raised."""
        return self.response_code == ISSUER_AWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRequest:
    """Something that has been decided and that the host must hear of, repeated until acknowledged.

    completion: take `amount_cents` of what was approved (may come in parts).
    reversal: give back up to `amount_cents` of what is still held; all of it voids the authorisation.
    refund: give back `amount_cents` of what was completed.
    reference: this advice's own; `original` names the message it is about (DE 90).
    repeat: this reference was sent before (0221/0421); the host acts on it at most once either way.
    """

    kind: AdviceKind
    reference: NetworkReference
    original: NetworkReference
    amount_cents: int
    merchant: MerchantIdentity
    original_mti: str = "0100"
    card_pan: str | None = field(default=None, repr=False)
    network_reference: str | None = None
    repeat: bool = False

    def __post_init__(self) -> None:
        _require_amount(self.amount_cents)


@dataclass(frozen=True, slots=True)
class AdviceResult:
    """acknowledged: the host has it. False: it refused for good (`response_code`), so do not repeat."""

    acknowledged: bool
    response_code: str


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()


def _require_amount(amount_cents: int) -> None:
    if not 0 < amount_cents <= MAX_AMOUNT_CENTS:
        raise ValueError("amount_cents is above zero and has at most twelve digits")
