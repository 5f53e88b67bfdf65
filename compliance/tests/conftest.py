from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import Finding
from compliance.services.findings import open_finding
from people.models import User
from people.roles import give_role


def staff(name: str, *roles: str) -> User:
    user = User.objects.create_user(
        username=name, email=f"{name}@platform.example", password="correct horse battery", is_staff=True
    )
    for role in roles:
        give_role(user=user, role=role)
    return user


@pytest.fixture
def auditor(db: None) -> User:
    return staff("auditor", "auditor")


@pytest.fixture
def risk(db: None) -> User:
    return staff("risk", "risk")


@pytest.fixture
def owner(db: None) -> User:
    """A member of staff with a finding to settle, and no role in compliance."""
    return staff("engineer", "support")


def make_finding(auditor: User, owner: User | None = None, **fields: Any) -> Finding:
    given = {"title": "Logs hold addresses", "framework": "SOC 2", "control_id": "CC7.2", "severity": "high", "description": "Seen in web.log.",
             "due_on": timezone.localdate() + timedelta(days=30)}  # fmt: skip
    return open_finding(by=auditor, owner=owner, **{**given, **fields})


@pytest.fixture
def finding(auditor: User, owner: User) -> Finding:
    return make_finding(auditor, owner)
