"""Django's PostgreSQL connection, which can write something as the last thing before a transaction commits.

`on_commit` comes too late for what must be true if and only if the change is: a process may die between the commit and
the callback. What waits here is written by the transaction itself, and goes with it when it is rolled back, whole or to a
savepoint. Named by `DATABASES["default"]["ENGINE"]`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

Writer = Callable[[list[Any]], None]


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]  # the stubs know only the abstract wrapper
    """waiting: (savepoints open when the item came, writer, item), in the order in which they came."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: list[tuple[frozenset[str | None], Writer, Any]] = []

    @property
    def is_in_transaction(self) -> bool:
        """Is a transaction open that will commit? The one around a test never does, so it counts as none."""
        return self.in_atomic_block and not (self.atomic_blocks and self.atomic_blocks[-1]._from_testcase)

    def before_commit(self, writer: Writer, item: Any) -> None:
        self.waiting.append((frozenset(self.savepoint_ids), writer, item))

    def write_waiting(self) -> None:
        """Hand each writer its items at once. What the writing itself adds is written too."""
        while self.waiting:
            waiting, self.waiting = self.waiting, []
            by_writer: dict[Writer, list[Any]] = {}
            for _, writer, item in waiting:
                by_writer.setdefault(writer, []).append(item)
            for writer, items in by_writer.items():
                writer(items)

    def _commit(self) -> None:
        try:
            self.write_waiting()
        except BaseException:
            self.waiting = []
            self._rollback()
            raise
        super()._commit()

    def savepoint_commit(self, sid: str) -> None:
        if self.atomic_blocks and self.atomic_blocks[-1]._from_testcase:
            self.write_waiting()  # inside a test this is as near to a commit as it comes
        super().savepoint_commit(sid)

    def savepoint_rollback(self, sid: str) -> None:
        super().savepoint_rollback(sid)
        self.waiting = [(sids, writer, item) for sids, writer, item in self.waiting if sid not in sids]

    def rollback(self) -> None:
        self.waiting = []
        super().rollback()

    def close(self) -> None:
        self.waiting = []
        super().close()
