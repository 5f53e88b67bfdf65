"""Every sealed column there is."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from vault.fields import SealedMixin


def sealed_fields() -> Iterator[tuple[type[models.Model], SealedMixin]]:
    """Each model with each of its sealed columns, where they are stored."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedMixin):
                yield model, field
