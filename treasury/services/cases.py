"""Differences: opened once each, closed by a person with a reason, or by what was missing."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from merchants.models import Merchant
from people.models import User
from people.roles import FINANCE, has_role
from treasury.errors import DecisionRefused
from treasury.models import TreasuryCase
from vault.audit.services import record_about

SHORTEST_REASON = 10  # characters: “ok” tells the next auditor nothing


def open_case(
    *,
    kind: TreasuryCase.Kind,
    subject: str,
    text: str,
    merchant: Merchant | None = None,
    expected_cents: int | None = None,
    found_cents: int | None = None,
    on: date | None = None,
) -> TreasuryCase:
    """One case for one difference: found again, it is the same case."""
    case, is_new = TreasuryCase.objects.get_or_create(
        kind=kind, subject=subject[:80],
        defaults={"merchant": merchant, "business_on": on or timezone.now().date(), "expected_cents": expected_cents,
                  "found_cents": found_cents, "text": text[:300]},
    )  # fmt: skip
    if is_new:
        record_about(case, "opened", details={"kind": str(kind), "difference_cents": case.difference_cents})
    return case


def keep_case_open(case: TreasuryCase, *, expected_cents: int, found_cents: int, on: date) -> None:
    """The figures of a difference that is still there, or is there again: a case that closed itself opens again.

    One that a person closed stays closed while the difference is the one that they answered for. In the caller's transaction.
    """
    difference = found_cents - expected_cents
    case = TreasuryCase.objects.select_for_update().get(pk=case.pk)
    if case.difference_cents == difference and (case.is_open or case.closed_by_id is not None):
        return
    was_open, case.is_open = case.is_open, True
    case.closed_at = case.closed_by = None
    case.expected_cents, case.found_cents, case.business_on = expected_cents, found_cents, on
    case.save(update_fields=["is_open", "closed_at", "closed_by", "expected_cents", "found_cents", "business_on"])
    record_about(case, "changed" if was_open else "reopened", details={"kind": case.kind, "difference_cents": difference})


def clear_case(*, kind: TreasuryCase.Kind, subject: str, reason: str) -> None:
    """What was missing has come: the case closes itself."""
    TreasuryCase.objects.filter(kind=kind, subject=subject[:80], is_open=True).update(
        is_open=False, closed_at=timezone.now(), reason=reason[:500]
    )


@transaction.atomic
def close_case(*, case: TreasuryCase, by: User, reason: str) -> None:
    """Close a case with what was found out. It moves no money: an adjustment does, or the bank's next statement. Raises DecisionRefused."""
    if not has_role(by, FINANCE):
        raise DecisionRefused("Cases are closed by people in the role Finance.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise DecisionRefused("Say in a sentence what was found out, and what became of the money.", param="reason")
    closed = TreasuryCase.objects.filter(pk=case.pk, is_open=True).update(
        is_open=False, closed_at=timezone.now(), closed_by=by, reason=reason.strip()[:500]
    )
    if not closed:
        raise DecisionRefused("This case is closed already.")
    record_about(
        case, "closed", reason=reason.strip()[:200], details={"kind": case.kind, "difference_cents": case.difference_cents}
    )
