"""What can be asked of payment links."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from checkout.link_limits import MADE, TAKEN, is_used_up
from checkout.models import CheckoutSession, PaymentLink
from common.scopes import across_merchants
from merchants.models import Merchant

STATUSES: Final = ("active", "inactive", "expired", "used_up")


def links_of(merchant: Merchant, *, status: str = "") -> QuerySet[PaymentLink]:
    """The merchant's links, newest first, each with `sales_count` and `sales_cents`; with one of STATUSES those in it alone."""
    made = Q(sessions__status__in=MADE)
    links = PaymentLink.objects.filter(merchant=merchant).annotate(
        sales_count=Count("sessions", filter=made), sales_cents=Sum("sessions__amount_total_cents", filter=made, default=0)
    )
    return links.alias(taken=Count("sessions", filter=Q(sessions__status__in=TAKEN))).filter(_in(status)) if status else links


def _in(status: str) -> Q:
    """`status_of` as a condition."""
    off, over = Q(deactivated_at__isnull=False), Q(expires_at__lte=timezone.now())
    used = Q(max_sales__isnull=False, taken__gte=F("max_sales"))
    return {"inactive": off, "expired": ~off & over, "used_up": ~off & ~over & used}.get(status, ~off & ~over & ~used)


def link_for(merchant: Merchant, public_id: str) -> PaymentLink:
    """The merchant's link; another merchant's id is a 404."""
    return get_object_or_404(links_of(merchant), public_id=public_id)


@across_merchants("a payment link's unguessable id is the shopper's key to it")
def open_link(public_id: str) -> PaymentLink | None:
    """The link behind an unguessable id, whoever's it is."""
    return PaymentLink.objects.select_related("merchant").filter(public_id=public_id).first()


def status_of(link: PaymentLink) -> str:
    """active, inactive (switched off), expired, or used_up."""
    if link.deactivated_at is not None:
        return "inactive"
    if link.is_over:
        return "expired"
    return "used_up" if is_used_up(link) else "active"


def link_url(link: PaymentLink) -> str:
    return f"{settings.BASE_URL}{reverse('checkout:link', args=[link.public_id])}"


def sales_of_link(link: PaymentLink) -> QuerySet[CheckoutSession]:
    """The sessions that were opened from it, newest first."""
    return CheckoutSession.objects.filter(payment_link=link).order_by("-pk")
