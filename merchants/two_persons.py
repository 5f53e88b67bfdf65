"""The rule of two persons: who asks does not decide, both are of risk, and neither belongs to the merchant."""

from __future__ import annotations

from common.scopes import across_merchants
from merchants.errors import RiskRoleNeeded, SecondPersonNeeded
from merchants.models import Member, Merchant
from people.models import User
from people.roles import RISK, has_role


def require_risk(by: User, merchant: Merchant | None) -> None:
    """Raise unless this person is of risk and works nowhere at this merchant."""
    if not has_role(by, RISK):
        raise RiskRoleNeeded()
    if merchant is not None and belongs_to(by, merchant):
        raise SecondPersonNeeded("You belong to this merchant: people of risk who do not must ask and decide.")


def require_another(by: User, asked_by: int | None, merchant: Merchant | None) -> None:
    """Raise unless this person of risk is another than the one (a row id) who asked."""
    require_risk(by, merchant)
    if asked_by == by.pk:
        raise SecondPersonNeeded("You asked for this yourself: another person of risk must decide it.")


@across_merchants("whether somebody of risk belongs to the merchant that they decide about")
def belongs_to(user: User, merchant: Merchant) -> bool:
    return Member.objects.filter(merchant=merchant, user=user).exists()
