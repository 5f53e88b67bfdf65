"""Money that leaves for a merchant's bank, and the rules by which it may."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from treasury.models.accounts import BankAccount


class PayoutPolicy(models.Model):
    """How one merchant gets its money. Its row is the lock under which the merchant's payouts are made, one after another."""

    class Schedule(models.TextChoices):
        MANUAL = "manual", "Only when we ask"
        DAILY = "daily", "Each business day"
        WEEKLY = "weekly", "Once a week"
        THRESHOLD = "threshold", "When enough has come together"

    merchant = models.OneToOneField(
        "merchants.Merchant", on_delete=models.PROTECT, related_name="payout_policy", primary_key=True
    )
    schedule = models.CharField(max_length=10, choices=Schedule.choices, default=Schedule.MANUAL)
    weekday = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(4)], help_text="Of a weekly schedule: 0 is Monday."
    )
    threshold_cents = models.PositiveBigIntegerField(default=0)
    minimum_cents = models.PositiveBigIntegerField(default=100, help_text="The smallest payout.")
    advance_share_bp = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(9_500)], help_text="Hundredths of a per cent of pending sales that are available before they settle."
    )  # fmt: skip
    advance_cap_cents = models.PositiveBigIntegerField(default=0, help_text="The most that is advanced at any time.")
    instant_fee_bp = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(500)])
    return_fee_cents = models.PositiveIntegerField(default=0, help_text="Of a payout that the bank returned.")
    reserve_bp = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(5_000)], help_text="Hundredths of a per cent kept back of each settlement."
    )
    reserve_days = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(365)])
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        verbose_name_plural = "payout policies"
        constraints = [
            models.CheckConstraint(condition=Q(advance_share_bp__lte=9_500), name="policy_advances_part"),
        ]

    def __str__(self) -> str:
        return f"payouts of {self.merchant}"


class Payout(models.Model):
    """One payment of a merchant's money to its bank account. Its money is in transit from the asking until the bank's statement has it."""

    class Status(models.TextChoices):
        PENDING = "pending", "On its way to our bank"
        SENT = "sent", "With the bank"
        PAID = "paid", "Paid"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        RETURNED = "returned", "Returned"

    class Speed(models.TextChoices):
        INSTANT = "instant", "In seconds"
        STANDARD = "standard", "With the next run to the bank"

    class Origin(models.TextChoices):
        DEMAND = "demand", "asked for"
        SCHEDULE = "schedule", "by schedule"

    public_id = public_id_field("po")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="payouts")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="payouts")
    amount_cents = models.BigIntegerField(help_text="What arrives.")
    fee_cents = models.BigIntegerField(default=0, help_text="Paid beside it.")
    advanced_cents = models.BigIntegerField(default=0, help_text="Of both, what was not settled yet.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    speed = models.CharField(max_length=10, choices=Speed.choices, default=Speed.STANDARD)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.DEMAND)
    description = models.CharField(max_length=80, blank=True, help_text="The merchant's own words.")
    request_key = models.CharField(max_length=64, blank=True, help_text="Whoever asks twice with one key gets one payout.")
    failure_code = models.CharField(max_length=20, blank=True)
    failure_message = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expected_on = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it failed or came back.")

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="payout_merchant_newest"),
            models.Index(fields=["created_at"], name="payout_under_way", condition=Q(status__in=["pending", "sent"])),
        ]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "request_key"], condition=~Q(request_key=""), name="payout_asked_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0, fee_cents__gte=0, advanced_cents__gte=0), name="payout_pays"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
