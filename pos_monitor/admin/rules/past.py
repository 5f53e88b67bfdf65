"""What became of a rule, from the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from people.models import User
from pos_monitor.models import AlertRule
from vault.audit.models import AuditEntry

VERBS: Final = {"added": "Made", "changed": "Changed", "switched_on": "Switched on", "switched_off": "Switched off"}
MOST: Final = 50


@dataclass(frozen=True)
class Change:
    at: datetime
    who: str
    verb: str
    differences: list[tuple[str, str, str]]  # what, before, after
    reason: str


def changes_of(rule: AlertRule) -> list[Change]:
    """Newest first, as many as fit on a page."""
    actions = [f"alert_rule.{verb}" for verb in VERBS]
    entries = list(AuditEntry.objects.filter(subject_id=rule.public_id, action__in=actions).order_by("-id")[:MOST])
    names = dict(User.objects.filter(public_id__in={entry.actor_id for entry in entries}).values_list("public_id", "username"))
    return [
        Change(
            entry.at,
            names.get(entry.actor_id, entry.actor_id or "the platform itself"),
            VERBS[entry.action.removeprefix("alert_rule.")],
            [(what, *pair) for what, pair in entry.details.get("changes", {}).items()],
            entry.reason,
        )
        for entry in entries
    ]
