"""Published versions of all rules together, which one is in force, and which process serves which."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.models import append_only


class RuleSetVersion(models.Model):
    """One rule file: every live rule as it was approved, in canonical JSON, kept in the object store under its SHA-256."""

    number = models.PositiveIntegerField(unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    slots = models.JSONField(help_text="Rule's public id -> slot, of every rule that ever had one.")
    rule_count = models.PositiveIntegerField()
    note = models.CharField(max_length=500, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        triggers = append_only("rule_set_version")

    def __str__(self) -> str:
        return f"version {self.number}"


class RuleSetPointer(models.Model):
    """Which version is in force, in one row that every process watches. Its number grows with each change."""

    key = models.CharField(max_length=10, primary_key=True, default="rules")
    number = models.PositiveBigIntegerField(default=0)
    live = models.ForeignKey(RuleSetVersion, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class RuleSetChange(models.Model):
    """One change of what is in force: who, why, from what to what."""

    class Verb(models.TextChoices):
        PUBLISHED = "published", "Published"
        ROLLED_BACK = "rolled_back", "Rolled back"

    verb = models.CharField(max_length=12, choices=Verb.choices)
    version = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, related_name="changes")
    before = models.ForeignKey(RuleSetVersion, null=True, on_delete=models.PROTECT, related_name="+")
    pointer_number = models.PositiveBigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        triggers = append_only("rule_set_change")

    def __str__(self) -> str:
        return f"{self.verb} {self.version}"


class RuleSetServing(models.Model):
    """What one process serves, as it says itself every few seconds."""

    process = models.CharField(max_length=120, primary_key=True)
    role = models.CharField(max_length=40)
    version = models.ForeignKey(RuleSetVersion, null=True, on_delete=models.PROTECT, related_name="+")
    pointer_number = models.PositiveBigIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True, help_text="Why the version in force could not be taken up.")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["role", "process"]

    def __str__(self) -> str:
        return self.process
