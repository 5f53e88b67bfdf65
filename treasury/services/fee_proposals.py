"""New fees: one person of Finance writes them down, another lets them through, and the merchants hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from merchants.models import Event, Merchant
from merchants.services import record_events
from people.models import User
from people.roles import FINANCE, has_role
from treasury.errors import DecisionRefused
from treasury.models import FeeProposal, FeeSchedule
from treasury.pricing.fees import Rate
from treasury.services.cases import SHORTEST_REASON
from treasury.services.persons import require_finance
from treasury.services.pricing import check_fees, set_fees
from vault.audit.services import record_about

TOLD: Final = "fees.scheduled"
MERCHANTS_A_PART: Final = 500


@transaction.atomic
def propose_fees(
    *, merchant: Merchant | None, rates: Sequence[Rate], effective_at: datetime, returns_fee: bool, reason: str, by: User
) -> FeeProposal:
    """Write down new fees of a merchant, or (None) of all that have none of their own. Nothing changes yet. Raises DecisionRefused."""
    _may(by, merchant)
    if len(reason.strip()) < SHORTEST_REASON:
        raise DecisionRefused("Say in a sentence why: the person who decides reads it.", param="reason")
    check_fees(merchant=merchant, rates=rates, effective_at=effective_at)
    proposal = FeeProposal.objects.create(
        merchant=merchant, rates=[asdict(rate) for rate in rates], effective_at=effective_at, returns_fee_on_refund=returns_fee,
        reason=reason.strip()[:200], proposed_by=by,
    )  # fmt: skip
    record_about(proposal, "proposed", reason=proposal.reason, details={"effective_at": effective_at.isoformat()})
    return proposal


@transaction.atomic
def decide_fees(*, proposal: FeeProposal, is_approved: bool, by: User) -> FeeProposal:
    """Let new fees through or decline them. By another person than proposed them; once. Raises DecisionRefused."""
    current = FeeProposal.objects.select_for_update(of=("self",)).select_related("merchant", "proposed_by").get(pk=proposal.pk)
    _may(by, current.merchant)
    if current.status != FeeProposal.Status.PROPOSED:
        raise DecisionRefused("This proposal is decided already.")
    if current.proposed_by_id == by.pk:
        raise DecisionRefused("Another person than the one who proposed it decides.")
    if is_approved:
        current.schedule = set_fees(
            merchant=current.merchant, rates=rates_of(current), effective_at=current.effective_at,
            returns_fee=current.returns_fee_on_refund, proposed_by=current.proposed_by, approved_by=by,
        )  # fmt: skip
    current.status = FeeProposal.Status.APPROVED if is_approved else FeeProposal.Status.DECLINED
    current.decided_by, current.decided_at = by, timezone.now()
    current.save(update_fields=["status", "decided_by", "decided_at", "schedule"])
    record_about(current, str(current.status))
    return current


def tell_untold() -> int:
    """Tell of every approved schedule that was not told of to the end; returns how many merchants heard. Safe to repeat."""
    count = 0
    for proposal in FeeProposal.objects.filter(status=FeeProposal.Status.APPROVED, told_at=None).select_related("schedule"):
        assert proposal.schedule is not None  # a constraint says so
        count += tell_of_fees(proposal.schedule)
        FeeProposal.objects.filter(pk=proposal.pk).update(told_at=timezone.now())
    return count


def tell_of_fees(schedule: FeeSchedule) -> int:
    """Tell those whom the schedule concerns; returns how many were told now. Safe to repeat."""
    concerned = Merchant.objects.filter(is_active=True)
    concerned = concerned.filter(pk=schedule.merchant_id) if schedule.merchant_id else concerned.filter(fee_schedules=None)
    said = {
        "effective_at": schedule.effective_at.isoformat(),
        "returns_fee_on_refund": schedule.returns_fee_on_refund,
        "rates": list(schedule.rates.values("channel", "card", "from_volume_cents", "basis_points", "fixed_cents")),
    }
    count = 0
    for merchant in concerned.order_by("pk").iterator(chunk_size=MERCHANTS_A_PART):
        with transaction.atomic():
            Merchant.objects.select_for_update(of=("self",), no_key=True).get(pk=merchant.pk)  # two that tell at once tell once
            if Event.objects.filter(merchant=merchant, type=TOLD, object_id=schedule.public_id).exists():
                continue
            record_events(merchant=merchant, events=[(TOLD, schedule.public_id, said)])
        count += 1
    return count


def rates_of(proposal: FeeProposal) -> list[Rate]:
    return [Rate(**rate) for rate in proposal.rates]


def _may(by: User, merchant: Merchant | None) -> None:
    if merchant is not None:
        require_finance(by, merchant, what="Fees are set")
    elif not has_role(by, FINANCE):
        raise DecisionRefused("Fees are set by people in the role Finance.")
