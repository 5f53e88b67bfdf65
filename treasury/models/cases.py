"""Where clearing, book and bank differ: a case each, and a day that is closed when none is left or each is answered for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field


class TreasuryCase(models.Model):
    """One difference. `subject` names what it is about: the same difference found again is the same case."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", "The bank booked another amount"
        MISSING = "missing", "The bank has not booked it"
        UNEXPLAINED = "unexplained", "A booking that nothing of ours explains"
        DUPLICATE = "duplicate", "Booked twice"
        DATE = "date", "Booked on another day"
        STATEMENT_OFF = "statement_off", "The statement does not add up"
        STATEMENT_GAP = "statement_gap", "A statement is missing, or its opening is not the last closing"
        BOOK_OFF = "book_off", "Our book of the bank's money differs from the statement"
        PAID_TWICE = "paid_twice", "Paid after it was returned or refused"
        UNREADABLE = "unreadable", "A file that cannot be read"
        REFUSED = "refused", "The bank refused a batch"
        SILENT = "silent", "The bank does not say whether it has a batch"

    public_id = public_id_field("tc")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    subject = models.CharField(max_length=80)
    merchant = models.ForeignKey("merchants.Merchant", null=True, on_delete=models.PROTECT, related_name="treasury_cases")
    business_on = models.DateField()
    expected_cents = models.BigIntegerField(null=True)
    found_cents = models.BigIntegerField(null=True)
    text = models.CharField(max_length=300)
    is_open = models.BooleanField(default=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: it cleared itself."
    )
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="treasury_case_once")]
        indexes = [models.Index(fields=["business_on"], condition=Q(is_open=True), name="treasury_case_open")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def difference_cents(self) -> int:
        return (self.found_cents or 0) - (self.expected_cents or 0)


class BankDay(models.Model):
    """One day of reconciliation: clearing, book and bank side by side, and who closed it."""

    business_on = models.DateField(unique=True)
    report = models.JSONField(default=dict)
    compared_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True, help_text="What whoever closed it with open cases answers for.")

    class Meta:
        ordering = ["-business_on"]

    def __str__(self) -> str:
        return str(self.business_on)
