"""Taking the last sale back at the till: reversed at the network and in the book, while the network has not cleared it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from checkout.models import CheckoutSession, ClearingLine, NetworkAdvice, Payment
from checkout.refunds.errors import RefundOvertaken
from checkout.refunds.services import create_refund
from merchants.services import record_events
from pos_monitor.models import Terminal, TillSale
from pos_monitor.sales import errors
from pos_monitor.sales.selectors import last_paid_sale, sales_of_terminal
from vault.audit.services import record_about


@transaction.atomic
def void_last(*, terminal: Terminal, sale_number: str) -> tuple[TillSale, bool]:
    """Void the terminal's last sale, all of it, and return it; and whether it was voided before this call.

    The book changes now; the network is told until it answers. If it should refuse, the void fails as a refund fails, and the
    money is the merchant's again. Safe to repeat and beside itself: voids and the day's end of one terminal wait for each other.
    Raises TillSaleUnknown, SaleNotLast, SaleSettled.
    """
    Terminal.objects.select_for_update(of=("self",), no_key=True).get(pk=terminal.pk)
    sale = sales_of_terminal(terminal).select_for_update(of=("self",)).filter(sale_number=sale_number).first()
    if sale is None or sale.session.status != CheckoutSession.Status.COMPLETE:
        raise errors.TillSaleUnknown(param="sale_number")
    if sale.is_voided:
        return sale, True
    if sale.void is not None:
        raise errors.SaleSettled(
            "The network refused to take this sale back, or a part of it: refund what is still charged.", param="sale_number"
        )
    last = last_paid_sale(terminal)
    if last is None or last.pk != sale.pk:
        raise errors.SaleNotLast(param="sale_number")
    payment = sale.session.payments.get(status=Payment.Status.CAPTURED)
    if sale.day_id or payment.refunded_cents or _is_cleared(payment):
        raise errors.SaleSettled(param="sale_number")
    try:
        sale.void = create_refund(payment=payment, note="Voided at the till.", refunded_before_cents=0, is_void=True)
    except RefundOvertaken as meanwhile:  # a refund from elsewhere, which looks at no terminal
        raise errors.SaleSettled(param="sale_number") from meanwhile
    TillSale.objects.filter(pk=sale.pk).update(void=sale.void)
    told = {
        "terminal": terminal.public_id, "sale_number": sale_number, "session": sale.session.public_id, "payment": payment.public_id,
        "refund": sale.void.public_id, "amount_cents": payment.captured_cents,
    }  # fmt: skip
    record_about(sale, "voided", details={"amount_cents": payment.captured_cents})
    record_events(merchant=terminal.merchant, events=[("till_sale.voided", sale.public_id, told)])
    return sale, False


def _is_cleared(payment: Payment) -> bool:
    """Is the network's day over, in UTC, in which it took the money, or has a clearing file told of it?"""
    completions = NetworkAdvice.objects.filter(tender__payment=payment, kind=NetworkAdvice.Kind.COMPLETION)
    return (
        completions.exclude(created_at__date=timezone.now().date()).exists()
        or ClearingLine.objects.filter(advice__in=completions).exists()
    )
