"""Money given or taken by hand: one proposes, another lets it through."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.models import Merchant
from merchants.services import record_events
from people.models import User
from treasury.errors import DecisionRefused
from treasury.models import Adjustment
from treasury.services.cases import SHORTEST_REASON
from treasury.services.persons import require_finance
from vault.audit.services import record_about

MADE = "Adjustments are made"


@transaction.atomic
def propose_adjustment(*, merchant: Merchant, amount_cents: int, reason: str, by: User) -> Adjustment:
    """Write down what one person thinks the merchant is owed (or owes, below zero). Nothing moves. Raises DecisionRefused."""
    require_finance(by, merchant, what=MADE)
    if len(reason.strip()) < SHORTEST_REASON:
        raise DecisionRefused("Say in a sentence why: the merchant reads it.", param="reason")
    if not amount_cents:
        raise DecisionRefused("An adjustment of nothing changes nothing.", param="amount_cents")
    adjustment = Adjustment.objects.create(
        merchant=merchant, amount_cents=amount_cents, reason=reason.strip()[:200], proposed_by=by
    )
    record_about(adjustment, "proposed", reason=adjustment.reason, details={"amount_cents": amount_cents})
    return adjustment


@transaction.atomic
def decide_adjustment(*, adjustment: Adjustment, is_approved: bool, by: User) -> Adjustment:
    """Let it through and book it, or decline it. By another person than proposed it; once. Raises DecisionRefused."""
    current = Adjustment.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=adjustment.pk)
    require_finance(by, current.merchant, what=MADE)
    if current.status != Adjustment.Status.PROPOSED:
        raise DecisionRefused("This adjustment is decided already.")
    if current.proposed_by_id == by.pk:
        raise DecisionRefused("Another person than the one who proposed it decides.")
    current.status = Adjustment.Status.BOOKED if is_approved else Adjustment.Status.DECLINED
    current.decided_by, current.decided_at = by, timezone.now()
    current.save(update_fields=["status", "decided_by", "decided_at"])
    if is_approved:
        settled, cost = accounts_of([(Account.Kind.MERCHANT_SETTLED, current.merchant), (Account.Kind.ADJUSTMENTS, None)])
        post_entry(
            reference=f"adjustment:{current.public_id}", merchant=current.merchant, description=f"Adjustment: {current.reason}"[:200],
            legs={settled: -current.amount_cents, cost: current.amount_cents},
        )  # fmt: skip
        told = {"amount_cents": current.amount_cents, "reason": current.reason}
        record_events(merchant=current.merchant, events=[("balance.adjusted", current.public_id, told)])
    record_about(current, str(current.status), details={"amount_cents": current.amount_cents})
    return current
