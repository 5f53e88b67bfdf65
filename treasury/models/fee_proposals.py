"""New fees that one person has written down and another lets through."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from treasury.models.fees import FeeSchedule


class FeeProposal(models.Model):
    """A schedule of fees as proposed; only when another person approves it, it becomes a `FeeSchedule`."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"

    public_id = public_id_field("fpr")
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="fee_proposals"
    )
    effective_at = models.DateTimeField()
    returns_fee_on_refund = models.BooleanField(default=False)
    rates = models.JSONField(help_text="As `treasury.pricing.fees.Rate` has them.")
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    schedule = models.OneToOneField(FeeSchedule, null=True, blank=True, on_delete=models.PROTECT, related_name="proposal")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When every merchant whom it concerns was told.")

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="fee_proposal_two_persons"
            ),
            models.CheckConstraint(condition=Q(status="proposed") | Q(decided_by__isnull=False), name="fee_proposal_decided_by"),
            models.CheckConstraint(condition=Q(status="approved") ^ Q(schedule=None), name="fee_proposal_approved_has_schedule"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
