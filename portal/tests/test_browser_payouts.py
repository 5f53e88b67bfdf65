"""Money in real browsers: what is there, how it is paid out and called back, where it goes, what it cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from browser_testing import Window
from ledger.models import Statement
from ledger.services.statements import close_period
from merchants.limits.models import Control
from merchants.models import Merchant
from people.models import User
from portal.tests.admin_samples import make_sale
from treasury.models import FeeRate, FeeSchedule
from treasury.services.policies import change_policy
from treasury.tests.samples import an_account, money

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]


@pytest.fixture
def rich(acme: Merchant) -> Merchant:
    """Settled and pending money, an account to pay to, an advance, a limit and fees."""
    make_sale(acme)
    money(acme, 123_456)
    an_account(acme)
    an_account(acme, number="000987654321", is_default=False)
    change_policy(merchant=acme, advance_share_bp=8_000, advance_cap_cents=500_000, instant_fee_bp=150)
    Control.objects.create(merchant=acme, payout_daily_cents=100_000)
    for days in (-1, 7, 14):
        schedule = FeeSchedule.objects.create(effective_at=timezone.now() + timedelta(days=days))
        FeeRate.objects.create(schedule=schedule, basis_points=290, fixed_cents=30)
        FeeRate.objects.create(schedule=schedule, channel="pos", from_volume_cents=500_000, basis_points=260, fixed_cents=10)
    close_period(merchant=acme, period=Statement.Period.DAY, starts_on=timezone.localdate(timezone=acme.zone))
    return acme


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_owner_pays_out_calls_back_and_looks_at_all_of_it(
    open_window: OpenWindow, size: str, acme_owner: User, rich: Merchant
) -> None:
    owner = open_window(size, user=acme_owner)
    page = owner.open("/balance/")
    owner.look("balance")
    page = owner.open("/payouts/new/")
    page.get_by_label("Amount, $").fill("12,50")
    page.get_by_role("button", name="Pay out").click()
    expect(page.get_by_text("Type an amount in dollars and cents")).to_be_visible()
    owner.look("payout-new")
    page.get_by_label("Amount, $").fill("250")
    page.get_by_role("button", name="Pay out").click()
    expect(page.get_by_text("with the next run to the bank")).to_be_visible()
    page.get_by_role("button", name="Call back").click()
    expect(page.get_by_text("Called back before it was sent.")).to_be_visible()
    owner.look("payout-called-back")
    for name, path in (
        ("payouts", "/payouts/"), ("payout-schedule", "/payouts/schedule/"), ("bank", "/payouts/bank/"), ("bank-new", "/payouts/bank/new/"),
        ("fees", "/balance/fees/"), ("statements", "/balance/statements/?period=day"),
    ):  # fmt: skip
        owner.open(path)
        owner.look(name)
    page.get_by_role("link", name=f"{timezone.localdate(timezone=rich.zone):%Y}").first.click()
    expect(page.get_by_text("Closing balance", exact=True)).to_be_visible()
    owner.look("statement")
