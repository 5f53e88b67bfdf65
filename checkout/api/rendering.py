"""Sales as the API tells them. Written by hand: these run on every sale, and a serializer costs ten times as much."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from checkout.declines.table import decline_json
from checkout.models import CardAuthentication, CardToken, CheckoutSession, LetterHold, LineItem, Payment, SavedCard, Tender
from checkout.selectors import challenge_of, current_payment, lines_of, tenders_of

REQUIRES_ACTION = "requires_action"  # an open session whose card waits for its holder


def render_challenge(challenge: CardAuthentication) -> dict[str, Any]:
    return {"type": "redirect_to_url", "url": challenge.challenge_url, "expires_at": challenge.expires_at}


def render_session(session: CheckoutSession, *, with_payment: bool = True) -> dict[str, Any]:
    payment = current_payment(session) if with_payment else None
    challenge = challenge_of(session) if with_payment else None
    return {
        "id": session.public_id,
        "shopper": session.shopper.public_id if session.shopper else None,
        "url": None if session.channel == CheckoutSession.Channel.POS else f"{settings.BASE_URL}/pay/{session.public_id}/",
        "status": REQUIRES_ACTION if challenge else session.status,
        "next_action": render_challenge(challenge) if challenge else None,
        "capture_method": session.capture_method,
        "currency": session.currency,
        "amount_subtotal_cents": session.amount_subtotal_cents,
        "amount_discount_cents": session.amount_discount_cents,
        "amount_tax_cents": session.amount_tax_cents,
        "amount_shipping_cents": session.amount_shipping_cents,
        "amount_total_cents": session.amount_total_cents,
        "amount_eligible_cents": session.amount_eligible_cents,
        "line_items": [render_line(line) for line in lines_of(session)],
        "payment": render_payment(payment, session) if payment else None,
        "letter_hold": render_letter_hold(payment) if payment else None,
        "payment_link": session.payment_link.public_id if session.payment_link else None,
        "client_reference_id": session.client_reference_id,
        "metadata": session.metadata,
        "success_url": session.success_url,
        "cancel_url": session.cancel_url,
        "expires_at": session.expires_at,
        "created_at": session.created_at,
    }


def render_letter_hold(payment: Payment) -> dict[str, Any] | None:
    """Only a sale with a leg that waits for a letter has a hold, so that no other is asked about."""
    if not any(tender.awaits_letter for tender in tenders_of(payment)):
        return None
    hold = LetterHold.objects.filter(payment=payment).first()
    if hold is None:
        return None
    return {
        "id": hold.public_id, "status": hold.status, "if_refused": hold.fallback, "line_items": hold.positions,
        "held_cents": hold.held_cents, "letters": sorted(set(hold.letters.values())),
        "charged_to_other_card_cents": hold.charged_cents, "dropped_line_items": hold.dropped,
        "dropped_cents": hold.dropped_cents, "deadline_at": hold.deadline_at, "settled_at": hold.settled_at,
    }  # fmt: skip


def render_line(line: LineItem) -> dict[str, Any]:
    return {
        "position": line.position,
        "product": line.product.public_id if line.product else None,
        "title": line.title, "brand": line.brand, "sku": line.sku, "gtin": line.gtin, "quantity": line.quantity,
        "unit_price_cents": line.unit_price_cents, "subtotal_cents": line.subtotal_cents,
        "discount_cents": line.discount_cents, "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents,
        "total_cents": line.total_cents, "decision": line.decision,
    }  # fmt: skip


def render_payment(payment: Payment, session: CheckoutSession) -> dict[str, Any]:
    receipt = getattr(payment, "receipt", None)
    tenders = tenders_of(payment)
    return {
        "id": payment.public_id,
        "session": session.public_id,
        "status": payment.status,
        "amount_cents": payment.amount_cents,
        "amount_captured_cents": payment.captured_cents,
        "amount_refunded_cents": payment.refunded_cents,
        "amount_disputed_cents": sum(tender.disputed_cents for tender in tenders),
        "is_partly_captured": 0 < payment.captured_cents < payment.amount_cents,
        "currency": session.currency,
        "failure_code": payment.failure_code or None,
        "failure_message": payment.failure_message or None,
        "tenders": [render_tender(tender) for tender in tenders],
        "receipt_url": f"{settings.BASE_URL}/receipts/{receipt.public_id}/" if receipt else None,
        "created_at": payment.created_at,
    }


def render_tender(tender: Tender) -> dict[str, Any]:
    return {
        "id": tender.public_id, "kind": tender.kind, "status": tender.status, "network": tender.network, "last4": tender.last4,
        "account_kind": tender.account_kind, "requested_cents": tender.requested_cents,
        "approved_cents": tender.approved_cents, "captured_cents": tender.captured_cents, "held_cents": tender.held_cents,
        "refunded_cents": tender.refunded_cents, "disputed_cents": tender.disputed_cents, "auth_code": tender.auth_code, "response_code": tender.response_code,
        "is_substantiated": tender.is_substantiated, "healthcare": tender.healthcare,
        "decline": decline_json(tender.response_code) if tender.status == Tender.Status.DECLINED else None,
        "is_liability_shifted": tender.is_liability_shifted,
        "lines": [{"position": int(position), "amount_cents": cents} for position, cents in tender.line_weights.items()],
    }  # fmt: skip


def render_token(token: CardToken, text: str) -> dict[str, Any]:
    return {
        "id": text,
        "card": {"network": token.network, "last4": token.last4, "account_kind": token.account_kind},
        "expires_at": token.expires_at,
    }


def render_saved_card(card: SavedCard) -> dict[str, Any]:
    return {
        "id": card.public_id, "status": card.status,
        "card": {"network": card.network, "last4": card.last4, "account_kind": card.account_kind},
        "exp_month": card.exp_month, "exp_year": card.exp_year,
        "consent": {"version": card.consent_version, "covers": card.consent_covers, "consented_at": card.consented_at},
        "replaced_at": card.replaced_at, "last_used_at": card.last_used_at, "created_at": card.created_at,
    }  # fmt: skip
