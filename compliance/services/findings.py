"""A finding's way from open to closed: who may take which step, and what is written about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from compliance.errors import ApproverIsOwner, ComplianceRefused, StepNotAllowed
from compliance.models import Finding, FindingEvent
from notices.services import notify
from people.models import User
from people.roles import AUDITOR, RISK, has_role
from vault.audit.services import record

OPEN, IN_PROGRESS, REMEDIATED, VERIFIED, CLOSED, ACCEPTED = Finding.State
OWNER = "owner"  # of the finding itself


@dataclass(frozen=True, slots=True)
class Step:
    """words: what the button says. starts: from which states. ends: in which. by: staff roles, or the finding's owner."""

    words: str
    starts: tuple[Finding.State, ...]
    ends: Finding.State
    by: tuple[str, ...]
    needs_note: bool = False


STEPS: Final[Mapping[str, Step]] = {
    "start": Step("Start work", (OPEN,), IN_PROGRESS, (RISK, OWNER)),
    "remediate": Step("Say it is remediated", (OPEN, IN_PROGRESS), REMEDIATED, (RISK, OWNER), needs_note=True),
    "accept_risk": Step("Accept the risk", (OPEN, IN_PROGRESS), ACCEPTED, (RISK,), needs_note=True),
    "verify": Step("Verify", (REMEDIATED,), VERIFIED, (AUDITOR,), needs_note=True),
    "reopen": Step("Open again", (REMEDIATED, VERIFIED, ACCEPTED), OPEN, (AUDITOR,), needs_note=True),
    "close": Step("Close", (VERIFIED,), CLOSED, (AUDITOR,)),
}


def steps_for(finding: Finding, user: User) -> dict[str, Step]:
    """The steps that this person may take now."""
    return {name: step for name, step in STEPS.items() if finding.state in step.starts and _may(step, finding, user)}


def _may(step: Step, finding: Finding, user: User) -> bool:
    if step.ends == ACCEPTED and finding.owner_id == user.pk:
        return False
    return has_role(user, *(role for role in step.by if role != OWNER)) or (OWNER in step.by and finding.owner_id == user.pk)


@transaction.atomic
def open_finding(
    *, by: User, title: str, framework: str, control_id: str, severity: str, description: str, due_on: date, owner: User | None = None,
    external_id: str = "",
) -> Finding:  # fmt: skip
    """Write down what an auditor found. Only an auditor may."""
    if not has_role(by, AUDITOR):
        raise StepNotAllowed("Only an auditor writes findings.")
    finding = Finding(
        title=title, framework=framework, control_id=control_id, severity=severity, description=description, due_on=due_on, owner=owner,
        external_id=external_id,
    )  # fmt: skip
    finding.full_clean(exclude=["owner", "approver"])
    finding.save()
    _write(finding, by, "opened", "", OPEN, "")
    _tell_owner(finding)
    return finding


@transaction.atomic
def take_step(*, finding: Finding, step: str, by: User, note: str = "") -> Finding:
    """Move the finding one step. Of two people who take one at the same time, the second is refused."""
    known = STEPS.get(step)
    current = Finding.objects.select_for_update().get(pk=finding.pk)
    if known is None or current.state not in known.starts:
        raise StepNotAllowed(f"This finding is {current.get_state_display()}: that step does not start there.")
    if known.ends == ACCEPTED and current.owner_id == by.pk:
        raise ApproverIsOwner("The finding is yours to settle: somebody else must accept its risk.")
    if not _may(known, current, by):
        raise StepNotAllowed("Your role may not take this step.")
    if step == "verify" and _remediated_by(current) == by.pk:
        raise StepNotAllowed("You said it was remediated: somebody else must verify it.")
    if known.needs_note and not note.strip():
        raise ComplianceRefused("Say why, or what was done: this step needs a note.")
    before, current.state = current.state, known.ends
    current.approver = by if known.ends == ACCEPTED else None
    current.save(update_fields=["state", "approver"])
    _write(current, by, step, before, known.ends, note.strip())
    return current


@transaction.atomic
def assign(*, finding: Finding, by: User, owner: User | None, due_on: date) -> Finding:
    """Say whose the finding is, and until when. Safe to repeat: what is so already is not written again."""
    current = Finding.objects.select_for_update().get(pk=finding.pk)
    if not has_role(by, AUDITOR, RISK):
        raise StepNotAllowed("Only an auditor or risk assigns findings.")
    if current.state in (CLOSED, ACCEPTED):
        raise StepNotAllowed(f"This finding is {current.get_state_display()}: open it again first.")
    if owner is not None and not owner.is_staff:
        raise StepNotAllowed("A finding is settled by one of the platform’s own people.")
    if (current.owner_id, current.due_on) == (owner.pk if owner else None, due_on):
        return current
    is_new_owner = current.owner_id != (owner.pk if owner else None)
    current.owner, current.due_on = owner, due_on
    current.save(update_fields=["owner", "due_on"])
    _write(
        current,
        by,
        "assigned",
        current.state,
        current.state,
        f"to {owner.public_id if owner else 'nobody'}, due {due_on:%Y-%m-%d}",
    )
    if is_new_owner:
        _tell_owner(current)
    return current


def _remediated_by(finding: Finding) -> int | None:
    last = FindingEvent.objects.filter(finding=finding, step="remediate").order_by("-pk").first()
    return last.actor_id if last else None


def _write(finding: Finding, by: User | None, step: str, before: str, after: str, note: str) -> None:
    FindingEvent.objects.create(finding=finding, actor=by, step=step, from_state=before, to_state=after, note=note)
    record(
        action=f"finding.{step}", subject="compliance.Finding", subject_id=finding.public_id, fields=["state"],
        details={"from": str(before), "to": str(after)},
    )  # fmt: skip


def _tell_owner(finding: Finding) -> None:
    if finding.owner is not None:
        context = {"finding": finding.public_id, "due_on": f"{finding.due_on:%Y-%m-%d}"}
        notify(topic="finding.assigned", subject=finding.public_id, user=finding.owner, context=context)


def tell_overdue() -> int:
    """Tell owners, and risk, of each finding past its date. Safe to repeat: a day's repeats are one notice."""
    late = Finding.objects.filter(due_on__lt=timezone.localdate()).exclude(state__in=Finding.SETTLED).select_related("owner")
    for finding in late.order_by("pk"):
        context = {"finding": finding.public_id, "due_on": f"{finding.due_on:%Y-%m-%d}"}
        notify(topic="finding.overdue", subject=finding.public_id, context=context)
        if finding.owner is not None and not has_role(finding.owner, RISK):
            notify(topic="finding.overdue", subject=finding.public_id, user=finding.owner, context=context)
    return len(late)
