"""Sealed values in the admin's cells."""

from __future__ import annotations

from typing import Any

from django.db import models

from common.admin_cells import badge
from vault.display import LOCKED, Locked, shown


def sealed_text(instance: models.Model | None, field: str) -> Any:
    """The clear value, or a badge that says why it cannot be shown."""
    value = shown(instance, field)
    if isinstance(value, Locked):
        return badge(value.capitalize(), "warn" if value is LOCKED else "fault")
    return value
