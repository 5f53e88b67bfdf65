"""What every Celery task of the platform is."""

from __future__ import annotations

from typing import Any

from common.request_context import Actor, acting_as, request_id
from common.task_base import GuardedTask
from vault.audit import reads
from vault.audit.services import write_reads


class PlatformTask(GuardedTask):
    """A task acts in its own name, and what it reads is on record before it counts as done."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mark = request_id.set(f"task_{self.request.id}" if self.request.id else request_id.get())
        try:
            with acting_as(Actor("system", str(self.name))), reads.gathering():
                try:
                    return super().__call__(*args, **kwargs)
                finally:
                    write_reads()
        finally:
            request_id.reset(mark)
