"""Who may start and steer runs."""

from __future__ import annotations

from people.models import User
from rules.runs.errors import RunNotAllowed


def check_may_run(by: User | None) -> None:
    """Raise RunNotAllowed for a person without the permission; nobody is the platform itself."""
    if by is not None and not by.has_perm("rules.run_rule"):
        raise RunNotAllowed("Your role does not include runs of the rules: a curator can do it.")
