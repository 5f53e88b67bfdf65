"""Who asks the network for money, and what named the question."""

from __future__ import annotations

from checkout.models import Tender
from checkout.network.types import MerchantIdentity, NetworkReference
from merchants.models import Merchant


def identity_of(merchant: Merchant) -> MerchantIdentity:
    """The merchant as the card network knows it today."""
    return MerchantIdentity(
        card_acceptor_id=merchant.card_acceptor_id, terminal_id=merchant.network_terminal_id, mcc=merchant.mcc,
        name=merchant.name, iias_certified=merchant.is_iias_certified, ninety_percent=merchant.is_ninety_percent,
    )  # fmt: skip


def identity_at(tender: Tender) -> MerchantIdentity:
    """The merchant as the network was told when the tender was asked for: what follows must say the same."""
    return MerchantIdentity(**tender.acceptor)


def reference_of(tender: Tender) -> NetworkReference:
    """What named the tender's authorisation."""
    return NetworkReference(stan=tender.stan, rrn=tender.rrn, transmitted_at=tender.transmitted_at)
