"""Holds that age while the letter is awaited: asked anew before the issuer lets go.

The new authorisation comes first, and the old one is let go of in the transaction that writes the answer down: money in hand
is not given up for money hoped for. The two stand beside each other for the moment that the reversal takes. A card whose
balance does not bear both declines; then the first hold stays as long as it lives, and the order is decided before it ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from checkout.errors import PaymentOvertaken
from checkout.holds import LIVES, SHORTEST, hold_ends_at
from checkout.letter_holds.asking import note_answer, note_question, overtaken, send_question
from checkout.locking import lock_session
from checkout.models import CardReference, CheckoutSession, LetterHold, Tender
from checkout.network.types import AuthorisationResult
from checkout.services.letter_offer import told_of
from checkout.services.release import release_tenders
from merchants.services import record_events
from vault.audit.services import record_about

RENEW_BEFORE: Final = timedelta(hours=30)  # ahead of the merchant's warning a day before the end
DECIDE_BEFORE: Final = timedelta(hours=1)  # before the holds lapse, where they cannot be renewed
MOST_RENEWALS: Final = 5  # of one card's hold: with seven days each, longer than any letter may take
MOST_SILENCES: Final = 5  # of one order


def renew_due(hold: LetterHold) -> bool:
    """Renew the hold of one card that is about to lapse. Returns False if there is none, or somebody else is at it."""
    begun = _begin(hold)
    if begun is None:
        return False
    session, old, new, card = begun
    result = send_question(new, card, session)
    try:
        _end(hold, old, new, result)
    except PaymentOvertaken:
        overtaken(new, result)
    return True


@transaction.atomic
def _begin(hold: LetterHold) -> tuple[CheckoutSession, Tender, Tender, CardReference] | None:
    session = lock_session(hold.payment.session_id)
    current = _waiting(hold, session)
    if current is None or current.asking_id is not None:
        return None
    tenders = list(current.payment.tenders.select_for_update(of=("self",)).select_related("card_token"))
    old = next((tender for tender in tenders if _lapses_soon(tender)), None)
    if old is None or current.deadline_at < session.expires_at:
        return None
    card = reference_for(current, old)
    if card is None or current.failed_count >= MOST_SILENCES or len(_charges_of(card, old, tenders)) > MOST_RENEWALS:
        _cannot_renew(current, session)
        return None
    return session, old, note_question(current, session, card, cents=old.approved_cents, like=old, weights=old.line_weights), card


@transaction.atomic
def _end(hold: LetterHold, old: Tender, new: Tender, result: AuthorisationResult | None) -> None:
    session = lock_session(hold.payment.session_id)
    current = _waiting(hold, session)
    if current is None or current.asking_id != new.pk:
        raise PaymentOvertaken()
    if not note_answer(current, new, result):
        if result is not None:
            _cannot_renew(current, session)
        return
    release_tenders([Tender.objects.select_for_update().get(pk=old.pk)])
    current.renewed_count += 1
    current.save(update_fields=["renewed_count"])
    held = list(current.payment.tenders.filter(status=Tender.Status.APPROVED))
    CheckoutSession.objects.filter(pk=session.pk).update(expires_at=hold_ends_at(held))
    record_about(current, "renewed", details={"last4": new.last4, "amount_cents": new.approved_cents})
    told = {**told_of(current, session), "last4": new.last4, "amount_cents": new.approved_cents}
    record_events(merchant=session.merchant, events=[("payment.reauthorised", current.payment.public_id, told)])


def _waiting(hold: LetterHold, session: CheckoutSession) -> LetterHold | None:
    current = LetterHold.objects.select_for_update(of=("self",)).select_related("payment").get(pk=hold.pk)
    waits = current.status == LetterHold.Status.WAITING and session.status == CheckoutSession.Status.AUTHORISED
    return current if waits else None


def _lapses_soon(tender: Tender) -> bool:
    ends_at = tender.transmitted_at + LIVES.get(tender.network, SHORTEST)
    return tender.status == Tender.Status.APPROVED and ends_at - RENEW_BEFORE <= timezone.now()


def reference_for(hold: LetterHold, tender: Tender) -> CardReference | None:
    """The network's token of the card behind a charge."""
    cards: list[CardReference] = hold.card_references or []
    return next((card for card in cards if tender.card_token.public_id in card["uses"]), None)


def _charges_of(card: CardReference, like: Tender, tenders: list[Tender]) -> list[Tender]:
    """All that were ever asked of this card for the same part of the order."""
    return [t for t in tenders if t.awaits_letter == like.awaits_letter and t.card_token.public_id in card["uses"]]


def _cannot_renew(hold: LetterHold, session: CheckoutSession) -> None:
    """The letter must come while the first hold lives: the deadline moves before its end. Said once."""
    deadline_at = session.expires_at - DECIDE_BEFORE
    if hold.deadline_at <= deadline_at:
        return
    hold.deadline_at = deadline_at
    hold.save(update_fields=["deadline_at"])
    record_about(hold, "not_renewed", details={"deadline_at": deadline_at.isoformat()})
    record_events(
        merchant=session.merchant,
        events=[("payment.reauthorisation_failed", hold.payment.public_id, told_of(hold, session))],
    )
