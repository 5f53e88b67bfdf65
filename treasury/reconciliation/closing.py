"""Closing a day: somebody says that its books agree, or answers for what does not."""

from __future__ import annotations

from datetime import UTC, date

from django.db import transaction
from django.utils import timezone

from people.models import User
from people.roles import FINANCE, has_role
from treasury.errors import DecisionRefused
from treasury.models import BankDay, TreasuryCase
from treasury.reconciliation.compare import compare_day
from treasury.services.cases import SHORTEST_REASON
from vault.audit.services import record_about


def is_over(on: date) -> bool:
    """Days of reconciliation are UTC's."""
    return on < timezone.now().astimezone(UTC).date()


@transaction.atomic
def close_day(*, on: date, by: User, note: str = "") -> BankDay:
    """Compare the day once more and close it; its report stays. With open cases only under a note that answers for them.

    Raises DecisionRefused. Safe to repeat: a closed day stays as it was closed.
    """
    if not has_role(by, FINANCE):
        raise DecisionRefused("Days are closed by people in the role Finance.")
    if not is_over(on):
        raise DecisionRefused("A day is closed once it is over.")
    day = compare_day(on)
    if day.closed_at is not None:
        return day
    waiting = TreasuryCase.objects.filter(business_on__lte=on, is_open=True).count()
    if waiting and len(note.strip()) < SHORTEST_REASON:
        raise DecisionRefused(
            f"{waiting} case{'s are' if waiting != 1 else ' is'} open: close them, or say in a note why the day is closed with them.",
            param="note",
        )
    day.closed_at, day.closed_by, day.note = timezone.now(), by, note.strip()[:500]
    day.save(update_fields=["closed_at", "closed_by", "note"])
    record_about(day, "closed", details={"business_on": str(on), "open_cases": waiting}, reason=day.note[:200])
    return day
