"""The sealed columns of merchants, and what is still sealed with which version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, models

from vault.fields import SealedMixin
from vault.registry import sealed_fields

Column = tuple[type[models.Model], SealedMixin]


def columns() -> Iterator[Column]:
    """Every column that is sealed with merchants' keys."""
    return ((model, field) for model, field in sealed_fields() if field.merchant)


def platform_columns() -> Iterator[Column]:
    """Every column that is sealed with the platform's own key list."""
    return ((model, field) for model, field in sealed_fields() if not field.merchant)


def column(label: str) -> Column | None:
    """The column of this label; None if a later version of the platform has it no more."""
    return next(((model, field) for model, field in columns() if field.label == label), None)


def count_sealed(model: type[models.Model], field: SealedMixin, merchant_id: int) -> int:
    return _rows_of(model, field, merchant_id).count()


def is_in_use(model: type[models.Model], field: SealedMixin, merchant_id: int, version: str) -> bool:
    """Is any row of this merchant still sealed with this version?"""
    quoted = connection.ops.quote_name
    starts = f"split_part({quoted(model._meta.db_table)}.{quoted(field.column)}, '.', 2) = %s"  # <kind>.<version>.<body>
    return _rows_of(model, field, merchant_id).extra(where=[starts], params=[version]).exists()  # noqa: S610 (names of ours)  # nosec B610


def _rows_of(model: type[models.Model], field: SealedMixin, merchant_id: int) -> models.QuerySet[Any]:
    assert field.merchant
    of_merchant = {field.merchant.replace(".", "__"): merchant_id, f"{field.name}__isnull": False}
    return model._base_manager.filter(**of_merchant)
