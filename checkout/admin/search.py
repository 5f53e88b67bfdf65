"""From what people are told, or read out, to the sales it stands for."""

from __future__ import annotations

from django.db.models import Q

from checkout.models import CheckoutSession, Payment, Receipt, Tender
from merchants.models import Merchant
from shoppers.selectors import shoppers_with_email

SALE_HINT = "Order no., id, receipt, last four, e-mail, merchant"
LAST4_LENGTH = 4


def sales_about(words: str) -> Q:
    """Sessions with this order number, id (of sale, payment or receipt), receipt number, last four, shopper e-mail or merchant.

    Each part is a subquery on an indexed column, so that no join multiplies rows.
    """
    words = words.strip()
    if "@" in words:
        return Q(shopper__in=shoppers_with_email(words).values("pk"))
    about = Q(client_reference_id__icontains=words) | Q(public_id=words)
    about |= Q(pk__in=Payment.objects.filter(public_id=words).values("session_id"))
    about |= Q(pk__in=Receipt.objects.filter(Q(number=words.upper()) | Q(public_id=words)).values("payment__session_id"))
    about |= Q(merchant__in=Merchant.objects.filter(Q(name__icontains=words) | Q(public_id=words)).values("pk"))
    if len(words) == LAST4_LENGTH and words.isdigit():
        about |= Q(pk__in=Tender.objects.filter(last4=words).values("payment__session_id"))
    return about


def payments_about(words: str) -> Q:
    """Payments of the sales that `sales_about` finds; a last four means the attempt with that card."""
    words = words.strip()
    if len(words) == LAST4_LENGTH and words.isdigit():
        return Q(pk__in=Tender.objects.filter(last4=words).values("payment_id")) | Q(
            session__client_reference_id__icontains=words
        )
    return Q(public_id=words) | Q(session__in=CheckoutSession.objects.filter(sales_about(words)).values("pk"))
