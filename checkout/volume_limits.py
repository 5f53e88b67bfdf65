"""Whether a merchant may make a sale of this size now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from checkout.models import Payment
from merchants.errors import MerchantLimitReached, SalesHeld
from merchants.limits.selectors import control_of
from merchants.models import Merchant


def refuse_over_limits(merchant: Merchant, amount_cents: int) -> None:
    """Raise if the merchant's sales are held or this one goes over a limit. In the merchant's days and months.

    What was captured counts. A sale that is under way does not yet, so that sales beside each other may go over a limit of a day
    or a month by what they are worth together: no sale waits for another here.
    """
    control = control_of(merchant)
    if control is None:
        return
    if control.is_held("sales"):
        raise SalesHeld()
    if control.per_sale_cents is not None and amount_cents > control.per_sale_cents:
        raise MerchantLimitReached(
            "This order is larger than the store may take in one payment. Nothing was charged.",
            limit="per_sale", limit_cents=control.per_sale_cents,
        )  # fmt: skip
    day = timezone.now().astimezone(merchant.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for name, limit_cents, since in (
        ("daily_volume", control.daily_volume_cents, day),
        ("monthly_volume", control.monthly_volume_cents, day.replace(day=1)),
    ):
        if limit_cents is not None and captured_since(merchant, since) + amount_cents > limit_cents:
            raise MerchantLimitReached(
                "The store has taken as much as it may for now. Nothing was charged.", limit=name, limit_cents=limit_cents
            )


def captured_since(merchant: Merchant, since: datetime) -> int:
    """Cents, by an index of what was captured when."""
    captured = Payment.objects.filter(merchant=merchant, status=Payment.Status.CAPTURED, captured_at__gte=since)
    return int(captured.order_by().aggregate(sum=Sum("captured_cents"))["sum"] or 0)
