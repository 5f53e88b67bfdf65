"""A shopper's saved cards: which stores keep which card, since when, and the end of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from checkout.card_words import brand, kind_word
from checkout.consents import text_of
from checkout.models import SavedCard
from checkout.selectors import saved_cards_of_account
from checkout.services.saved_cards import delete_saved_card
from common import witness
from common.scopes import scope
from portal.me.access import shopper_page
from shoppers.accounts import ShopperSession

SECTION = "cards"


@shopper_page
def cards(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    rows = [_row(card) for card in saved_cards_of_account(session.account)]
    return render(request, "me/cards.html", {"cards": rows, "section": SECTION})


@shopper_page
def delete(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    """First what it means, then, by its button, the end."""
    card = next((row for row in saved_cards_of_account(session.account) if row.public_id == public_id), None)
    if card is None:
        raise Http404
    if request.method != "POST":
        return render(request, "me/card_delete.html", {"card": _row(card), "section": SECTION})
    return _delete(request, card)


def _delete(request: HttpRequest, card: SavedCard) -> HttpResponse:
    with scope(merchant=card.merchant):
        delete_saved_card(card=card)
        witness.saw(card)
    messages.success(request, f"{card.merchant.name} no longer keeps your card ending {card.last4}.")
    return redirect("me:cards")


def _row(card: SavedCard) -> dict[str, Any]:
    return {
        "public_id": card.public_id, "merchant": card.merchant.name, "name": f"{kind_word(card.account_kind)} · {brand(card.network)}",
        "last4": card.last4, "expires": f"{card.exp_month:02d} / {card.exp_year % 100:02d}",
        "is_usable": card.status == SavedCard.Status.ACTIVE, "replaced_at": card.replaced_at,
        "consented_at": card.consented_at, "last_used_at": card.last_used_at,
        "consent": text_of(card.consent_version, card.consent_covers, store=card.merchant.name),
    }  # fmt: skip
