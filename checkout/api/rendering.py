"""Sales as the API tells them. Written by hand: these run on every sale, and a serializer costs ten times as much."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from checkout.models import CardToken, CheckoutSession, LineItem, Payment, Tender
from checkout.selectors import current_payment, lines_of, tenders_of


def render_session(session: CheckoutSession, *, with_payment: bool = True) -> dict[str, Any]:
    payment = current_payment(session) if with_payment else None
    return {
        "id": session.public_id,
        "shopper": session.shopper.public_id if session.shopper else None,
        "url": f"{settings.BASE_URL}/pay/{session.public_id}/",
        "status": session.status,
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
        "client_reference_id": session.client_reference_id,
        "metadata": session.metadata,
        "success_url": session.success_url,
        "cancel_url": session.cancel_url,
        "expires_at": session.expires_at,
        "created_at": session.created_at,
    }


def render_line(line: LineItem) -> dict[str, Any]:
    return {
        "product": line.product.public_id if line.product else None,
        "title": line.title, "brand": line.brand, "sku": line.sku, "gtin": line.gtin, "quantity": line.quantity,
        "unit_price_cents": line.unit_price_cents, "subtotal_cents": line.subtotal_cents,
        "discount_cents": line.discount_cents, "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents,
        "total_cents": line.total_cents, "decision": line.decision,
    }  # fmt: skip


def render_payment(payment: Payment, session: CheckoutSession) -> dict[str, Any]:
    receipt = getattr(payment, "receipt", None)
    return {
        "id": payment.public_id,
        "session": session.public_id,
        "status": payment.status,
        "amount_cents": payment.amount_cents,
        "currency": session.currency,
        "failure_code": payment.failure_code or None,
        "failure_message": payment.failure_message or None,
        "tenders": [render_tender(tender) for tender in tenders_of(payment)],
        "receipt_url": f"{settings.BASE_URL}/receipts/{receipt.public_id}/" if receipt else None,
        "created_at": payment.created_at,
    }


def render_tender(tender: Tender) -> dict[str, Any]:
    return {
        "kind": tender.kind, "status": tender.status, "network": tender.network, "last4": tender.last4,
        "account_kind": tender.account_kind, "requested_cents": tender.requested_cents,
        "approved_cents": tender.approved_cents, "auth_code": tender.auth_code, "response_code": tender.response_code,
        "is_substantiated": tender.is_substantiated, "healthcare": tender.healthcare,
    }  # fmt: skip


def render_token(token: CardToken, text: str) -> dict[str, Any]:
    return {
        "id": text,
        "card": {"network": token.network, "last4": token.last4, "account_kind": token.account_kind},
        "expires_at": token.expires_at,
    }
