"""How far each shard's engine has come, and the words that reports carry as numbers.

The reports themselves lie in tables that Django does not know, because they are written by binary COPY (`pos_monitor.history`).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class ShardProgress(models.Model):
    """One shard's place in its stream. Changed in the transaction that stores the reports, so that none is stored twice."""

    shard = models.PositiveSmallIntegerField(primary_key=True)
    stream_id = models.CharField(max_length=40, default="0-0", help_text="The last entry whose reports are stored.")
    snapshot = models.BinaryField(null=True, help_text="The engine's state, compressed.")
    snapshot_id = models.CharField(max_length=40, default="0-0", help_text="The entry after which it was taken.")
    earlier = models.BinaryField(
        null=True, help_text="The snapshot before it, should it be unreadable; the stream goes back so far."
    )
    earlier_id = models.CharField(max_length=40, db_default="0-0")
    shards = models.PositiveSmallIntegerField(
        db_default=0, help_text="How many there were when it was written; 0: not written yet."
    )
    engine = models.CharField(max_length=120, blank=True, help_text="The process that holds the shard.")
    beat_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "shard progress"

    def __str__(self) -> str:
        return f"shard {self.shard}"


class FleetWord(models.Model):
    """A version's name, which records carry as the number that `wire.words` makes of it."""

    key = models.BigIntegerField(primary_key=True)
    word = models.CharField(max_length=40)
    terminal = models.BigIntegerField(default=0, db_index=True, help_text="Number of the one that said it first; no foreign key.")
    merchant = models.BigIntegerField(default=0, db_index=True, help_text="Whose terminal that was; no foreign key.")
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(db_default=Now(), help_text="To the day.")

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.word


class ReportGap(models.Model):
    """Reports of one start of one terminal that were never stored, from `first_seq` to `last_seq`; the last gap of a start has no end.

    What the engine does not hold in memory (`pos_monitor.engine.seen`). A report of a start that has gaps was stored if it lies in none.
    """

    terminal = models.BigIntegerField(help_text="Its number; no foreign key, as in the history.")
    boot = models.BigIntegerField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["terminal", "boot", "last_seq"], name="report_gap_once")]

    def __str__(self) -> str:
        return f"{self.terminal}: start {self.boot}, {self.first_seq} to {self.last_seq}"


class DeadLetter(models.Model):
    """Something in a stream that the engine could not take, set aside so that it holds up nothing.

    It is never deleted by a person, only settled: an entry that memory cannot take in must be known as such while the stream still has it.
    """

    class Kind(models.TextChoices):
        ENTRY = "entry", "An entry that cannot be read"
        STRANGER = "stranger", "Reports of no terminal"
        POISON = "poison", "An entry that memory cannot take in"
        UNSTORED = "unstored", "Reports that the database did not take"
        LATE = "late", "Late reports that were not stored"
        BESIDE = "beside", "What stood beside reports"
        SNAPSHOT = "snapshot", "A snapshot that cannot be read"

    class State(models.TextChoices):
        OPEN = "open", "Set aside"
        PUT_BACK = "put_back", "Put back"
        THROWN_AWAY = "thrown_away", "Thrown away"

    shard = models.PositiveSmallIntegerField()
    stream_id = models.CharField(max_length=40, help_text="The entry, or the last of the batch in which it was.")
    kind = models.CharField(max_length=10, choices=Kind.choices, db_default=Kind.ENTRY)
    reason = models.CharField(max_length=300)
    body = models.BinaryField(help_text="What it was, as fields of an entry (`wire.entry.pack`).")
    reports = models.PositiveIntegerField(db_default=0, help_text="How many reports it holds, if it can be read.")
    is_whole = models.BooleanField(db_default=True, help_text="It was not too long to be kept.")
    state = models.CharField(max_length=12, choices=State.choices, db_default=State.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    set_aside_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view", "change")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["shard"], condition=models.Q(state="open"), name="dead_letter_open")]

    def __str__(self) -> str:
        return f"{self.stream_id}: {self.reason}"

    @property
    def can_be_put_back(self) -> bool:
        return self.state == self.State.OPEN and self.is_whole and self.kind not in {self.Kind.BESIDE, self.Kind.SNAPSHOT}
