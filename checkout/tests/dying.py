"""Processes that die between any two steps."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from unittest import mock

from hypothesis import strategies as st

from checkout.tests.wire import PowerCut
from common.errors import PlatformError


def deaths(steps):
    """Nobody dies, mostly; or one dies before or after one of the steps."""
    return st.one_of(st.none(), st.none(), st.tuples(st.sampled_from(steps), st.booleans()))


@contextmanager
def dying(death):
    """A process that dies at a step; whatever it had open is rolled back. A refusal is an answer like any other."""
    if death is None:
        with suppress(PlatformError, PowerCut):
            yield
        return
    target, after = death
    module, _, name = target.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)

    def step(*args, **kwargs):
        if after:
            real(*args, **kwargs)
        raise PowerCut

    with suppress(PlatformError, PowerCut), mock.patch(target, step):
        yield
