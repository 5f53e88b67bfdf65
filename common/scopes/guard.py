"""A queryset that may be made, but not read: what a scoped model answers outside every scope."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.sql import Query
from django_scopes import ScopeError

M = TypeVar("M", bound=Model)


class GuardedQuery(Query):
    """Raises where SQL would be made of it. Everything that reads, counts, updates or deletes comes by here, whatever its method is called."""

    def get_compiler(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse(self.model)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse(self.model)

    def chain(self, klass: type[Any] | None = None) -> Any:
        if klass is not None:
            refuse(self.model)
        return super().chain()

    def combine(self, rhs: Query, connector: str) -> None:
        refuse(self.model)


class GuardedQuerySet(QuerySet[M, M]):
    """Rows may be added through it (`create`, `bulk_create`): they say themselves whose they are."""

    def none(self) -> Any:
        return QuerySet(self.model, using=self.db).none()

    def raw(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse(self.model)

    def delete(self) -> NoReturn:
        refuse(self.model)

    def _raw_delete(self, using: str | None) -> NoReturn:
        refuse(self.model)


def guard(found: QuerySet[M]) -> QuerySet[M]:
    """The same queryset, refusing."""
    found.query.__class__ = GuardedQuery
    found.__class__ = GuardedQuerySet
    return found


def refuse(model: Any) -> NoReturn:
    raise ScopeError(
        f"{model._meta.label} was asked for outside every scope: enter one with scope(merchant=…), or say across_merchants(reason)."
    )
