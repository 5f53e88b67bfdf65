"""Sealed values in Django's forms: opened when the form is shown or compared, not when it is made."""

from __future__ import annotations

from typing import Any

from django.db import models


class Unopened:
    """A row's value that a form will open when it needs it."""

    def __init__(self, instance: models.Model, attname: str) -> None:
        self._instance, self._attname = instance, attname

    def open(self) -> Any:
        return getattr(self._instance, self._attname)

    def __str__(self) -> str:
        return "sealed"


class _Opening:
    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(_opened(value))  # type: ignore[misc]

    def has_changed(self, initial: Any, data: Any) -> Any:
        return super().has_changed(_opened(initial), data)  # type: ignore[misc]


def _opened(value: Any) -> Any:
    return value.open() if isinstance(value, Unopened) else value


def opening(field: Any) -> Any:
    """The same form field, that knows what to do with an unopened value."""
    field.__class__ = type(f"Opening{type(field).__name__}", (_Opening, type(field)), {})
    return field
