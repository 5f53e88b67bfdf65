"""Django's PostgreSQL connection, which can write something as the last thing before a transaction commits.

`on_commit` comes too late for what must be true if and only if the change is: a process may die between the commit and
the callback. What waits here is written by the transaction itself, and goes with it when it is rolled back, whole or to a
savepoint. Named by `DATABASES["default"]["ENGINE"]`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

# Writes the items, and may return what is to be done once the transaction is safe.
Writer = Callable[[list[Any]], Callable[[], None] | None]


class DatabaseWrapper(base.DatabaseWrapper):
    """waiting: (savepoints open when the item came, writer, item), in the order in which they came."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: list[tuple[frozenset[str | None], Writer, Any]] = []

    @property
    def is_in_transaction(self) -> bool:
        """Is a transaction open that will commit? The one around a test never does, so it counts as none."""
        return self.in_atomic_block and not self._is_in_test_alone

    @property
    def _is_in_test_alone(self) -> bool:
        """Is the innermost transaction the one that Django's TestCase opened?"""
        return bool(self.atomic_blocks) and getattr(self.atomic_blocks[-1], "_from_testcase", False)

    def before_commit(self, writer: Writer, item: Any) -> None:
        self.waiting.append((frozenset(self.savepoint_ids), writer, item))

    def write_waiting(self) -> list[Callable[[], None]]:
        """Hand each writer its items at once; returns what is to be done after the commit."""
        afterwards = []
        while self.waiting:  # writing may add more
            waiting, self.waiting = self.waiting, []
            by_writer: dict[Writer, list[Any]] = {}
            for _, writer, item in waiting:
                by_writer.setdefault(writer, []).append(item)
            afterwards += [done for writer, items in by_writer.items() if (done := writer(items))]
        return afterwards

    def _commit(self) -> None:
        try:
            afterwards = self.write_waiting()
        except BaseException:
            self.waiting = []
            self.run_on_commit = []  # Django forgets them only after an error of the database's own
            self._rollback()  # type: ignore[attr-defined]  # the stubs leave it out
            raise
        super()._commit()  # type: ignore[misc]  # the stubs leave it out
        for done in afterwards:
            done()

    def savepoint_commit(self, sid: str) -> None:
        afterwards = self.write_waiting() if self._is_in_test_alone else []  # there it is as near to a commit as it comes
        super().savepoint_commit(sid)
        for done in afterwards:
            done()

    def savepoint_rollback(self, sid: str) -> None:
        super().savepoint_rollback(sid)
        self.waiting = [(sids, writer, item) for sids, writer, item in self.waiting if sid not in sids]

    def rollback(self) -> None:
        self.waiting = []
        super().rollback()

    def close(self) -> None:
        self.waiting = []
        super().close()
