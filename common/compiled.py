"""Querysets that are asked on every call: their SQL is made once, each call only binds its values.

Making the SQL costs Django about as much as PostgreSQL needs to answer it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from common import scopes

M = TypeVar("M", bound=Model)


class Compiled(Generic[M]):
    """A queryset of some values, as rows: `Compiled(lambda digest: Key.objects.filter(digest=digest), "a digest")`.

    stand_ins: one value for each argument, of its type and different from every other value of the query; in the SQL
    that they make, they show where the arguments belong. Related rows that `select_related` names come along.
    across_merchants: why this query of a scoped model sees all merchants' rows. Without a reason it cannot be compiled, for
    its SQL is kept, and would keep the merchant of whoever asks first.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *stand_ins: Any, across_merchants: str = "") -> None:
        self.build, self.stand_ins, self.across_merchants = build, stand_ins, across_merchants
        self._sql = ""

    def rows(self, *values: Any) -> list[M]:
        """The rows for these values, in the queryset's order."""
        if not self._sql:
            with scopes.across_merchants(self.across_merchants) if self.across_merchants else scopes.guarded():
                self._compile()
        given = dict(zip(self.stand_ins, values, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [given.get(param, param) for param in self._params])
            return [self._model_of(row) for row in self._converted(cursor.fetchall())]

    def first(self, *values: Any) -> M | None:
        return next(iter(self.rows(*values)), None)

    def _compile(self) -> None:
        compiler = self.build(*self.stand_ins).query.get_compiler(using="default")
        sql, self._params = compiler.as_sql()
        if missing := [value for value in self.stand_ins if value not in self._params]:
            raise ValueError(f"the query does not use {missing}")
        self._compiler = compiler
        info = compiler.klass_info
        self._model, fields = info["model"], info["select_fields"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._names = [compiler.select[index][0].target.attname for index in fields]
        self._related = get_related_populators(info, compiler.select, "default")  # type: ignore[call-arg]  # as in Django 5.2
        self._converters = compiler.get_converters([column[0] for column in compiler.select])
        self._sql = sql

    def _converted(self, rows: list[tuple[Any, ...]]) -> Any:
        return self._compiler.apply_converters(rows, self._converters) if self._converters else rows

    def _model_of(self, row: tuple[Any, ...]) -> M:
        made: M = self._model.from_db("default", self._names, row[self._start : self._end])
        for related in self._related:
            related.populate(row, made)
        return made
