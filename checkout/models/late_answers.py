"""What the card network said when nobody was waiting any more."""

from __future__ import annotations

import pgtrigger
from django.db import models

from checkout.models.payments import Tender
from common.models import append_only
from common.scopes import ScopedManager


class LateAnswer(models.Model):
    """One answer that came after its caller had given up, and what was done about it. Without a tender: no question of ours."""

    class Outcome(models.TextChoices):
        REVERSED = "reversed", "an approval, given back"
        DECLINED = "declined", "a decline: nothing was held"
        KNOWN = "known", "said before: the charge stands as it is"
        ADVICE = "advice", "an acknowledgement: the message is repeated anyway"
        UNKNOWN = "unknown", "no question of ours"

    tender = models.ForeignKey(Tender, null=True, blank=True, on_delete=models.PROTECT, related_name="late_answers")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    message_type = models.CharField(max_length=4)
    stan = models.CharField("trace number", max_length=6)
    rrn = models.CharField("retrieval reference", max_length=12, blank=True)
    acceptor = models.CharField(max_length=15, blank=True)
    terminal = models.CharField(max_length=8, blank=True)
    response_code = models.CharField(max_length=3)
    approved_cents = models.BigIntegerField(default=0)
    late_by_ms = models.BigIntegerField(
        null=True, help_text="After its caller gave up; empty: this process never asked, or long ago."
    )
    arrived_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="tender__payment__merchant", place="tender__payment__session__till_sale__store")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("late_answer")

    def __str__(self) -> str:
        return f"{self.message_type} {self.rrn}"
