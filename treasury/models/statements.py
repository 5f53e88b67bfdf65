"""What the bank said: files as they came, statements, and their lines with what each was found to be."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from common.models import append_only


class BankFile(models.Model):
    """One of the bank's files or messages, as it lay at one endpoint. What it says is taken once, however often it lies where."""

    endpoint = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    is_repeat = models.BooleanField(
        default=False, help_text="Its content was taken before, from elsewhere or under another name."
    )
    is_readable = models.BooleanField(default=True)
    faults = models.JSONField(default=list, help_text="What in it could not be used, a sentence each.")
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "name"], name="bank_file_once")]
        triggers: list[pgtrigger.Trigger] = append_only("bank_file")

    def __str__(self) -> str:
        return self.name


class BankStatement(models.Model):
    """One statement of our account: a day's, mostly."""

    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="statements")
    statement_id = models.CharField(max_length=40, help_text="The bank's.")
    account_last4 = models.CharField(max_length=4)
    number = models.PositiveIntegerField()
    from_on = models.DateField()
    to_on = models.DateField()
    opening_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField()
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["account_last4", "number"], name="bank_statement_once")]
        triggers: list[pgtrigger.Trigger] = append_only("bank_statement")

    def __str__(self) -> str:
        return f"statement {self.number} of {self.to_on}"


class BankLine(models.Model):
    """One booking at the bank, whichever statement brought it first. What it was found to be may come later."""

    class Kind(models.TextChoices):
        PAYOUT = "payout", "Payout"
        RETURN = "return", "Returned payout"
        CLEARING = "clearing", "Settlement by the processor"
        MICRO_DEPOSIT = "micro_deposit", "Verification of an account"
        FEE = "fee", "Fee of the bank"
        OTHER = "other", "Other"

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    bank_reference = models.CharField(max_length=60, unique=True)
    end_to_end_id = models.CharField(max_length=35, blank=True)
    amount_cents = models.BigIntegerField(help_text="Signed: money in is above zero.")
    booked_on = models.DateField()
    value_on = models.DateField()
    kind = models.CharField(max_length=14, choices=Kind.choices)
    text = models.CharField(max_length=140, blank=True)
    transfer = models.ForeignKey("treasury.BankTransfer", null=True, on_delete=models.PROTECT, related_name="lines")
    clearing_file = models.ForeignKey("checkout.ClearingFile", null=True, on_delete=models.PROTECT, related_name="bank_lines")
    is_explained = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["booked_on"], name="bank_line_by_day")]
        constraints = [models.CheckConstraint(condition=~Q(amount_cents=0), name="bank_line_moves_money")]

    def __str__(self) -> str:
        return self.bank_reference
