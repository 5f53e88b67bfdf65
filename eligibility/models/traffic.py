"""What models made of live traffic: the second model's differences, and how scores drift. Counts, and a bounded sample."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from common.scopes import ScopedManager

SCORE_BINS = 20  # of the confidence, each 0.05 wide


def no_scores() -> list[int]:
    return [0] * SCORE_BINS


class StreamPlace(models.Model):
    """How far one reader has come in the stream of judgements; written with what it made of them."""

    reader = models.CharField(max_length=20, primary_key=True)
    last_id = models.CharField(max_length=40, default="0-0")
    read = models.PositiveBigIntegerField(default=0, help_text="Entries that it has behind it, skipped ones included.")
    skipped = models.PositiveBigIntegerField(default=0, help_text="Entries passed over because the reader was too far behind.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reader} {self.last_id}"


class ShadowTally(models.Model):
    """How often both models said what about a merchant's items: the agreement figures."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    live_version = models.CharField(max_length=40)
    shadow_version = models.CharField(max_length=40)
    live_status = models.CharField(max_length=12)
    shadow_status = models.CharField(max_length=12)
    count = models.PositiveBigIntegerField(default=0)
    other_category = models.PositiveBigIntegerField(default=0, help_text="Of these, with different categories.")

    objects = ScopedManager(merchant="merchant")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "live_version", "shadow_version", "live_status", "shadow_status"], name="shadow_tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.live_status} / {self.shadow_status}: {self.count}"


class ShadowDifference(models.Model):
    """One title of a merchant that the shadow model judges otherwise than the live one, with how often it came."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    live_version = models.CharField(max_length=40)
    shadow_version = models.CharField(max_length=40)
    item_key = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    live_status = models.CharField(max_length=12)
    live_category = models.CharField(max_length=80)
    live_confidence = models.FloatField()
    shadow_status = models.CharField(max_length=12)
    shadow_category = models.CharField(max_length=80)
    shadow_confidence = models.FloatField()
    is_status_different = models.BooleanField()
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-is_status_different", "-count", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "live_version", "shadow_version", "item_key"], name="shadow_difference_once"
            )
        ]
        indexes = [models.Index(fields=["shadow_version", "live_status", "shadow_status"], name="shadow_difference_pair")]

    def __str__(self) -> str:
        return self.title


class DriftDay(models.Model):
    """What one model made of one merchant's traffic on one day (UTC). A week is the sum of its days."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    model_version = models.CharField(max_length=40)
    judged = models.PositiveBigIntegerField(default=0, help_text="Items, whatever the evidence.")
    statuses = models.JSONField(default=dict, help_text="Status of the decision → items.")
    evidences = models.JSONField(default=dict, help_text="Evidence of the decision → items.")
    scores = ArrayField(models.PositiveBigIntegerField(), default=no_scores, help_text="The model's confidence, in bins of 0.05.")
    list_seen = models.PositiveBigIntegerField(default=0, help_text="Decided by a list, with the model asked as well.")
    list_unknown = models.PositiveBigIntegerField(default=0, help_text="Of these, the model was not sure.")
    list_disagreed = models.PositiveBigIntegerField(default=0, help_text="Of these, the model said another status.")
    human_seen = models.PositiveBigIntegerField(default=0)
    human_unknown = models.PositiveBigIntegerField(default=0)
    human_disagreed = models.PositiveBigIntegerField(default=0)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-day"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["merchant", "day", "model_version"], name="drift_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.model_version}"


class DriftSample(models.Model):
    """A few titles of a merchant's week, to look at behind the numbers. Chosen by their digest: an even, bounded draw."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    week = models.DateField(help_text="Its Monday.")
    item_key = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    status = models.CharField(max_length=12)
    evidence = models.CharField(max_length=12)
    model_status = models.CharField(max_length=12)
    model_category = models.CharField(max_length=80)
    confidence = models.FloatField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["item_key"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["merchant", "week", "item_key"], name="drift_sample_once")]

    def __str__(self) -> str:
        return self.title
