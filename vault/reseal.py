"""Sealing rows anew, such as under a new version of a merchant's secret. Nobody waits, and nobody's change is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from vault.fields import SealedMixin


@dataclass(frozen=True, slots=True)
class Cell:
    """One stored token."""

    pk: Any
    token: str


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one batch did. last_pk: where the next begins; None when this was the last."""

    looked_at: int
    changed: int
    last_pk: Any


def reseal_rows(
    *, model: type[models.Model], field: SealedMixin, merchant_id: int | None, after_pk: Any = 0, limit: int = 500
) -> Resealed:
    """Seal up to `limit` rows of one merchant anew with the key in force, in order of their ids; None: the platform's own.

    Each row is written only if it still holds what was read, so that a value that somebody saves meanwhile stays; it was
    sealed with the key in force then, or is found by the next pass. A process may go on sealing with the secret before
    for as long as its copy lives (`VAULT_CACHE_TTL_S`): retire a version only after a pass that began later than that.
    """
    rows = model._base_manager.filter(**{f"{field.name}__isnull": False, "pk__gt": after_pk}).order_by("pk")
    if merchant_id is not None:
        assert field.merchant
        rows = rows.filter(**{field.merchant.replace(".", "__"): merchant_id})
    batch = list(rows[:limit])
    changed = sum(_resealed(model, field, row) for row in batch)
    return Resealed(len(batch), changed, batch[-1].pk if len(batch) == limit else None)


def _resealed(model: type[models.Model], field: SealedMixin, row: models.Model) -> bool:
    owner, token = field.owner_of(row), row.__dict__[field.attname]._token
    if field.is_current(owner, token):
        return False
    return replaced(model, field, Cell(row.pk, token), field.seal(owner, field.unseal(owner, token)))


def replaced(model: type[models.Model], field: SealedMixin, cell: Cell, new: str) -> bool:
    """Put another token where the old one still is; False if it was changed meanwhile."""
    quoted = connection.ops.quote_name
    table, column, key = quoted(model._meta.db_table), quoted(field.column), quoted(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608 (names of ours)  # nosec B608
            [new, cell.pk, cell.token],
        )
        return bool(cursor.rowcount)
