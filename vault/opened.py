"""Who hears that a sealed value was opened. Rooms that keep an account of it add themselves when Django starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db import models

Listener = Callable[["models.Model", str], None]
listeners: list[Listener] = []


def note(instance: models.Model, field: str) -> None:
    """A value of this row and field was opened, once for each row object. What a listener raises refuses the opening."""
    for listener in listeners:
        listener(instance, field)
