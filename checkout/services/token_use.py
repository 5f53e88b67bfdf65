"""Network tokens that nothing needs any more. The network gives one token for one card at one merchant, however often it is
asked: so two rows may rest on the same, and whoever ends its own use must not end the other's."""

from __future__ import annotations

from django.db.models import Q

from checkout.models import LetterHold, SavedCard
from checkout.network.tokens import token_service


def end_token(*, reference: str, merchant_id: int, network: str, last4: str) -> None:
    """Tell the network that a token is needed no more, unless a saved card or an order that waits for a letter rests on it. Safe to
    repeat; no transaction is open. Raises NetworkUnavailable or NetworkTimeout."""
    alike = Q(last4=last4) | Q(replaced_at__isnull=False)  # a bank may have put other digits in place of those that were typed
    saved = SavedCard.objects.filter(alike, merchant_id=merchant_id, network=network, status=SavedCard.Status.ACTIVE)
    if any(card.token_reference == reference for card in saved):
        return
    waiting = LetterHold.objects.filter(merchant_id=merchant_id, status=LetterHold.Status.WAITING)
    if any(card["reference"] == reference for hold in waiting for card in hold.card_references or []):
        return
    token_service().end(reference)
