"""What a bank is asked to pay: on record before it is asked, so that whoever dies is taken up where it stopped."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from treasury.models.accounts import BankAccount
from treasury.models.payouts import Payout


class BankBatch(models.Model):
    """Transfers that go to the bank together. Its bytes follow from the row: a repeat is the same file."""

    class Status(models.TextChoices):
        MADE = "made", "To be sent"
        SENT = "sent", "Taken by the bank"
        REFUSED = "refused", "Refused by the bank"

    public_id = public_id_field("bb")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.MADE)
    is_instant = models.BooleanField(default=False)
    effective_on = models.DateField()
    number = models.PositiveSmallIntegerField(default=0, help_text="Which of its day.")
    endpoint = models.CharField(max_length=40, blank=True, help_text="Who has it, or may have it.")
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when an answer is awaited: until then nobody else asks."
    )
    bank_reference = models.CharField(max_length=60, blank=True)
    last_fault = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "bank batches"
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(status="made"), name="bank_batch_due")]

    def __str__(self) -> str:
        return str(self.public_id)


class BankTransfer(models.Model):
    """One credit to one account: of a payout, or of an account's verification. `public_id` is its end-to-end id at the bank."""

    class Purpose(models.TextChoices):
        PAYOUT = "payout", "payout"
        MICRO_DEPOSIT = "micro_deposit", "verification of an account"

    class Status(models.TextChoices):
        QUEUED = "queued", "To be sent"
        SENT = "sent", "Taken by the bank"
        SETTLED = "settled", "On the bank's statement"
        REFUSED = "refused", "Refused by the bank"
        RETURNED = "returned", "Returned"
        CANCELLED = "cancelled", "Not sent"

    public_id = public_id_field("bt")
    purpose = models.CharField(max_length=14, choices=Purpose.choices)
    payout = models.OneToOneField(Payout, null=True, on_delete=models.PROTECT, related_name="transfer")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="transfers")
    batch = models.ForeignKey(BankBatch, null=True, on_delete=models.PROTECT, related_name="transfers")
    amount_cents = models.BigIntegerField()
    trace_number = models.PositiveIntegerField(help_text="Ours in ACH files.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    reason_code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="bank_account__merchant")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(batch__isnull=True, status="queued"), name="transfer_to_batch"),
            models.Index(fields=["trace_number"], name="transfer_by_trace"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="payout", payout__isnull=False) | Q(purpose="micro_deposit", payout__isnull=True),
                name="transfer_of_payout_names_it",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="transfer_pays"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
