"""Trying an alert rule on history before it is in force."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager


class RuleTrial(models.Model):
    """One rule, as it was when somebody asked, tried on the reports of a while; what it would have done."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    public_id = public_id_field("art")
    rule = models.ForeignKey(
        "pos_monitor.AlertRule", null=True, blank=True, on_delete=models.CASCADE, related_name="trials",
        help_text="Whose change it tries; empty: a rule that is not stored yet.",
    )  # fmt: skip
    merchant = models.ForeignKey("merchants.Merchant", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=14)
    parameters = models.JSONField(default=dict)
    severity = models.PositiveSmallIntegerField()
    terminal_kind = models.CharField(max_length=12, blank=True)
    overrides = models.JSONField(default=list, help_text="What groups had otherwise: group, parameters, severity, is_off.")
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    share = models.FloatField(default=0, help_text="Of the while that is done, 0 to 1.")
    reports = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    fault = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, help_text="When whoever runs it last said so.")
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.public_id)
