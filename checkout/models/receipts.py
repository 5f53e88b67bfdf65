"""The proof of a captured payment."""

from __future__ import annotations

import pgtrigger
from django.db import models

from checkout.models.payments import Payment
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Receipt(models.Model):
    """The proof of one captured payment: the frozen sale's lines and tenders, and here number, date and seller as of then."""

    public_id = public_id_field("rcp", opens_a_page=True)
    number = models.CharField(max_length=24, unique=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="receipt")
    issued_at = models.DateTimeField(auto_now_add=True)
    seller_name = models.CharField(max_length=120)
    seller_address = models.TextField()
    sale_on = models.DateField(help_text="The date of sale in the seller's zone.")

    objects = ScopedManager(merchant="payment__merchant", place="payment__session__till_sale__store")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("receipt")

    def __str__(self) -> str:
        return self.number
