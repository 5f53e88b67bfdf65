"""What the networks are told of a card that is kept, or was: who starts the charge, and by which agreement with its holder."""

from __future__ import annotations

from typing import Literal

from checkout.errors import ConsentMissing
from checkout.models import SavedCard, Tender
from checkout.network.types import Agreement, StoredCredential
from checkout.services.wallet import PaidWith


def stored_credential(paid: PaidWith, *, is_off_session: bool) -> StoredCredential | None:
    """None for a card that was typed and is not kept."""
    saved = paid.token.saved_card
    if saved is None:
        kept = paid.offer.save
        return StoredCredential("cardholder", _agreement(kept.covers), is_first=True) if kept else None
    initiator: Literal["cardholder", "merchant"] = "merchant" if is_off_session else "cardholder"
    agreement: Agreement = "subscription" if is_off_session else "card_on_file"
    original = _first_charge(saved)
    if is_off_session and not original:
        raise ConsentMissing(param=paid.param)
    return StoredCredential(initiator, agreement, original=original)


def _agreement(covers: str) -> Agreement:
    return "subscription" if covers == SavedCard.Covers.SUBSCRIPTIONS else "card_on_file"


def _first_charge(saved: SavedCard) -> str:
    """The network's reference of the charge with which its holder let the store keep the card."""
    first = Tender.objects.filter(card_token_id=saved.typed_as_id).exclude(network_reference="").order_by("pk")
    return str(first.values_list("network_reference", flat=True).first() or "")
