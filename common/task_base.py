"""What every Celery task starts from."""

from __future__ import annotations

from typing import Any

from celery import Task

from common.scopes import guarded


class GuardedTask(Task):  # type: ignore[type-arg]
    """A task starts without a merchant, whatever its worker did before, and leaves none behind."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with guarded():
            return super().__call__(*args, **kwargs)
