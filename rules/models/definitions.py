"""Rules as curators work on them: a draft, revisions that never change, approvals by somebody else, comments, examples."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.models import append_only


class Rule(models.Model):
    """One Snoop: its name, the draft that is being worked on, and its place in every stored result."""

    public_id = public_id_field("rule")
    slug = models.SlugField(max_length=80, unique=True, help_text="Its name for programs; never changes.")
    name = models.CharField(max_length=120)
    family = models.CharField(max_length=80, blank=True, help_text="Similar rules that are edited as a table.")
    slot = models.PositiveIntegerField(
        null=True, blank=True, unique=True, editable=False, help_text="Its place in stored results, given when first published and never to another."
    )  # fmt: skip
    draft = models.JSONField(help_text="The definition that is being worked on, as rules.definition.parse reads it.")
    draft_number = models.PositiveIntegerField(
        default=1, help_text="Grows with each change, so that two editors notice each other."
    )
    is_retired = models.BooleanField(default=False, help_text="Left out of the next version.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Who saved the draft."
    )  # fmt: skip
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "pk"]
        permissions = [
            ("approve_rule", "May approve rules that somebody else wrote"),
            ("publish_rule", "May publish rules and roll back"),
            ("run_rule", "May start, pause and cancel runs"),
        ]

    def __str__(self) -> str:
        return self.name


class RuleSave(models.Model):
    """A draft as somebody saved it: whatever was written over can be read again, and compared."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="saves")
    number = models.PositiveIntegerField(help_text="The rule's draft_number after it.")
    draft = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["rule", "-number"]
        triggers = append_only("rule_save")
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_save_once")]

    def __str__(self) -> str:
        return f"{self.rule} · draft {self.number}"


class RuleRevision(models.Model):
    """A draft that was put up for approval, as it was then."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    sha256 = models.CharField(max_length=64, help_text="Of the definition's canonical text.")
    comment = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Nobody: it came with a release.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["rule", "-number"]
        triggers = append_only("rule_revision")
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_revision_once")]

    def __str__(self) -> str:
        return f"{self.rule} · {self.number}"


class RuleApproval(models.Model):
    """What somebody else than the author said to a revision. A revision is approved by its newest answer."""

    class Answer(models.TextChoices):
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned to its author"

    revision = models.ForeignKey(RuleRevision, on_delete=models.PROTECT, related_name="approvals")
    answer = models.CharField(max_length=8, choices=Answer.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        triggers = append_only("rule_approval")

    def __str__(self) -> str:
        return f"{self.revision} {self.answer}"


class RuleComment(models.Model):
    """What curators say to each other about a rule."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="comments")
    revision = models.ForeignKey(RuleRevision, null=True, blank=True, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]


class RuleExample(models.Model):
    """A made-up customer who should, or should not, qualify: the rule's own test. Runs before each approval and publication."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="examples")
    name = models.CharField(max_length=120)
    should_qualify = models.BooleanField()
    today = models.DateField(help_text="The day on which this is tried.")
    values = models.JSONField(help_text="Field -> value as in rules.fields.values; what is left out is missing.")
    lowest_score = models.PositiveIntegerField(null=True, blank=True)
    highest_score = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "name"], name="rule_example_once"),
            models.CheckConstraint(
                name="rule_example_scores_in_order",
                condition=Q(lowest_score=None) | Q(highest_score=None) | Q(lowest_score__lte=models.F("highest_score")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
