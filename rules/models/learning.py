"""Learned relevance: what was shown together, the models that learned from it, and which of them counts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class LearnedModel(models.Model):
    """One trained ranker. Its file lies in the store of rule files under its SHA-256 and never changes."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        SHADOW = "shadow", "In shadow"
        LIVE = "live", "Live"
        RETIRED = "retired", "Retired"

    public_id = public_id_field("lrm")
    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.CANDIDATE)
    sha256 = models.CharField(max_length=64, unique=True)
    feature_version = models.PositiveSmallIntegerField()
    figures = models.JSONField(
        help_text="Of the offline evaluation: against the plain order, on later showings of other customers."
    )
    trained_from = models.DateField()
    trained_to = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        permissions = [("govern_learnedmodel", "May try learned relevance in shadow, switch it on and off")]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="live"), name="learned_model_one_live"),
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="shadow"), name="learned_model_one_in_shadow"),
        ]

    def __str__(self) -> str:
        return f"ranker {self.number}"


class LearnedPointer(models.Model):
    """Which ranker counts and which is tried, in one row that every process watches. Its number grows with each change."""

    key = models.CharField(max_length=10, primary_key=True, default="relevance")
    number = models.PositiveBigIntegerField(default=0)
    live = models.ForeignKey(LearnedModel, null=True, on_delete=models.PROTECT, related_name="+")
    shadow = models.ForeignKey(LearnedModel, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class LearnedModelChange(models.Model):
    """One change of what counts or is tried: who, why, from what to what."""

    class Verb(models.TextChoices):
        SHADOW_ON = "shadow_on", "Tried in shadow"
        SHADOW_OFF = "shadow_off", "Shadow ended"
        LIVE = "live", "Made live"
        SWITCHED_OFF = "off", "Switched off"
        ROLLED_BACK = "rolled_back", "Rolled back to"

    model = models.ForeignKey(LearnedModel, on_delete=models.PROTECT, related_name="changes")
    verb = models.CharField(max_length=11, choices=Verb.choices)
    before = models.ForeignKey(LearnedModel, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    evidence = models.JSONField(default=dict, help_text="What the shadow had shown by then.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        triggers = append_only("learned_model_change")

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.model}"


class LearningShowing(models.Model):
    """What one customer was shown together, in its order, on one day and channel, with what a ranker could have known then.

    The first showing of a day stands for the day: a page opened ten times teaches no more than one opened once. `customer_vector`
    is float32 [CUSTOMER_FEATURES], `rule_matrix` float32 [shown, RULE_FEATURES], little-endian, of `feature_version`
    (`rules.learning.vectors`); so a model is trained on exactly what it will be served. Kept LEARNING_KEPT, then deleted.
    """

    customer = models.ForeignKey("rules.Customer", on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=6)
    on = models.DateField(help_text="The day in RULES_TIME_ZONE.")
    at = models.DateTimeField(db_index=True)
    slots = ArrayField(models.PositiveIntegerField(), help_text="Of the rules, in the order shown.")
    scores = ArrayField(models.PositiveSmallIntegerField())
    priorities = ArrayField(models.PositiveSmallIntegerField())
    learns = ArrayField(models.BooleanField(), help_text="Which of them use learned relevance.")
    feature_version = models.PositiveSmallIntegerField()
    customer_vector = models.BinaryField()
    rule_matrix = models.BinaryField()
    live = models.ForeignKey(
        LearnedModel, null=True, on_delete=models.PROTECT, related_name="+", help_text="Whose word counted in this order."
    )
    shadow = models.ForeignKey(LearnedModel, null=True, on_delete=models.PROTECT, related_name="+")
    shadow_places = ArrayField(
        models.PositiveSmallIntegerField(), null=True, help_text="The place, 0 first, that the ranker in shadow would have given each."
    )  # fmt: skip

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["customer", "channel", "on"], name="learning_showing_once_a_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.on}"
