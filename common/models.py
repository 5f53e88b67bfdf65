"""Tables of the API's plumbing, and the promise that some rows never change."""

from __future__ import annotations

import pgtrigger
from django.db import models


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE, from raw SQL too."""
    return [
        pgtrigger.Protect(name=f"{name}_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_never_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME;",
        ),
    ]


class IdempotencyKey(models.Model):
    """One POST that carried an `Idempotency-Key`: taken before the call runs, filled with its answer afterwards."""

    scope = models.CharField(max_length=80, help_text="Whose key it is, so that merchants never meet.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(null=True, help_text="The answer as it was sent, JSON.")
    leased_until = models.DateTimeField(help_text="Until then the first call is taken to be running.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
