"""Which merchants show a public checker."""

from __future__ import annotations

from django.db import models

from common.scopes import ScopedManager


class Checker(models.Model):
    """One merchant's public checker. Off until the merchant switches it on."""

    merchant = models.OneToOneField("merchants.Merchant", primary_key=True, on_delete=models.CASCADE, related_name="checker")
    is_on = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    def __str__(self) -> str:
        return f"{self.merchant}: {'on' if self.is_on else 'off'}"
