"""Who asks the network for money, and what named the question."""

from __future__ import annotations

from checkout.card_rules.judge import is_exempt
from checkout.models import Tender
from checkout.network.types import MerchantIdentity, NetworkReference
from checkout.split import certification_of
from merchants.models import Merchant


def identity_of(merchant: Merchant, terminal_id: str = "") -> MerchantIdentity:
    """The merchant as the card network knows it today. It may call itself exempt only where the card rules do.

    terminal_id: of the till that asks; empty: the merchant's own, of its online sales.
    """
    certification = certification_of(merchant)
    return MerchantIdentity(
        card_acceptor_id=merchant.card_acceptor_id, terminal_id=terminal_id or merchant.network_terminal_id, mcc=merchant.mcc,
        name=merchant.name, iias_certified=merchant.is_iias_certified, ninety_percent=is_exempt(merchant.mcc, certification),
    )  # fmt: skip


def identity_at(tender: Tender) -> MerchantIdentity:
    """The merchant as the network was told when the tender was asked for: what follows must say the same."""
    return MerchantIdentity(**tender.acceptor)


def reference_of(tender: Tender) -> NetworkReference:
    """What named the tender's authorisation."""
    return NetworkReference(stan=tender.stan, rrn=tender.rrn, transmitted_at=tender.transmitted_at)
