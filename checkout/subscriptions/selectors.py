"""What can be asked of subscriptions."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from checkout.models import Renewal, Subscription, SubscriptionCard
from merchants.models import Merchant


def subscriptions_of(merchant: Merchant) -> QuerySet[Subscription]:
    """The merchant's, with cards, shopper and, as `newest`, the period that was opened last; the newest subscription first."""
    cards = Prefetch("cards", SubscriptionCard.objects.select_related("saved_card").order_by("position"))
    last = Renewal.objects.order_by("subscription_id", "-number").distinct("subscription_id").select_related("session")
    newest = Prefetch("renewals", last, to_attr="newest")
    rows = Subscription.objects.filter(merchant=merchant).select_related("merchant", "shopper").prefetch_related(cards, newest)
    return rows.order_by("-pk")


def subscription_for(merchant: Merchant, public_id: str) -> Subscription:
    """The merchant's subscription; another merchant's id is a 404."""
    return get_object_or_404(subscriptions_of(merchant), public_id=public_id)


def renewals_of(subscription: Subscription) -> QuerySet[Renewal]:
    return Renewal.objects.filter(subscription=subscription).select_related("session").order_by("-pk")


def latest_renewal(subscription: Subscription) -> Renewal | None:
    """The period that was opened last, of a subscription that `subscriptions_of` has read."""
    return next(iter(subscription.newest), None)  # type: ignore[attr-defined]
