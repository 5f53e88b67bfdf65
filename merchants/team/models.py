from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.ids import public_id_field
from common.scopes import ScopedManager
from merchants.models import Member
from vault.fields import SealedEmailField


class Invitation(models.Model):
    """One letter that lets its reader join a merchant, once and for days. Its link is kept only as a hash."""

    public_id = public_id_field("inv")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="invitations")
    email = SealedEmailField("e-mail address")
    role = models.CharField(max_length=12, choices=Member.Role.choices)
    reach = models.JSONField(null=True, blank=True, editable=False, help_text="As the member's will be.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        app_label = "merchants"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_ends_one_way", condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="invitation_owner_is_not_limited", condition=~models.Q(role="owner") | models.Q(reach__isnull=True)
            ),
            models.CheckConstraint(
                name="invitation_reach_formed",
                condition=models.Q(reach__isnull=True) | models.Q(reach__has_keys=["regions", "stores"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()
