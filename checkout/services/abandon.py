"""Sales that are left unpaid: told to the merchant, and to a shopper who asked for it. Nothing is held for one: what a failed attempt
held was released as it failed, and the session stays open until its time is over."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from checkout.models import CheckoutSession, SaleMail
from merchants.services import record_events

SWEEP = 500


def tell_of_abandoned() -> int:
    """Tell of each online sale that was opened a while ago and is still unpaid; returns how many. Safe to repeat and beside itself."""
    now = timezone.now()
    left = CheckoutSession.objects.select_related("merchant").filter(
        status=CheckoutSession.Status.OPEN, channel="online", abandoned_at=None, expires_at__gt=now,
        renewal=None,  # nobody sits at a period of a subscription
        created_at__lt=now - timedelta(minutes=settings.ABANDONED_AFTER_MINUTES),
    )  # fmt: skip
    return sum(_tell(session) for session in left.order_by("created_at")[:SWEEP])


@transaction.atomic
def _tell(session: CheckoutSession) -> bool:
    now = timezone.now()
    still_left = CheckoutSession.objects.filter(pk=session.pk, status=CheckoutSession.Status.OPEN, abandoned_at=None)
    if not still_left.update(abandoned_at=now):
        return False
    reminds = SaleMail.objects.filter(session=session, kind=SaleMail.Kind.REMINDER, closed_at=None).update(due_at=now)
    told = {
        "session": session.public_id, "amount_total_cents": session.amount_total_cents, "currency": session.currency,
        "client_reference_id": session.client_reference_id, "metadata": session.metadata,
        "url": f"{settings.BASE_URL}{reverse('checkout:pay', args=[session.public_id])}",
        "expires_at": session.expires_at.isoformat(), "is_shopper_reminded": bool(reminds),
    }  # fmt: skip
    record_events(merchant=session.merchant, events=[("checkout.session.abandoned", session.public_id, told)])
    return True
