"""What SQL may do with a sealed column: fetch it, and ask whether it is empty. Anything else would answer nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models.expressions import Col
from django.db.models.lookups import IsNull
from django.db.models.sql.compiler import SQLCompiler

from vault.errors import SealedColumnMisused


class SealedCol(Col):
    """A sealed column in a query. It lets itself be written only among the columns that the query fetches as they are."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        if not self._is_only_fetched(compiler):
            raise SealedColumnMisused(
                f"{self.target.model._meta.label}.{self.target.name} is sealed: the database cannot sort, compare, group or compute by it."
            )
        return super().as_sql(compiler, connection)

    def _is_only_fetched(self, compiler: SQLCompiler) -> bool:
        """`select` is filled once the list of columns is written; WHERE, GROUP BY and ORDER BY come after it."""
        query = compiler.query
        if compiler.select is not None:
            return False
        if any(part is self for expression in query.annotation_select.values() for part in _parts(expression)):
            return False
        whole_rows = query.default_cols and not query.values_select
        return whole_rows or not (query.distinct or query.subquery or query.combinator)


def _parts(expression: Any) -> Iterator[Any]:
    """The expression and everything inside it; unlike `flatten`, conditions too."""
    yield expression
    for inner in getattr(expression, "get_source_expressions", list)():
        if inner is not None:
            yield from _parts(inner)


class SealedIsNull(IsNull):
    """`isnull` looks at the column without its value."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        bare = Col(lhs.alias, lhs.target, lhs.output_field) if isinstance(lhs, SealedCol) else lhs
        super().__init__(bare, rhs)
