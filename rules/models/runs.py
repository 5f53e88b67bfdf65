"""Runs: every rule for every customer, part by part; and which run's results are the current ones.

The results themselves lie in `rules_result`, a row for each customer and group of slots, partitioned by run (`rules.results`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field


class RuleRun(models.Model):
    """One run. It pins a version of the rules, a clock, and the layout in which customers' inputs are kept beside their results."""

    class State(models.TextChoices):
        PREPARING = "preparing", "Preparing"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    class Trigger(models.TextChoices):
        NIGHT = "night", "Nightly"
        HAND = "hand", "By hand"
        PUBLICATION = "publication", "After a publication"

    public_id = public_id_field("rr")
    version = models.ForeignKey("rules.RuleSetVersion", on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARING)
    trigger = models.CharField(max_length=12, choices=Trigger.choices)
    clock_at = models.DateTimeField(help_text="The moment for which it judges; newer single evaluations win over it.")
    today = models.DateField(help_text="That moment's day in RULES_TIME_ZONE.")
    layout = models.JSONField(default=dict, help_text="How `inputs` of a result row are read: names, types, offsets.")
    customers = models.PositiveBigIntegerField(default=0)
    pairs = models.PositiveBigIntegerField(default=0)
    stored_bytes = models.PositiveBigIntegerField(default=0)
    deadline_at = models.DateTimeField(null=True, blank=True)
    is_late = models.BooleanField(default=False, help_text="The forecast passed the deadline, and somebody was told.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it ended otherwise than finished.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="When its results were dropped.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(state__in=["preparing", "running", "paused"]), name="rule_run_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class RulePart(models.Model):
    """Customers of one range of ids, judged by one task in one transaction."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    run = models.ForeignKey(RuleRun, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    first_customer = models.BigIntegerField()
    last_customer = models.BigIntegerField(help_text="Included.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True, help_text="When it was last handed to the broker.")
    worker = models.CharField(max_length=120, blank=True)
    customers = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="rule_part_once")]
        indexes = [
            models.Index(fields=["run"], condition=~Q(state="done"), name="rule_part_open"),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.number}"


class RuleProblem(models.Model):
    """Something that a run met: a value outside what is plausible, a divisor of zero, a part that failed; with customer and rule."""

    run = models.ForeignKey(RuleRun, on_delete=models.CASCADE, related_name="problems")
    part = models.ForeignKey(RulePart, null=True, on_delete=models.CASCADE, related_name="problems")
    customer = models.ForeignKey("rules.Customer", null=True, on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey("rules.Rule", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    message = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"[:80]


class CurrentRun(models.Model):
    """Whose results are the current ones: one row, changed in one statement, so that readers see one run or the other, whole."""

    key = models.CharField(max_length=10, primary_key=True, default="rules")
    run = models.ForeignKey(RuleRun, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.run_id)
