"""Lists of terminals that are brought in from a file: previewed, then worked through chunk by chunk."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager


class TerminalImport(models.Model):
    """One file. First only looked at: each row says what it would do. Then carried out, each chunk with its results in one transaction."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", "Previewed"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    public_id = public_id_field("tim")
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        help_text="Whose the terminals are; empty: each row names its merchant.",
    )  # fmt: skip
    filename = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEWED)
    columns = models.JSONField(default=list, help_text="The file’s own headings, in their order.")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="How many rows came out how: added, changed, same, error.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "import of terminals"
        verbose_name_plural = "imports of terminals"

    def __str__(self) -> str:
        return self.filename or self.public_id


class TerminalImportChunk(models.Model):
    """Some rows of a file, and what came of each: [outcome, what it is about, sentence], null while they wait."""

    source = models.ForeignKey(TerminalImport, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField(help_text="Of the file; the first after the headings is 1.")
    rows = models.JSONField(help_text="{our field: cell} each.")
    preview = models.JSONField(default=list)
    results = models.JSONField(null=True)

    objects = ScopedManager(merchant="source__merchant")

    class Meta:
        ordering = ["number"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="terminal_import_chunk_once")]

    def __str__(self) -> str:
        return f"{self.source_id}/{self.number}"
