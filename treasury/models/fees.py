"""What a sale costs its merchant: schedules that begin at a time, and are never edited."""

from __future__ import annotations

from typing import Final

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager

MOST_BASIS_POINTS: Final = 2_000  # 20 %: above it somebody slipped


class FeeSchedule(models.Model):
    """Rates in force from a moment on, of one merchant or, with none, of all that have no own. The newest that has begun holds."""

    public_id = public_id_field("fee")
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="fee_schedules"
    )
    effective_at = models.DateTimeField(help_text="Captures from this moment on pay by it; earlier ones paid by what held then.")
    returns_fee_on_refund = models.BooleanField(
        default=False, help_text="Whether the percentage comes back with a refund; the fixed part never does."
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", with_shared=True)

    class Meta:
        ordering = ["-effective_at"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "effective_at"], name="fee_schedule_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(proposed_by=None, approved_by=None) | ~models.Q(proposed_by=models.F("approved_by")),
                name="fee_schedule_two_persons",
            ),
        ]
        triggers: list[pgtrigger.Trigger] = append_only("fee_schedule")

    def __str__(self) -> str:
        return f"from {self.effective_at:%Y-%m-%d %H:%M} UTC"


class FeeRate(models.Model):
    """One line of a schedule: for a channel and a kind of card, or any, from a month's volume on."""

    class Channel(models.TextChoices):
        ANY = "any", "any"
        ONLINE = "online", "online"
        POS = "pos", "at a till"

    class Card(models.TextChoices):
        ANY = "any", "any"
        BENEFIT = "benefit", "benefit cards"
        ORDINARY = "ordinary", "ordinary cards"

    schedule = models.ForeignKey(FeeSchedule, on_delete=models.PROTECT, related_name="rates")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.ANY)
    card = models.CharField(max_length=10, choices=Card.choices, default=Card.ANY)
    from_volume_cents = models.BigIntegerField(
        default=0, help_text="Captured in the calendar month before, from which this line holds."
    )
    basis_points = models.PositiveIntegerField(
        validators=[MaxValueValidator(MOST_BASIS_POINTS)], help_text="Hundredths of a per cent."
    )
    fixed_cents = models.PositiveIntegerField(default=0, help_text="For each card of a sale, with its first capture.")

    objects = ScopedManager(merchant="schedule__merchant", with_shared=True)

    class Meta:
        ordering = ["channel", "card", "from_volume_cents"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "channel", "card", "from_volume_cents"], name="fee_rate_once"),
            models.CheckConstraint(
                condition=models.Q(from_volume_cents__gte=0, basis_points__lte=MOST_BASIS_POINTS), name="fee_rate_is_sane"
            ),
        ]
        triggers: list[pgtrigger.Trigger] = append_only("fee_rate")

    def __str__(self) -> str:
        return f"{self.basis_points / 100:g} % + {self.fixed_cents} ¢"


class MonthVolume(models.Model):
    """What a merchant captured in one calendar month (UTC): the tier of the month after. Written once the month is over."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="month_volumes")
    month_on = models.DateField(help_text="Its first day.")
    captured_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "month_on"], name="month_volume_once")]

    def __str__(self) -> str:
        return f"{self.month_on:%Y-%m}"
