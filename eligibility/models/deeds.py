"""What a merchant has done to many of its products at once."""

from __future__ import annotations

from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager


class CatalogueDeed(models.Model):
    """One deed for many products: those that were chosen, or all that a filter finds. Worked through in chunks.

    after_id is the checkpoint; up_to_id the newest product of the moment at which it was asked for: later ones are not meant.
    """

    class Kind(models.TextChoices):
        REVIEW = "review", "Ask people to review them"
        JUDGE = "judge", "Judge them again"
        SWITCH_OFF = "switch_off", "Switch them off"
        SWITCH_ON = "switch_on", "Switch them on"

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "under way"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "stopped"

    public_id = public_id_field("deed")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="catalogue_deeds")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    products = models.JSONField(default=list, help_text="Keys of those that were chosen; empty: all that the filters find.")
    filters = models.JSONField(default=dict)
    by = models.CharField(max_length=120)
    after_id = models.BigIntegerField(default=0)
    up_to_id = models.BigIntegerField(default=0)
    rows_total = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    rows_changed = models.IntegerField(default=0)
    worker = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures in a row.")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "deed for many products"
        verbose_name_plural = "deeds for many products"
        indexes = [models.Index(fields=["merchant", "-id"], name="catalogue_deed_newest")]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}
