"""The condition that keeps a query to some stores of its merchant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query


@dataclass(slots=True)
class PlacePath:
    """How a model's rows lead to their store: names of foreign keys and of reverse one-to-ones, the last one to the store itself.

    Names are looked up in the models when first asked: the ground floor knows no store.
    """

    names: tuple[str, ...]
    _made: tuple[Any, str] | None = field(default=None, repr=False)

    def column(self, model: type[Model], query: Query) -> Col:
        """The row's own column with which the path begins, in this query."""
        return self._resolved(model)[0].get_col(query.get_initial_alias())  # type: ignore[no-any-return]

    def condition(self, model: type[Model]) -> str:
        """SQL after `column`: subqueries, not joins, as of the merchant's path."""
        return self._resolved(model)[1]

    def _resolved(self, model: type[Model]) -> tuple[Any, str]:
        if self._made is None:
            self._made = _step(model, self.names)
        return self._made


def _step(model: type[Model], names: tuple[str, ...]) -> tuple[Any, str]:
    """The column of the model's own table, and what is asked of it."""
    meta: Any = model._meta
    if not names or names == ("pk",):
        return meta.pk, "= ANY(%s::bigint[])"
    link = meta.get_field(names[0])
    column, asked = _step(link.related_model, names[1:])
    if link.concrete:
        if column is link.related_model._meta.pk:  # the key itself says it: its row need not be read
            return link, asked
        return link, _among(column.model._meta.pk, column, asked)
    return meta.pk, _among(link.field, column, asked)


def _among(key: Any, column: Any, asked: str) -> str:
    quote = connection.ops.quote_name
    table = quote(key.model._meta.db_table)
    # Whoever has no key here (a sale without a session) is nobody's row.
    return f"IN (SELECT {table}.{quote(key.column)} FROM {table} WHERE {table}.{quote(column.column)} {asked})"  # noqa: S608  names of our own tables  # nosec B608


class OfPlaces(Lookup):
    """`session_id IN (SELECT session_id FROM pos_monitor_tillsale WHERE store_id = ANY(%s))`. No store at all is no row at all."""

    lookup_name = "of_places"
    prepare_rhs = False

    def __init__(self, column: Col, places: tuple[int, ...], path: PlacePath, model: type[Model]) -> None:
        self.path, self.model = path, model
        super().__init__(column, places)

    def get_source_expressions(self) -> list[Any]:
        return [self.lhs]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = compiler.compile(self.lhs)
        return f"{column} {self.path.condition(self.model)}", [*params, list(self.rhs)]

    @property
    def identity(self) -> tuple[Any, ...]:
        return self.__class__, self.lhs, self.rhs, self.model
