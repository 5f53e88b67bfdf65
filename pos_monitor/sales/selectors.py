"""What can be asked of tills' sales."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from checkout.models import CheckoutSession
from merchants.models import Merchant
from pos_monitor.models import RefusedSale, Terminal, TillDay, TillSale, TillSettings


def settings_of(merchant: Merchant) -> TillSettings:
    """The merchant's settings, or the usual ones, which are not stored."""
    try:
        return merchant.till_settings  # often read with the terminal
    except TillSettings.DoesNotExist:
        return TillSettings(merchant=merchant)


def sales_of_terminal(terminal: Terminal) -> QuerySet[TillSale]:
    return TillSale.objects.filter(terminal=terminal).select_related(
        "session__merchant", "session__shopper", "terminal__store", "void"
    )


def sale_of(terminal: Terminal, sale_number: str) -> TillSale:
    found = sales_of_terminal(terminal).filter(sale_number=sale_number).first()
    if found is None:
        raise Http404
    return found


def last_paid_sale(terminal: Terminal) -> TillSale | None:
    """The last sale by the clock of who took it; of one moment, the last to come in."""
    paid = sales_of_terminal(terminal).filter(session__status=CheckoutSession.Status.COMPLETE)
    return paid.order_by("-sold_at", "-pk").first()


def unpaid_offline_sales(merchant: Merchant) -> QuerySet[TillSale]:
    """Offline sales whose goods are gone and whose money did not come, until somebody has settled them."""
    lost = TillSale.objects.filter(merchant=merchant, lost_at__isnull=False, loss_settled_at=None)
    return lost.exclude(session__status=CheckoutSession.Status.COMPLETE).select_related("terminal__store", "session")


def refused_offline_sales(merchant: Merchant) -> QuerySet[RefusedSale]:
    """Offline sales that could not even be judged, until somebody has settled them or they were taken after all."""
    return RefusedSale.objects.filter(merchant=merchant, settled_at=None).select_related("terminal__store")


def days_of_terminal(terminal: Terminal) -> QuerySet[TillDay]:
    return TillDay.objects.filter(terminal=terminal)
