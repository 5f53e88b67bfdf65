"""Somebody of support before a screen, and nothing of other tests."""

from __future__ import annotations

from uuid import uuid4

import pytest

from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.live import hub, roster
from pos_monitor.tests.estate_samples import a_store
from pos_monitor.tests.fleet import make_terminals
from pos_monitor.tests.fleet_browser import session_of
from pos_monitor.wire import frames


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of other tests: a channel of its own, no terminals in memory; and rounds that a test can wait for."""
    monkeypatch.setattr(frames, "DIFF", f"fleet:diff:{uuid4().hex}")
    monkeypatch.setattr(roster, "_keeper", None)
    for name in ("ESTATE_S", "INCIDENTS_S", "SEATS_S", "FIGURES_S"):
        monkeypatch.setattr(hub, name, 0.05)


@pytest.fixture
def sam() -> User:
    """Somebody of support."""
    user = User.objects.create_user(username="sam", email="sam@platform.example", is_staff=True)
    give_role(user=user, role=SUPPORT)
    return user


@pytest.fixture
def key(sam: User) -> str:
    return session_of(sam)


@pytest.fixture
def tills(acme) -> list[int]:
    return make_terminals(a_store(acme, "Elm Street"), 4)
