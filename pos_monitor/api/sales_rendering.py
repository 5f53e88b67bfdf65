"""Till sales and days as the API tells them."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from checkout.api.rendering import render_tender
from checkout.models import CheckoutSession, Payment, Tender
from checkout.selectors import current_payment, lines_of, tenders_of
from pos_monitor.models import TillDay, TillSale
from pos_monitor.sales.receipt import benefit_cents, receipt_text


def render_till_sale(sale: TillSale) -> dict[str, Any]:
    session = sale.session
    payment = current_payment(session)
    tenders = tenders_of(payment) if payment else []
    charged = [tender for tender in tenders if tender.status == Tender.Status.CAPTURED]
    by_line, voided = benefit_cents(charged), sale.is_voided
    receipt = getattr(payment, "receipt", None)
    by_kind = {kind: sum(t.approved_cents for t in charged if t.kind == kind) for kind in Tender.Kind}
    return {
        "id": sale.public_id, "terminal": sale.terminal.public_id, "sale_number": sale.sale_number,
        "status": _status(sale, payment, voided=voided), "session": session.public_id, "payment": payment.public_id if payment else None,
        "is_offline": sale.is_offline, "sold_at": sale.sold_at, "received_at": sale.received_at, "currency": session.currency,
        "amount_total_cents": session.amount_total_cents, "amount_tax_cents": session.amount_tax_cents,
        "amount_discount_cents": session.amount_discount_cents, "amount_eligible_cents": session.amount_eligible_cents,
        "amount_benefit_cents": by_kind[Tender.Kind.BENEFIT], "amount_ordinary_cents": by_kind[Tender.Kind.ORDINARY],
        "line_items": [
            {
                "title": line.title, "gtin": line.gtin, "quantity": line.quantity, **said, "subtotal_cents": line.subtotal_cents,
                "discount_cents": line.discount_cents, "tax_cents": line.tax_cents, "total_cents": line.total_cents,
                "benefit_cents": by_line[line.position], "decision": line.decision,
            }
            for line, said in zip(lines_of(session), sale.printed, strict=True)
        ],
        "tenders": [render_tender(tender) for tender in tenders],
        "receipt_number": receipt.number if receipt else None,
        "receipt_url": f"{settings.BASE_URL}/receipts/{receipt.public_id}/" if receipt else None,
        "receipt_text": receipt_text(sale, is_voided=voided),
        "loss": _loss(sale), "day": sale.day.public_id if sale.day else None,
    }  # fmt: skip


def _status(sale: TillSale, payment: Payment | None, *, voided: bool) -> str:
    if voided:
        return "voided"
    if payment and payment.status == Payment.Status.CAPTURED:
        return "paid"
    if sale.session.status == CheckoutSession.Status.PROCESSING:
        return "processing"
    return "lost" if sale.lost_at else "unpaid"


def _loss(sale: TillSale) -> dict[str, Any] | None:
    if sale.lost_at is None:
        return None
    return {
        "code": sale.loss_code, "message": sale.loss_message, "lost_at": sale.lost_at, "settled_at": sale.loss_settled_at,
    }  # fmt: skip


def render_day(day: TillDay) -> dict[str, Any]:
    return {
        "id": day.public_id, "terminal": day.terminal.public_id, "business_on": day.business_on, "sales_count": day.sales_count,
        "sales_cents": day.sales_cents, "benefit_cents": day.benefit_cents, "ordinary_cents": day.ordinary_cents,
        "late_count": day.late_count, "voids_count": day.voids_count, "voids_cents": day.voids_cents,
        "refunds_count": day.refunds_count, "refunds_cents": day.refunds_cents, "failed_count": day.failed_count,
        "failed_cents": day.failed_cents, "losses_count": day.losses_count, "losses_cents": day.losses_cents, "net_cents": day.net_cents,
        "differences": day.differences, "closed_at": day.closed_at,
    }  # fmt: skip
