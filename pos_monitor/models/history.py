"""Which hours of reports are rows, which are being packed, and which are packed.

Reports, chunks and roll-ups lie in partitioned tables that Django does not know (migration `history_tables`).
"""

from __future__ import annotations

from django.db import models


class ReportHour(models.Model):
    """One hour of reports, by when they were received, on its way from rows to chunks. Reports that reach the database after
    their hour was taken away to be packed make a further part of it.

    Whoever reads follows that way: rows, then tables that are being packed, then chunks of what is packed.
    """

    hour = models.DateTimeField()
    part = models.PositiveSmallIntegerField(default=0)
    source = models.BigIntegerField(help_text="The OID of the table of rows, by which a reader knows what it has read already.")
    reports = models.BigIntegerField(default=0)
    terminals = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0, help_text="Of its chunks, without index.")
    duplicates = models.BigIntegerField(
        default=0, help_text="Reports of the same terminal, boot and number: none, unless something is wrong."
    )
    next_terminal = models.BigIntegerField(default=0, help_text="Terminals below this number are packed.")
    began_at = models.DateTimeField(auto_now_add=True)
    packed_at = models.DateTimeField(null=True, blank=True, help_text="Since then its rows are gone.")

    class Meta:
        ordering = ["hour", "part"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["hour", "part"], name="report_hour_once")]
        indexes = [models.Index(fields=["hour"], condition=models.Q(packed_at__isnull=True), name="report_hour_unpacked")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h part {self.part}"
