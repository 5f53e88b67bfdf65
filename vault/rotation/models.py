"""A rotation and how far it has come, so that any worker can go on with it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from vault.key_models import MerchantKey


class KeyRotation(models.Model):
    """One rotation of a merchant's key. `turn` counts batches: who comes with an old turn has been overtaken, and stops."""

    class Kind(models.TextChoices):
        REWRAP = "rewrap", "wraps the secrets anew"
        RESEAL = "reseal", "seals every row anew"

    class State(models.TextChoices):
        RUNNING = "running", "under way"
        DONE = "done", "done"

    public_id = public_id_field("rot")
    key = models.ForeignKey(MerchantKey, on_delete=models.PROTECT, related_name="rotations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    turn = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    went_on_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    waits_for = models.CharField(max_length=200, blank=True, help_text="Why it stands still for the moment, in words.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state="running"), name="key_rotation_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class RotationStep(models.Model):
    """One column of one model (or the key's wrapped secrets), and up to which row it is done."""

    rotation = models.ForeignKey(KeyRotation, on_delete=models.CASCADE, related_name="steps")
    label = models.CharField(max_length=120, help_text="app.Model.field")
    after_pk = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="Rows with a value when it began.")
    looked_at = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    is_done = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["rotation", "label"], name="rotation_step_once")]

    def __str__(self) -> str:
        return self.label
