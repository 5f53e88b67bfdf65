"""What became of a merchant's money in a day or a month, closed: opening and closing balances, and what lies between."""

from __future__ import annotations

import pgtrigger
from django.db import models

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Statement(models.Model):
    """One closed period of one merchant. Its closing balance is the opening of the next; the sums of days are those of the month."""

    class Period(models.TextChoices):
        DAY = "day"
        MONTH = "month"

    public_id = public_id_field("stm")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="statements")
    period = models.CharField(max_length=5, choices=Period.choices)
    starts_on = models.DateField(help_text="First day, in the merchant's zone.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="The first moment that no longer belongs to it.")
    opening_cents = models.BigIntegerField(
        help_text="What we held for the merchant; payouts are gone from it when they are asked for."
    )
    closing_cents = models.BigIntegerField()
    sums = models.JSONField(help_text="Kind of movement -> {count, cents}: they lead from the opening to the closing balance.")
    pockets = models.JSONField(help_text="Pocket -> cents, when the period ended.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "period", "starts_on"], name="statement_once"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="statement_has_time"),
        ]
        triggers: list[pgtrigger.Trigger] = append_only("statement")

    def __str__(self) -> str:
        return f"{self.period} {self.starts_on}"
