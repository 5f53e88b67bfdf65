"""Tokens of attempts that came to nothing: declined, refused, or cut off by a process that died. The network ends them."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from checkout.models import SpareToken
from checkout.network.errors import NetworkTimeout, NetworkUnavailable
from checkout.network.tokens import token_service
from checkout.network.types import Card
from checkout.services.token_use import end_token
from common.errors import PlatformError
from merchants.models import Merchant

logger = logging.getLogger(__name__)
SWEEP: Final = 200


def provision(card: Card, *, merchant: Merchant) -> str:
    """A token for an order that shall wait, on record at once. No transaction is open. Raises as the token service does."""
    reference = token_service().provision(card, acceptor_id=merchant.card_acceptor_id)
    SpareToken.objects.create(merchant=merchant, network=card.network, last4=card.last4, reference=reference)
    return reference


def end_spare_tokens() -> None:
    """End the tokens of attempts that are over; one on which an order or a saved card rests stays. Safe to repeat."""
    over = timezone.now() - timedelta(seconds=2 * settings.SALE_DEADLINE_S)
    for row in SpareToken.objects.filter(created_at__lt=over).order_by("pk")[:SWEEP]:
        try:
            if not _is_asked_for_again(row):
                end_token(
                    reference=str(row.reference), merchant_id=row.merchant_id, network=row.network, last4=row.last4
                )  # fmt: skip
        except (NetworkUnavailable, NetworkTimeout, PlatformError):
            logger.warning("a network token of %s could not be ended yet", row)
            continue
        row.delete()


def _is_asked_for_again(row: SpareToken) -> bool:
    """The network gives the same token for the same card: an attempt that began later may be under way with it."""
    later = SpareToken.objects.filter(merchant_id=row.merchant_id, network=row.network, last4=row.last4, pk__gt=row.pk)
    return any(other.reference == row.reference for other in later)
