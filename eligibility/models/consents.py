"""What a merchant lets us learn from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.scopes import ScopedManager


class TrainingConsent(models.Model):
    """One time in which titles of this merchant that people decided may train the classifier: who said so, and until when."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="training_consents")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant"], condition=Q(withdrawn_at=None), name="training_consent_in_force_once")
        ]

    def __str__(self) -> str:
        return f"{self.merchant}, from {self.given_at:%Y-%m-%d}"
