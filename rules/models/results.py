"""Results: one for each (customer, rule). Those of runs lie packed in `rules_result`, which no model describes (`rules.results`)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.scopes import ScopedManager

GROUP_SLOTS = 250  # slots in a row of `rules_result`: with masks and inputs it stays far below a page of 8 kB


class RunRule(models.Model):
    """A rule as one run judged it: where its results lie, and how many customers qualified. Kept when the results are dropped."""

    run = models.ForeignKey("rules.RuleRun", on_delete=models.CASCADE, related_name="rules")
    rule = models.ForeignKey("rules.Rule", on_delete=models.PROTECT, related_name="runs")
    slot = models.PositiveIntegerField(help_text="Its place in the run's results.")
    revision = models.PositiveIntegerField(default=0)
    qualifying = models.PositiveIntegerField(null=True, help_text="Customers who qualified; unknown until the run is finished.")

    class Meta:
        ordering = ["run", "slot"]
        constraints = [
            models.UniqueConstraint(fields=["run", "rule"], name="run_rule_once"),
            models.UniqueConstraint(fields=["run", "slot"], name="run_rule_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.slot}"


class FreshResult(models.Model):
    """The newest single evaluation of a pair. It is the pair's current result while it is younger than the current run's clock."""

    customer = models.ForeignKey("rules.Customer", on_delete=models.CASCADE, related_name="fresh_results")
    rule = models.ForeignKey("rules.Rule", on_delete=models.CASCADE, related_name="fresh_results")
    version = models.ForeignKey("rules.RuleSetVersion", on_delete=models.PROTECT, related_name="+")
    evaluated_at = models.DateTimeField(help_text="The moment at which its features were read.")
    qualifies = models.BooleanField()
    score = models.PositiveSmallIntegerField()
    mask = models.PositiveIntegerField(help_text="Reasons: see rules.engine.")
    inputs = models.JSONField(default=dict, help_text="What the rule looked at: field -> value as in rules.fields.values.")

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        ordering = ["-evaluated_at"]
        indexes = [models.Index(fields=["evaluated_at"], name="fresh_result_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["customer", "rule"], name="fresh_result_once"),
            models.CheckConstraint(name="fresh_result_score_in_range", condition=Q(score__lte=1000)),
            models.CheckConstraint(name="fresh_result_mask_of_16_bits", condition=Q(mask__lte=65_535)),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.rule_id}"


class CurrentPair(models.Model):
    """The current result of a (customer, rule): exactly one row for each pair. A view over the current run and fresh results.

    Ask for one customer, or for a customer and a rule; by rule alone use `rules.results.by_rule`, which reads what lies by rule.
    """

    class Source(models.TextChoices):
        RUN = "run", "The current run"
        FRESH = "fresh", "A single evaluation"

    pk = models.CompositePrimaryKey("customer_id", "rule_id")
    customer = models.ForeignKey("rules.Customer", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    rule = models.ForeignKey("rules.Rule", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    qualifies = models.BooleanField()
    score = models.IntegerField()
    mask = models.IntegerField()
    source = models.CharField(max_length=5, choices=Source.choices)
    evaluated_at = models.DateTimeField()
    version = models.ForeignKey("rules.RuleSetVersion", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        managed = False
        db_table = "rules_current_pair"

    def __str__(self) -> str:
        return f"{self.customer_id} · {self.rule_id}"
