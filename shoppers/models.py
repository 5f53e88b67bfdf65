"""Persons who buy."""

from __future__ import annotations

from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class Shopper(models.Model):
    """One person at one merchant, known by e-mail; guests become one when they ask for a receipt by mail."""

    public_id = public_id_field("shp")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="shoppers")
    email = SealedTextField()
    email_index = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "email_index"], name="shopper_email_once")]

    def __str__(self) -> str:
        return str(self.public_id)
