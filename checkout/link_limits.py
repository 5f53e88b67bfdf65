"""When a payment link takes no more payments: asked where links are made, and where a sale is paid."""

from __future__ import annotations

from checkout.errors import PaymentLinkClosed
from checkout.models import CheckoutSession, PaymentLink

MADE = (CheckoutSession.Status.AUTHORISED, CheckoutSession.Status.COMPLETE)
TAKEN = (CheckoutSession.Status.PROCESSING, *MADE)  # what counts against the sales that a link is good for
CLOSED = {
    "inactive": "{merchant} has switched this link off.",
    "expired": "The time of this link is over.",
    "used_up": "This link is paid: it was good for no more sales.",
}


def is_used_up(link: PaymentLink, *, but: CheckoutSession | None = None) -> bool:
    """Is every sale that it was good for made, or just being paid? `but`: the session that asks."""
    if link.max_sales is None:
        return False
    taken = CheckoutSession.objects.filter(payment_link=link, status__in=TAKEN)
    return (taken.exclude(pk=but.pk) if but else taken).count() >= link.max_sales


def refuse_if_closed(link: PaymentLink, *, but: CheckoutSession | None = None) -> None:
    """Raise PaymentLinkClosed with the reason in the shopper's words."""
    why = "inactive" if link.deactivated_at else "expired" if link.is_over else "used_up" if is_used_up(link, but=but) else ""
    if why:
        raise PaymentLinkClosed(CLOSED[why].format(merchant=link.merchant.name) + " Nothing was charged.", reason=why)
