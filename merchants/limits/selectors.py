from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.compiled import Compiled
from merchants.limits.models import Control, ControlChange
from merchants.models import Merchant

CONTROL = Compiled(
    lambda merchant: Control.objects.filter(merchant_id=merchant),
    -1,
    across_merchants="asked for the merchant that it names, before each sale",
)


@dataclass(frozen=True, slots=True)
class PayoutLimits:
    """daily_cents: at most so much a day; None: no limit. held_until: None while held: until somebody lets go."""

    daily_cents: int | None = None
    is_held: bool = False
    hold_reason: str = ""
    held_until: datetime | None = None


def control_of(merchant: Merchant) -> Control | None:
    """The merchant's limits and holds, by one question to a primary key; None: it has none."""
    return CONTROL.first(merchant.pk)


def payout_limits(merchant: Merchant) -> PayoutLimits:
    """What a payout must keep to now."""
    control = control_of(merchant)
    if control is None:
        return PayoutLimits()
    if not control.is_held("payouts"):
        return PayoutLimits(daily_cents=control.payout_daily_cents)
    return PayoutLimits(control.payout_daily_cents, True, control.payouts_hold_reason, control.payouts_held_until)


def changes_of(merchant: Merchant) -> list[ControlChange]:
    """The newest fifty, those that wait first."""
    rows = ControlChange.objects.select_related("asked_by", "decided_by").filter(merchant=merchant).order_by("-pk")[:50]
    return sorted(rows, key=lambda change: change.status != ControlChange.Status.WAITING)


def waiting_changes() -> list[ControlChange]:
    """Of all merchants, oldest first: for whoever is the second person."""
    waiting = ControlChange.objects.select_related("merchant", "asked_by").filter(status=ControlChange.Status.WAITING)
    return list(waiting.order_by("pk")[:200])
