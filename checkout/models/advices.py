"""What the card network must still hear."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from checkout.models.payments import Tender
from common.scopes import ScopedManager


class NetworkAdvice(models.Model):
    """One message that the network must acknowledge, repeated until it does. A tender's go one after the other, oldest first."""

    class Kind(models.TextChoices):
        COMPLETION = "completion"
        REVERSAL = "reversal"
        REFUND = "refund"

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="advices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(
        max_length=40, default="", db_default="", blank=True,
        help_text="Which of the tender's steps it tells: the capture's number, the refund's id, “rest”. Empty: the first of its kind.",
    )  # fmt: skip
    amount_cents = models.BigIntegerField()
    stan = models.CharField(max_length=6)
    rrn = models.CharField(max_length=12)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    response_code = models.CharField(max_length=3, blank=True)
    is_refused = models.BooleanField(default=False, help_text="The network answered no, for good: a person must look.")

    objects = ScopedManager(merchant="tender__payment__merchant", place="tender__payment__session__till_sale__store")

    class Meta:
        verbose_name_plural = "network advices"
        constraints = [models.UniqueConstraint(fields=["tender", "kind", "subject"], name="advice_step_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="advice_due", condition=Q(acknowledged_at__isnull=True)),
            models.Index(fields=["tender", "id"], name="advice_open_of_tender", condition=Q(acknowledged_at__isnull=True)),
            # A clearing file's lines are found by reference, what it lacks by the time it was queued.
            models.Index(fields=["rrn"], name="advice_by_rrn"),
            BrinIndex(fields=["created_at"], name="advice_by_day", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rrn}"
