"""How long a card holds money for us before its issuer lets go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from checkout.models import Tender

# The networks' rules for a charge that a shopper started without the card at hand: Mastercard 7 days, Visa 10 (7 until April
# 2024, and at many benefit administrators still). An acquirer's contract may say less: this table is where that goes.
LIVES: Final = {"visa": timedelta(days=7), "mastercard": timedelta(days=7)}
SHORTEST: Final = min(LIVES.values())
MARGIN: Final = timedelta(hours=2)  # a release or capture still needs to reach the issuer in time
WARNING: Final = timedelta(hours=24)  # before the end, so that somebody can still ship


def hold_ends_at(tenders: Iterable[Tender]) -> datetime:
    """Until when everything that these cards hold can be captured: the shortest-lived of them decides."""
    return min(tender.transmitted_at + LIVES.get(tender.network, SHORTEST) for tender in tenders) - MARGIN
