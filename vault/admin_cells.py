"""Sealed values in the admin's cells."""

from __future__ import annotations

from typing import Any

from django.db import models

from common.admin_cells import Column, badge
from vault.display import LOCKED, Locked, shown


def sealed_text(instance: models.Model | None, field: str) -> Any:
    """The clear value, or a badge that says why it cannot be shown."""
    value = shown(instance, field)
    if isinstance(value, Locked):
        return badge(value.capitalize(), "warn" if value is LOCKED else "fault")
    return value


def sealed_column(field: str, label: str) -> Column:
    """A column for a sealed field of the row; nothing can sort by it."""

    def cell(_: Any, row: Any) -> Any:
        return sealed_text(row, field)

    cell.short_description = label  # type: ignore[attr-defined]
    return cell
