"""Trained models by version: which one decides, which one is tried beside it, and who said so."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import append_only


class ModelVersion(models.Model):
    """One trained model: its card, its figures and the digests of its files, which lie in the model store."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        SHADOW = "shadow", "In shadow"
        LIVE = "live", "Live"
        RETIRED = "retired", "Retired"

    version = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CANDIDATE)
    is_shipped = models.BooleanField(default=False, help_text="Came with a release, not from a person.")
    files = models.JSONField(help_text="Name → SHA-256 of every file of the model's folder.")
    card = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict, help_text="Figures on held-out titles.")
    golden = models.JSONField(default=dict, help_text="Figures on the golden titles, with the digest of their file.")
    reference = models.JSONField(default=list, help_text="Bins of the confidence on held-out titles: low, high, n.")
    feature_version = models.PositiveIntegerField()
    encoder_sha256 = models.CharField(max_length=64)
    corpus_sha256 = models.CharField(max_length=64, blank=True)
    taxonomy_version = models.CharField(max_length=40, blank=True)
    registered_by = models.CharField(max_length=120)
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("govern_modelversion", "May promote models, roll back and try them in shadow")]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state__in=["live", "shadow"]), name="model_version_one_in_office"
            ),
        ]

    def __str__(self) -> str:
        return self.version


class ModelPointer(models.Model):
    """Which models are in office, in one row that every process watches. Its number grows with each change."""

    name = models.CharField(max_length=20, primary_key=True, default="classifier")
    number = models.PositiveBigIntegerField(default=0)
    live = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    shadow = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class ModelChange(models.Model):
    """One change of office: who, why, and what the golden titles said. Never edited."""

    class Verb(models.TextChoices):
        REGISTERED = "registered", "Registered"
        PROMOTED = "promoted", "Promoted"
        ROLLED_BACK = "rolled_back", "Rolled back"
        SHADOW_ON = "shadow_on", "Shadow begun"
        SHADOW_OFF = "shadow_off", "Shadow ended"

    verb = models.CharField(max_length=12, choices=Verb.choices)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="changes")
    before = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveBigIntegerField(help_text="The pointer's number after it.")
    by = models.CharField(max_length=120, help_text="A person's id, or the name given to a command.")
    reason = models.CharField(max_length=500)
    is_forced = models.BooleanField(default=False)
    golden = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        triggers = append_only("model_change")

    def __str__(self) -> str:
        return f"{self.verb} {self.version_id}"


class ModelServing(models.Model):
    """What one process serves, as it last said itself."""

    process = models.CharField(max_length=120, primary_key=True, help_text="Host, process id and what it runs.")
    role = models.CharField(max_length=40)
    live = models.CharField(max_length=40)
    shadow = models.CharField(max_length=40, blank=True)
    number = models.PositiveBigIntegerField()
    fault = models.CharField(max_length=300, blank=True, help_text="Why it does not serve what the pointer says.")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["role", "process"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.process


class LabelVerdict(models.Model):
    """What a person said of a corpus row that looked wrongly labelled. The newest one about a title counts."""

    class Verdict(models.TextChoices):
        RIGHT = "right", "Label right"
        WRONG = "wrong", "Label wrong"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="label_verdicts")
    title = models.CharField(max_length=500)
    category = models.CharField(max_length=80, help_text="Code in the corpus.")
    guess = models.CharField(max_length=80, help_text="Code that the model gave.")
    verdict = models.CharField(max_length=5, choices=Verdict.choices)
    better = models.CharField(max_length=80, blank=True, help_text="Where the label is wrong, the category it should be.")
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=120, help_text="A person's id.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view", "add")
        indexes = [models.Index(fields=["title", "category", "-id"], name="label_verdict_newest")]

    def __str__(self) -> str:
        return f"{self.title}: {self.verdict}"
