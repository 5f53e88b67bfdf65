"""Network tokens that were asked for, and on which perhaps nothing rests."""

from __future__ import annotations

from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class SpareToken(models.Model):
    """A token that an attempt to pay was given for an order that shall wait. When the attempt is over, whatever became of it, a
    sweep ends the token unless something rests on it, and the row goes."""

    public_id = public_id_field("spt")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    network = models.CharField(max_length=12)
    last4 = models.CharField(max_length=4)
    reference = SealedTextField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    def __str__(self) -> str:
        return f"{self.network} …{self.last4}"
