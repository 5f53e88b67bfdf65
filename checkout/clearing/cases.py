"""What a person does with a case: look into it, and say how it ended."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from checkout.models import ClearingCase
from people.models import User
from people.roles import RISK, has_role
from vault.audit.services import record_about

SHORTEST_REASON = 10  # characters: “ok” tells the next auditor nothing


class ClearingRefused(Exception):
    """A case cannot be resolved so. The message says why, in one sentence."""


@transaction.atomic
def resolve_case(*, case: ClearingCase, by: User, reason: str) -> None:
    """Close a case with what was found out. It moves no money: a correction is a refund, a capture or the acquirer's next file."""
    if not has_role(by, RISK):
        raise ClearingRefused("Cases are resolved by people in the role Risk.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise ClearingRefused("Say in a sentence what was found out, and what became of the money.")
    resolved = ClearingCase.objects.filter(pk=case.pk, is_open=True).update(
        is_open=False, resolved_at=timezone.now(), resolved_by=by, reason=reason.strip()[:500]
    )
    if not resolved:
        raise ClearingRefused("This case is resolved already.")
    record_about(
        case, "resolved", reason=reason.strip()[:200], details={"kind": case.kind, "difference_cents": case.difference_cents}
    )
