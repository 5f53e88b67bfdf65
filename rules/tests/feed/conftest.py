from __future__ import annotations

import pytest

from rules.engine import live
from rules.publishing import loading
from rules.results import read


@pytest.fixture(autouse=True)
def _nothing_in_force():
    """Each test begins like a process that just started; row ids of runs come again after a rollback."""
    live.forget()
    loading._kept.clear()
    read.slots_of.cache_clear()
    read.layout_of.cache_clear()
    yield
    live.forget()
