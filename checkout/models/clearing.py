"""What the card network says it cleared, line by line, and where that differs from what we booked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from checkout.models.advices import NetworkAdvice
from common.ids import public_id_field


class ClearingFile(models.Model):
    """One file of one business day, taken once: its content's hash and its day and number are unique."""

    public_id = public_id_field("clr")
    name = models.CharField(max_length=120)
    business_on = models.DateField("business day")
    sequence = models.PositiveSmallIntegerField("number", default=1)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    line_count = models.PositiveIntegerField("lines")
    completion_cents = models.BigIntegerField("taken")
    refund_cents = models.BigIntegerField("given back")
    matched_count = models.PositiveIntegerField("matched", default=0)
    case_count = models.PositiveIntegerField("cases", default=0)
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business_on", "sequence"], name="clearing_file_once")]

    def __str__(self) -> str:
        return self.name


class ClearingLine(models.Model):
    """One amount the network moved. amount_cents is negative where a completion was taken back."""

    file = models.ForeignKey(ClearingFile, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    rrn = models.CharField("retrieval reference", max_length=12)
    stan = models.CharField("trace number", max_length=6)
    network_reference = models.CharField(max_length=40)
    acceptor = models.CharField(max_length=15)
    terminal = models.CharField(max_length=8)
    amount_cents = models.BigIntegerField()
    cleared_at = models.DateTimeField()
    advice = models.ForeignKey(NetworkAdvice, null=True, on_delete=models.PROTECT, related_name="cleared_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="clearing_line_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.rrn}"


class ClearingCase(models.Model):
    """One difference between a clearing file and our book, until a person has looked into it."""

    class Kind(models.TextChoices):
        MISSING = "missing", "we took it, the network did not clear it"
        EXTRA = "extra", "the network cleared what we do not know"
        AMOUNT = "amount", "another amount"
        DUPLICATE = "duplicate", "cleared a second time"

    public_id = public_id_field("ccs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    file = models.ForeignKey(ClearingFile, on_delete=models.PROTECT, related_name="cases")
    line = models.ForeignKey(ClearingLine, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    advice = models.ForeignKey(NetworkAdvice, null=True, blank=True, on_delete=models.PROTECT, related_name="clearing_cases")
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="clearing_cases"
    )
    rrn = models.CharField("retrieval reference", max_length=12)
    booked_cents = models.BigIntegerField("booked", default=0)
    cleared_cents = models.BigIntegerField("cleared", default=0)
    is_open = models.BooleanField(default=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: a later file did.",
    )
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="clearing_case_open", condition=Q(is_open=True))]
        constraints = [
            models.UniqueConstraint(fields=["line"], name="clearing_case_line_once", condition=Q(line__isnull=False)),
            models.UniqueConstraint(fields=["advice"], name="clearing_case_missing_once", condition=Q(kind="missing")),
            models.CheckConstraint(
                name="clearing_case_resolved_whole",
                condition=Q(is_open=True, resolved_at__isnull=True)
                | (Q(is_open=False, resolved_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.rrn}"

    @property
    def difference_cents(self) -> int:
        """What was cleared above what was booked."""
        return self.cleared_cents - self.booked_cents
