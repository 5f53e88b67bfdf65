"""The one row that says which version is in force, and how it changes."""

from __future__ import annotations

from typing import Final

from common.push import tell_after_commit
from people.models import User
from rules.models import RuleSetChange, RuleSetPointer, RuleSetVersion
from vault.audit.services import record_about

CHANNEL: Final = "rules:version"  # on which processes hear of a change


def pointer() -> RuleSetPointer:
    """As it is now, without a lock; of a database in which nothing was published, a new one."""
    row, _ = RuleSetPointer.objects.select_related("live").get_or_create(key="rules")
    return row


def locked_pointer() -> RuleSetPointer:
    """Locked until the transaction ends: publications, and slots, come one after the other."""
    RuleSetPointer.objects.get_or_create(key="rules")
    return RuleSetPointer.objects.select_for_update().get(key="rules")


def put_in_force(
    row: RuleSetPointer, version: RuleSetVersion, *, verb: RuleSetChange.Verb, by: User | None, reason: str
) -> RuleSetChange:
    """Point at a version, in the caller's transaction, with the pointer locked. Tells every process after commit."""
    before, row.live = row.live, version
    row.number += 1
    row.save()
    change = RuleSetChange.objects.create(
        verb=verb, version=version, before=before, pointer_number=row.number, by=by, reason=reason[:500]
    )
    record_about(
        version, verb, reason=reason,
        details={
            "number": version.number, "before": before.number if before else None, "sha256": version.sha256,
            "by": by.public_id if by else "release",
        },
    )  # fmt: skip
    tell_after_commit(CHANNEL, row.number)
    return change
