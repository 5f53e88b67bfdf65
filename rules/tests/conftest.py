from __future__ import annotations

from typing import Any

import pytest

from people.models import User
from rules.engine import live
from rules.publishing import loading, watch
from rules.tests.snoops import make_curator


@pytest.fixture(autouse=True)
def _a_process_that_just_started(settings: Any, tmp_path: Any, monkeypatch: Any) -> None:
    """With a rule store of its own, and nothing in force."""
    settings.RULES_STORE = str(tmp_path / "rules")
    monkeypatch.setattr(watch, "_watcher", watch.Watcher())
    loading.forget()
    live.forget()


@pytest.fixture
def wanda(db: None) -> User:
    """A curator, who writes."""
    return make_curator("wanda")


@pytest.fixture
def walt(db: None) -> User:
    """Another curator."""
    return make_curator("walt")


@pytest.fixture
def lena(db: None) -> User:
    """A lead curator, who approves and publishes."""
    return make_curator("lena", leads=True)


@pytest.fixture
def lars(db: None) -> User:
    return make_curator("lars", leads=True)
