"""Each taking of approved money: a sale held for the merchant may be taken in several parts."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from checkout.models.payments import Payment
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Capture(models.Model):
    """One taking of a payment's approved money, in full or for what was shipped. Which cent of which line: its tender lines."""

    public_id = public_id_field("cap")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="captures")
    number = models.PositiveSmallIntegerField(help_text="The payment's first capture is 1.")
    amount_cents = models.BigIntegerField()
    shipped = models.JSONField(default=dict, help_text="Line position -> units shipped with it, where the merchant said so.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="payment__merchant", place="payment__session__till_sale__store")

    class Meta:
        ordering = ["payment", "number"]
        triggers: list[pgtrigger.Trigger] = append_only("capture")
        indexes = [models.Index(fields=["created_at"], name="capture_later_ones", condition=Q(number__gt=1))]
        constraints = [
            models.UniqueConstraint(fields=["payment", "number"], name="capture_number_once"),
            models.CheckConstraint(name="capture_takes_money", condition=Q(amount_cents__gt=0, number__gte=1)),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
