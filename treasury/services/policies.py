"""How a merchant is paid: read under a lock, changed by those who may."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from merchants.models import Merchant
from people.models import User
from treasury.models import PayoutPolicy
from treasury.services.persons import require_finance
from vault.audit.services import record_about


def locked_policy(merchant: Merchant) -> PayoutPolicy:
    """The merchant's policy, made where there is none, and its row held until the transaction ends: payouts and settlements of one
    merchant come one after another."""
    PayoutPolicy.objects.get_or_create(merchant=merchant)
    return PayoutPolicy.objects.select_for_update().get(merchant=merchant)


@transaction.atomic
def change_policy(*, merchant: Merchant, reason: str = "", **fields: Any) -> PayoutPolicy:
    """Set fields of the policy; what was and what is goes to the audit trail. Raises ValidationError."""
    policy = locked_policy(merchant)
    before = {name: getattr(policy, name) for name in fields}
    for name, value in fields.items():
        setattr(policy, name, value)
    policy.full_clean(exclude=["merchant"])
    policy.save()
    changed = {name: [str(before[name]), str(getattr(policy, name))] for name in fields if before[name] != getattr(policy, name)}
    if changed:
        record_about(policy, "changed", details={"changes": changed}, reason=reason[:200])
    return policy


@transaction.atomic
def change_terms(*, merchant: Merchant, by: User, reason: str, **fields: Any) -> PayoutPolicy:
    """What somebody of Finance agreed with a merchant: advance, fees, reserve. Raises DecisionRefused, ValidationError."""
    require_finance(by, merchant, what="Terms are changed")
    return change_policy(merchant=merchant, reason=reason, **fields)
