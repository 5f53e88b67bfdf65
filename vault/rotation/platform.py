"""Sealing the platform's own rows anew after a key was put in front of FIELD_ENCRYPTION_KEY."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, models

from vault.fields import SealedMixin
from vault.platform_keys import fingerprint
from vault.reseal import reseal_rows
from vault.rotation.columns import platform_columns

BATCH = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch of one column: how many rows were sealed anew so far."""

    label: str
    changed: int


def reseal_platform_rows() -> Iterator[Progress]:
    """Batch by batch. What was done stays done: begun again after a crash, it passes over the rows that are sealed already."""
    for model, field in platform_columns():
        changed, after_pk = 0, 0
        while after_pk is not None:
            batch = reseal_rows(model=model, field=field, merchant_id=None, after_pk=after_pk, limit=BATCH)
            changed, after_pk = changed + batch.changed, batch.last_pk
            yield Progress(field.label, changed)


def rows_of_older_keys() -> int:
    """How many values are still sealed with another key than the first of the list."""
    return sum(_count(model, field) for model, field in platform_columns())


def _count(model: type[models.Model], field: SealedMixin) -> int:
    quoted = connection.ops.quote_name
    table, column = quoted(model._meta.db_table), quoted(field.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} WHERE split_part({column}, '.', 2) <> %s",  # noqa: S608 (names of ours)  # nosec B608
            [fingerprint(settings.FIELD_ENCRYPTION_KEY[0])],
        )
        return int(cursor.fetchone()[0])
