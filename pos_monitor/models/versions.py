"""When a terminal came to run another version. Terminals report what they run all the time; kept apart are the moments when it changed."""

from __future__ import annotations

import pgtrigger
from django.db import models

from common.scopes import ScopedManager

# Whoever writes a terminal's versions (the engine, by the thousand), the change is kept. What was not known before is no change.
KEEPS_CHANGES = pgtrigger.Trigger(
    name="terminal_keeps_version_changes",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("firmware", "app"),  # type: ignore[no-untyped-call]  # the library’s
    condition=pgtrigger.AnyChange("firmware", "app"),
    func="""
        INSERT INTO pos_monitor_versionchange (terminal_id, software, before, after, at)
        SELECT NEW.id, said.software, said.before, said.after, now()
          FROM (VALUES ('firmware', OLD.firmware, NEW.firmware), ('app', OLD.app, NEW.app)) AS said (software, before, after)
         WHERE said.before <> '' AND said.after <> '' AND said.before <> said.after;
        RETURN NULL;
    """,
)


class VersionChange(models.Model):
    """One terminal's firmware or app became another version. Written by a trigger on terminals alone."""

    class Software(models.TextChoices):
        FIRMWARE = "firmware", "Firmware"
        APP = "app", "App"

    terminal = models.ForeignKey("pos_monitor.Terminal", on_delete=models.CASCADE, related_name="version_changes", db_index=False)
    software = models.CharField(max_length=8, choices=Software.choices)
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)
    at = models.DateTimeField(help_text="When the engine wrote down what the terminal had reported.")

    objects = ScopedManager(merchant="terminal__merchant", place="terminal__store")

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["terminal", "-at"], name="version_change_of_terminal")]

    def __str__(self) -> str:
        return f"{self.get_software_display()}: {self.before} → {self.after}"
