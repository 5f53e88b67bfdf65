"""Money given or taken by hand: by two persons."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.scopes import ScopedManager


class Adjustment(models.Model):
    """A correction of a merchant's money that one person proposes and another lets through; only then it is booked."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        BOOKED = "booked", "Booked"
        DECLINED = "declined", "Declined"

    public_id = public_id_field("adj")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="adjustments")
    amount_cents = models.BigIntegerField(help_text="Signed: what the merchant gets.")
    reason = models.CharField(max_length=200, help_text="Shown to the merchant.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_cents=0), name="adjustment_moves_money"),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="adjustment_two_persons"),
            models.CheckConstraint(condition=Q(status="proposed") | Q(decided_by__isnull=False), name="adjustment_decided_by"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
