"""The condition that a merchant's scope puts on a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query


@dataclass(slots=True)
class Path:
    """How a model's rows lead to their merchant: names of foreign keys, the last one to the merchant itself.

    with_shared: where the last one is empty, the row is the platform's, and everybody may see it.
    """

    names: tuple[str, ...]
    with_shared: bool = False
    _sql: str = field(default="", repr=False)

    def column(self, model: type[Model], query: Query) -> Col:
        """The row's own foreign key, the first step of the path, in this query."""
        own: Any = model._meta.get_field(self.names[0])
        return own.get_col(query.get_initial_alias())  # type: ignore[no-any-return]

    def condition(self, model: type[Model]) -> str:
        """SQL after `column`. Steps are subqueries, not joins: an UPDATE stays one statement over its own row, whose
        conditions PostgreSQL checks again after waiting for a lock, and FOR UPDATE locks nothing else.
        """
        if not self._sql:
            fields, step = [], model
            for name in self.names:
                fields.append(step._meta.get_field(name))
                step = fields[-1].related_model  # type: ignore[assignment]
            sql = "= %s"
            for own in reversed(fields[1:]):
                if self.with_shared and own is fields[-1]:
                    sql = f"{sql} OR {_key(own)} IS NULL"
                sql = f"IN (SELECT {_key(own.model._meta.pk)} FROM {_table(own.model)} WHERE {_key(own)} {sql})"  # noqa: S608  names of our own tables  # nosec B608
            self._sql = sql
        return self._sql


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _key(own: Any) -> str:
    return f"{_table(own.model)}.{connection.ops.quote_name(own.column)}"


class OfMerchant(Lookup):
    """`payment_id IN (SELECT id FROM checkout_payment WHERE merchant_id = %s)`, cheap to make: every query has one."""

    lookup_name = "of_merchant"
    prepare_rhs = False

    def __init__(self, column: Col, merchant_pk: int, path: Path, model: type[Model]) -> None:
        self.path, self.model = path, model
        super().__init__(column, merchant_pk)

    def get_source_expressions(self) -> list[Any]:
        return [self.lhs]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = compiler.compile(self.lhs)
        sql = f"{column} {self.path.condition(self.model)}"
        if self.path.with_shared and len(self.path.names) == 1:
            return f"({sql} OR {column} IS NULL)", [*params, self.rhs, *params]
        return sql, [*params, self.rhs]

    @property
    def identity(self) -> tuple[Any, ...]:
        return self.__class__, self.lhs, self.rhs, self.model
