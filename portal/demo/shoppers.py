"""Shoppers of the demo: benefit accounts before and after their deadlines, claims, and what they did with Snoops."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone

from claims.models import Claim
from rules.learning.simulate import TASTES, simulate
from rules.learning.visitors import visitors_of
from rules.models import Customer, Rule, SnoopFeedback
from shoppers.accounts import ShopperAccount, account_index
from shoppers.benefits.models import BenefitAccount, BenefitBalance

HOST: Final = "shoppers.example"
SIGN_IN: Final = f"ann@{HOST}"  # whom the demo signs in; nothing is simulated for her, so that no cap hides what her page shows
DAYS_OF_FEEDBACK: Final = 21


@dataclass(frozen=True, slots=True)
class Benefit:
    """kind, balance, and what is set beside it. ends_in: days from today to the end of the plan year; None: of the calendar year."""

    kind: str
    balance_cents: int
    ends_in: int | None = None
    told_ago: int = 5
    more: dict[str, Any] = field(default_factory=dict)


SHOPPERS: Final[dict[str, tuple[Benefit, ...]]] = {
    "ann": (Benefit("health_fsa", 214_50, 24), Benefit("dcfsa", 1_260_00, 39, 12)),
    "ben": (Benefit("health_fsa", 842_00, 39, 9, {"carryover_limit_cents": 680_00}),),
    "cleo": (Benefit("hsa", 3_420_00, None, 20, {"coverage": "self", "contributed_cents": 2_900_00}), Benefit("lpfsa", 260_00, 39)),
    "dan": (Benefit("health_fsa", 96_20, 9, 2),),
    "eva": (Benefit("hsa", 12_750_00, None, 75, {"coverage": "family", "contributed_cents": 8_750_00}),),
    "finn": (Benefit("hra", 1_100_00, 100, 130), Benefit("dcfsa", 410_00, 20)),
    "gus": (Benefit("health_fsa", 510_00, 39, 4, {"carryover_limit_cents": 680_00}),),
    "hana": (Benefit("hsa", 640_00, None, 3, {"coverage": "self"}), Benefit("health_fsa", 150_00, 60)),
    "ivo": (Benefit("lpfsa", 75_00, 12),),
    "june": (),
}  # fmt: skip


def demo_shoppers() -> list[ShopperAccount]:
    """Their accounts with benefit accounts and claims, made where they lack. Safe to repeat: what is there stays."""
    today = timezone.localdate()
    made = []
    for name, benefits in SHOPPERS.items():
        email = f"{name}@{HOST}"
        account, is_new = ShopperAccount.objects.get_or_create(email_index=account_index(email), defaults={"email": email})
        made.append(account)
        if is_new:
            for benefit in benefits:
                _open(account, benefit, today)
            _claims(account, name, today)
    return made


def demo_feedback(accounts: Iterable[ShopperAccount]) -> None:
    """Three weeks of what they did with Snoops, once."""
    customers = Customer.objects.filter(account__in=[one for one in accounts if one.email != SIGN_IN])
    ids = list(customers.order_by("pk").values_list("pk", flat=True))
    if SnoopFeedback.objects.filter(customer__in=ids).exists():
        return
    today = timezone.localdate()
    simulate(
        visitors=visitors_of(ids, today), rules=dict(Rule.objects.values_list("public_id", "pk")), taste=TASTES["by_channel"], seed=1,
        days=[today - timedelta(days=back) for back in range(DAYS_OF_FEEDBACK, 0, -1)],
    )  # fmt: skip


def _open(account: ShopperAccount, told: Benefit, today: date) -> None:
    ends_on = date(today.year, 12, 31) if told.ends_in is None else today + timedelta(days=told.ends_in)
    starts_on = date(today.year, 1, 1) if told.ends_in is None else _year_before(ends_on)
    as_of = max(today - timedelta(days=told.told_ago), starts_on)
    is_hsa = told.kind == "hsa"
    benefit = BenefitAccount.objects.create(
        account=account, kind=told.kind, administrator="Maple Benefits", plan_starts_on=starts_on, plan_ends_on=ends_on,
        balance_cents=told.balance_cents, balance_on=as_of, election_cents=None if is_hsa else max(told.balance_cents * 2, 1_200_00),
        run_out_ends_on=None if is_hsa else ends_on + timedelta(days=90), **told.more,
    )  # fmt: skip
    BenefitBalance.objects.create(
        benefit=benefit, amount_cents=told.balance_cents, as_of=as_of, source=BenefitBalance.Source.TYPED
    )


def _year_before(ends_on: date) -> date:
    """The day after the same day a year earlier: a plan year of twelve months."""
    day = min(ends_on.day, calendar.monthrange(ends_on.year - 1, ends_on.month)[1])
    return ends_on.replace(year=ends_on.year - 1, day=day) + timedelta(days=1)


def _claims(account: ShopperAccount, name: str, today: date) -> None:
    at = timezone.make_aware(datetime.combine(today - timedelta(days=34), time(10)))
    if name == "dan":
        Claim.objects.create(
            account=account, administrator="Maple Benefits", state=Claim.State.MORE_INFORMATION, amount_cents=64_30, submitted_at=at,
            asked_at=at + timedelta(days=6), answer_by=today + timedelta(days=20), question="Please send the itemised receipt.",
        )  # fmt: skip
    if name == "eva":
        Claim.objects.create(
            account=account, administrator="Maple Benefits", state=Claim.State.PAID, amount_cents=180_00, approved_cents=180_00,
            paid_cents=180_00, paid_on=today - timedelta(days=20), submitted_at=at, decided_at=at + timedelta(days=9),
        )  # fmt: skip
