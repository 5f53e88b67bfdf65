"""A process of one's own that is killed (SIGKILL) at a chosen point: nothing of it is tidied up, as at a power cut."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.db import connection

TOO_LONG_S = 60
Work = Callable[[], object]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_before(target: Any, name: str, work: Work) -> None:
    """Run the work in a process that dies as it calls `name` of the target."""
    with mock.patch.object(target, name, side_effect=lambda *_, **__: die()):
        assert not _survives(work), f"{name} was never called"


def killed_after(target: Any, name: str, work: Work) -> None:
    """Run the work in a process that dies as that call comes back."""
    real = getattr(target, name)

    def and_dies(*given: Any, **named: Any) -> None:
        real(*given, **named)
        die()

    with mock.patch.object(target, name, and_dies):
        assert not _survives(work), f"{name} was never called"


def survives_statement(number: int, work: Work) -> bool:
    """Run the work in a process that dies before its nth question to the database. True: it asked fewer, and came to its end."""
    left = number

    def count(execute: Any, *given: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            die()
        return execute(*given)

    def counted() -> None:
        with connection.execute_wrapper(count):
            work()

    return _survives(counted)


def _survives(work: Work) -> bool:
    child = os.fork()
    if not child:
        try:
            signal.alarm(TOO_LONG_S)
            # The parent goes on with its own connection; this process opens another one.
            connection.connection, type(connection)._connection_pools = None, {}
            work()
            os._exit(0)
        finally:
            os._exit(1)  # it raised
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) or os.WTERMSIG(status) == signal.SIGKILL, "it took too long"
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it raised: its output says what"
    return os.WIFEXITED(status)
