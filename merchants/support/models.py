from __future__ import annotations

from datetime import timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import public_id_field
from common.scopes import ScopedManager


class SupportAccess(models.Model):
    """What a merchant's owner decided about our looking. A merchant without a row lets support look."""

    merchant = models.OneToOneField(
        "merchants.Merchant", on_delete=models.CASCADE, primary_key=True, related_name="support_access"
    )
    is_off = models.BooleanField(default=False)
    consent_until = models.DateTimeField(
        null=True, blank=True, help_text="While it is off, an owner lets support look until then."
    )

    objects = ScopedManager(merchant="merchant")

    class Meta:
        app_label = "merchants"

    def __str__(self) -> str:
        return f"{self.merchant_id}: {'off' if self.is_off else 'on'}"

    @property
    def lets_in(self) -> bool:
        return not self.is_off or (self.consent_until is not None and self.consent_until > timezone.now())


class SupportView(models.Model):
    """One person of staff sees one merchant's portal for half an hour, for a ticket and a reason. It may only end early."""

    public_id = public_id_field("spv")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="support_views")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="support_views")
    ticket = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    is_over_refusal = models.BooleanField(default=False, help_text="The owner had switched support's access off.")
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        app_label = "merchants"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "expires_at"], name="support_view_user_expiry")]
        triggers = [
            pgtrigger.ReadOnly(
                name="support_view_keeps_its_word",
                fields=["public_id", "user", "merchant", "ticket", "reason", "is_over_refusal", "opened_at", "expires_at"],
            ),
            pgtrigger.Protect(name="support_view_is_never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="support_view_lasts_half_an_hour",
                condition=Q(expires_at__gt=F("opened_at")) & Q(expires_at__lte=F("opened_at") + timedelta(minutes=30)),
            ),
            models.CheckConstraint(name="support_view_has_a_ticket", condition=~Q(ticket="") & ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.ticket}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and self.expires_at > timezone.now()
