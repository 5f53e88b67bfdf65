"""Rules where the law is crisp: they come before the classifier, and there are few. The table is `data/guards.json`."""

from eligibility.guards.table import Guard, GuardsBroken, guard_for, guards

__all__ = ["Guard", "GuardsBroken", "guard_for", "guards"]
