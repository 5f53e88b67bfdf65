"""The lowest claim on the processor: for a process whose work can wait."""

from __future__ import annotations

import contextlib
import os


def use_lowest_priority() -> None:
    """From here on this thread, and those it starts, run only while nobody else wants the processor. Before any other starts.

    Linux's idle class, which even nice 19 does not equal; elsewhere nice 19.
    """
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
