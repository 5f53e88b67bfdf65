"""Values that an earlier version sealed as Fernet tokens of the platform's key list: opened once more, and sealed as now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import connection, models, transaction

from vault.errors import SealBroken
from vault.fields import SealedMixin
from vault.keys import field_crypter
from vault.registry import sealed_fields
from vault.reseal import Cell, replaced

FERNET_START = "gAAAA"  # a Fernet token's version byte and the zeros of its time, in base64
BATCH = 500
After = Mapping[str, Callable[[Any], None]]


def adopt_old_seals(*, after: After | None = None) -> int:
    """Seal every old value anew; returns how many. Safe to repeat and beside itself.

    after: column label -> what else to do for a row whose value was sealed anew, in the same transaction.
    """
    return sum(_adopt(model, field, (after or {}).get(field.label)) for model, field in sealed_fields())


def _adopt(model: type[models.Model], field: SealedMixin, after: Callable[[Any], None] | None) -> int:
    count = 0
    while cells := _old_cells(model, field):
        for cell in cells:
            with transaction.atomic():
                row = model._base_manager.get(pk=cell.pk)
                new = field.seal(field.owner_of(row), _old_text(field, cell))
                if replaced(model, field, cell, new) and after:
                    after(model._base_manager.get(pk=cell.pk))
        count += len(cells)
    return count


def _old_cells(model: type[models.Model], field: SealedMixin) -> list[Cell]:
    table, column = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(field.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {column} FROM {table} WHERE starts_with({column}, %s) ORDER BY id LIMIT %s",  # noqa: S608 (names of ours)  # nosec B608
            [FERNET_START, BATCH],
        )
        return [Cell(pk, token) for pk, token in cursor.fetchall()]


def _old_text(field: SealedMixin, cell: Cell) -> str:
    try:
        return field_crypter(field.label).decrypt(cell.token.encode()).decode()
    except InvalidToken as error:
        raise SealBroken(f"Row {cell.pk} of {field.label} was sealed with a key that is not in FIELD_ENCRYPTION_KEY.") from error
