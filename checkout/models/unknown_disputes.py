"""What the acquirer said of a charge that we do not know, kept until we do."""

from __future__ import annotations

from django.db import models


class UnknownDispute(models.Model):
    """One line of a dispute file about no charge, or no case, of ours. It is tried again until it fits something."""

    kind = models.CharField(max_length=10)
    case_number = models.CharField(max_length=40, help_text="The network's own.")
    network = models.CharField(max_length=12, blank=True)
    reason_code = models.CharField(max_length=8, blank=True)
    rrn = models.CharField("retrieval reference", max_length=12, blank=True)
    stan = models.CharField("trace number", max_length=6, blank=True)
    amount_cents = models.BigIntegerField()
    said_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    came_at = models.DateTimeField(auto_now_add=True)
    known_at = models.DateTimeField(null=True, blank=True, help_text="When its charge was found and the line was taken.")

    class Meta:
        indexes = [models.Index(fields=["id"], name="unknown_dispute_open", condition=models.Q(known_at__isnull=True))]
        constraints = [models.UniqueConstraint(fields=["case_number", "kind"], name="unknown_dispute_once")]

    def __str__(self) -> str:
        return f"{self.case_number} · {self.kind}"
