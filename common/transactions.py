"""Writing something as the last thing before a transaction commits, together with what else waits for that."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection, transaction

from common.postgres.base import DatabaseWrapper, Writer


def _connection() -> DatabaseWrapper:
    return cast(DatabaseWrapper, connection)


def before_commit(writer: Writer, *items: Any) -> None:
    """Call `writer` once with all items given to it, just before the transaction under way commits, or at once where none is.

    What `writer` returns is called once the transaction is committed. An item goes with the transaction, or with the savepoint, in which it came: no change, no item.
    """
    if _connection().is_in_transaction:
        for item in items:
            _connection().before_commit(writer, item)
        return
    with transaction.atomic():
        for item in items:
            _connection().before_commit(writer, item)


def write_waiting() -> None:
    """Write now what waits for the commit: for whoever reads it back in the same transaction."""
    for done in _connection().write_waiting():
        done()
