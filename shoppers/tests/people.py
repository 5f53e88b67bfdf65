"""Persons and what they have, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from shoppers.accounts import ShopperAccount, account_index
from shoppers.benefits.models import BenefitAccount


def person(email: str = "ada@example.com") -> ShopperAccount:
    return ShopperAccount.objects.get_or_create(email_index=account_index(email), defaults={"email": email})[0]


def benefit(account: ShopperAccount, **more: Any) -> BenefitAccount:
    year = {"plan_starts_on": date(2026, 1, 1), "plan_ends_on": date(2026, 12, 31)}
    return BenefitAccount.objects.create(account=account, **{"kind": "health_fsa", **year, **more})
