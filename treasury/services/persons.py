"""Who of the house may move a merchant's money, and whose they may not."""

from __future__ import annotations

from common.scopes import across_merchants
from merchants.models import Member, Merchant
from people.models import User
from people.roles import FINANCE, has_role
from treasury.errors import DecisionRefused


@across_merchants("whether somebody of Finance belongs to the merchant whose money they move")
def require_finance(by: User, merchant: Merchant, *, what: str) -> None:
    """Raises DecisionRefused unless this person is of Finance and works nowhere at this merchant. what: such as “Adjustments are made”."""
    if not has_role(by, FINANCE):
        raise DecisionRefused(f"{what} by people in the role Finance.")
    if Member.objects.filter(merchant=merchant, user=by).exists():
        raise DecisionRefused("Nobody of Finance acts on the money of a merchant of their own.")
