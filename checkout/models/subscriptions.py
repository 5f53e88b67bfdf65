"""What a shopper lets a store charge again and again: the subscription, its cards, and each period of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from checkout.models.saved_cards import SavedCard
from checkout.models.sessions import CheckoutSession
from checkout.subscriptions.calendar import UNITS, Rhythm
from common.ids import public_id_field
from common.scopes import ScopedManager


class Subscription(models.Model):
    """A basket of one shopper that renews by the calendar. What it costs and which card pays what is settled anew each period."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        PAST_DUE = "past_due"  # the last period is not paid yet; its charge is tried again
        UNPAID = "unpaid"  # the last period could not be paid: nothing is charged until a card or the basket changes
        PAUSED = "paused"
        CANCELLED = "cancelled"

    LIVE = (Status.ACTIVE, Status.PAST_DUE)

    public_id = public_id_field("sub")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="subscriptions")
    shopper = models.ForeignKey("shoppers.Shopper", on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    unit = models.CharField(max_length=5, choices=[(unit, unit) for unit in UNITS])
    count = models.PositiveSmallIntegerField(default=1)
    anchor_on = models.DateField(help_text="The day from which periods are counted, in the shop's zone.")
    anchor_time = models.TimeField(help_text="The hour of that day.")
    anchor_number = models.PositiveIntegerField(default=0, help_text="The period that begins there.")
    items: models.JSONField[Any, Any] = models.JSONField(
        help_text="The basket as the merchant sent it; each period judges it anew."
    )
    shipping_cents = models.BigIntegerField(default=0)
    discount_cents = models.BigIntegerField(default=0)
    next_number = models.PositiveIntegerField(default=0, help_text="The period that comes next.")
    next_renewal_at = models.DateTimeField(null=True, blank=True)
    client_reference_id = models.CharField("your reference", max_length=200, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="subscription_newest"),
            models.Index(fields=["next_renewal_at"], name="subscription_due", condition=Q(status__in=["active", "past_due"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="subscription_live_has_date",
                condition=Q(status__in=["active", "past_due"], next_renewal_at__isnull=False)
                | ~Q(status__in=["active", "past_due"]) & Q(next_renewal_at__isnull=True),
            ),
            models.CheckConstraint(
                name="subscription_cancelled_has_time", condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False)
            ),
            models.CheckConstraint(
                name="subscription_amounts", condition=Q(count__gte=1, shipping_cents__gte=0, discount_cents__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    def rhythm(self) -> Rhythm:
        """When its periods begin, by the shop's zone as it is today."""
        return Rhythm(self.unit, self.count, self.anchor_on, self.anchor_time, self.merchant.zone, self.anchor_number)


class SubscriptionCard(models.Model):
    """One saved card of a subscription, in the order in which they are asked."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="cards")
    saved_card = models.ForeignKey(SavedCard, on_delete=models.PROTECT, related_name="subscriptions")
    position = models.PositiveSmallIntegerField()
    limit_cents = models.BigIntegerField(null=True, blank=True, help_text="The most that it shall pay of one period.")

    objects = ScopedManager(merchant="subscription__merchant")

    class Meta:
        ordering = ["subscription", "position"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "position"], name="subscription_card_position"),
            models.UniqueConstraint(fields=["subscription", "saved_card"], name="subscription_card_once"),
            models.CheckConstraint(name="subscription_card_limit", condition=Q(limit_cents=None) | Q(limit_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.saved_card_id}"


class Renewal(models.Model):
    """One period of a subscription, and what became of its charge. There is one row for each, however often somebody tries."""

    class Status(models.TextChoices):
        DUE = "due"
        PAYING = "paying"
        RETRYING = "retrying"
        PAID = "paid"
        FAILED = "failed"
        SKIPPED = "skipped"
        MISSED = "missed"  # nobody was there to charge it in time; a later one was charged instead
        CANCELLED = "cancelled"

    UNFINISHED = (Status.DUE, Status.PAYING, Status.RETRYING)

    public_id = public_id_field("rnw")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="renewals")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DUE)
    due_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="When the next period begins.")
    session = models.OneToOneField(
        CheckoutSession, null=True, blank=True, on_delete=models.PROTECT, related_name="renewal",
        help_text="The newest attempt's; an earlier one is closed before another is opened.",
    )  # fmt: skip
    attempts = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0, help_text="How often it was refused.")
    troubles = models.PositiveIntegerField(default=0, help_text="How often nothing came of it and nobody said no.")
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="Until when somebody is at it.")
    last_code = models.CharField(max_length=60, blank=True)
    last_cause = models.CharField(max_length=30, blank=True)
    last_message = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="subscription__merchant", place="session__till_sale__store")

    class Meta:
        ordering = ["subscription", "-number"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="renewal_to_pay", condition=Q(status__in=["due", "paying", "retrying"]))
        ]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "number"], name="renewal_once_a_period"),
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(status__in=["due", "paying", "retrying"]), name="renewal_one_unfinished"
            ),
            models.CheckConstraint(
                name="renewal_unfinished_has_time",
                condition=~Q(status__in=["due", "paying", "retrying"]) | Q(next_attempt_at__isnull=False),
            ),
            models.CheckConstraint(
                name="renewal_paid_has_session", condition=~Q(status="paid") | Q(session__isnull=False, ended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
