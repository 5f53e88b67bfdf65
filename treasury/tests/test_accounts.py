"""Bank accounts: proved before they are paid to. Adjustments, schedules and fees: by those who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from ledger.selectors import merchant_balance
from merchants.limits.models import Control
from merchants.limits.services import hold
from merchants.models import Member
from people.roles import RISK
from people.tests.factors import staff_person
from treasury.errors import BankAccountInvalid, BankAccountNotReady, BankAmountsWrong, DecisionRefused, PayoutTooLarge
from treasury.models import BankAccount, BankTransfer, FeeSchedule, Payout
from treasury.pricing.fees import Rate
from treasury.selectors.available import policy_of
from treasury.services.accounts import (
    PROOFS,
    add_bank_account,
    ask_name,
    make_default,
    remove_bank_account,
    send_amounts,
    tell_amounts,
)
from treasury.services.adjustments import decide_adjustment, propose_adjustment
from treasury.services.payouts import request_payout
from treasury.services.policies import change_policy, change_terms
from treasury.services.pricing import set_fees
from treasury.services.schedules import pay_out_by_schedule
from treasury.services.sending import send_due
from treasury.tests.samples import ACCOUNT, ROUTING, an_account, money, settled, two_of_finance

pytestmark = pytest.mark.django_db


def add(merchant, **changes):
    asked = {"holder": "Acme Pharmacy LLC", "routing_number": ROUTING, "account_number": ACCOUNT, "kind": "checking", "by": None}
    return add_bank_account(merchant=merchant, **{**asked, **changes})


def amounts(account):
    account.refresh_from_db()
    return [int(cents) for cents in account.amounts.split()]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"routing_number": "011000016"}, "routing_number"), ({"routing_number": "11000015"}, "routing_number"),
        ({"account_number": "12"}, "account_number"), ({"account_number": "1234567890123456789"}, "account_number"),
        ({"holder": " "}, "holder"), ({"kind": "gold"}, "kind"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_account_is_refused(acme, changes, param):
    with pytest.raises(BankAccountInvalid) as refusal:
        add(acme, **changes)

    assert (refusal.value.param, BankAccount.objects.count()) == (param, 0)


def test_an_account_is_added_once_and_its_number_is_sealed(acme):
    first, again = add(acme), add(acme, account_number=" 000123 456789 ")

    assert first == again
    row = BankAccount.objects.values("account_number", "routing_number", "holder").get()
    assert ACCOUNT not in str(row)
    assert "Acme" not in str(row)


def test_two_amounts_prove_the_account(acme, desk):
    account = ask_name(add(acme))
    assert account.name_match == "match"
    send_amounts(account=account)
    send_amounts(account=account)
    send_due()
    first, second = amounts(account)
    assert sorted(one.amount_cents for one in desk.transfers.values()) == sorted((first, second))
    assert {one.description for one in desk.transfers.values()} == {"ACCTVERIFY"}

    tell_amounts(account=account, first_cents=second, second_cents=first)

    account.refresh_from_db()
    assert (account.status, account.is_default, account.amounts) == ("verified", True, None)


def test_wrong_amounts_count_and_the_third_ends_it(acme, desk):
    account = add(acme)
    send_amounts(account=account)

    for words in ("2 more times", "1 more time", "closed to payouts"):
        with pytest.raises(BankAmountsWrong, match=words):
            tell_amounts(account=account, first_cents=100, second_cents=100)

    account.refresh_from_db()
    assert account.status == "refused"
    with pytest.raises(BankAccountNotReady):
        tell_amounts(account=account, first_cents=1, second_cents=1)


def test_an_account_of_another_name_gets_no_amounts(acme, desk):
    desk.name = "no_match"
    account = ask_name(add(acme))

    with pytest.raises(BankAccountNotReady, match="another name"):
        send_amounts(account=account)
    assert not BankTransfer.objects.exists()


@pytest.mark.parametrize("is_taken_away", [False, True], ids=["beside", "instead"])
def test_a_second_account_waits_even_where_the_first_is_taken_away(acme, desk, settings, is_taken_away):
    settings.BANK_CHANGE_WAIT_HOURS = 72
    first = an_account(acme)
    if is_taken_away:
        remove_bank_account(account=first)
    account = add(acme, account_number="000555666777")
    send_amounts(account=account)

    tell_amounts(account=account, first_cents=amounts(account)[0], second_cents=amounts(account)[1])

    account.refresh_from_db()
    assert account.is_default == is_taken_away
    assert account.usable_at > timezone.now() + timedelta(hours=71)


def test_the_first_account_waits_for_nothing(acme, desk, settings):
    settings.BANK_CHANGE_WAIT_HOURS = 72
    account = add(acme)
    send_amounts(account=account)

    tell_amounts(account=account, first_cents=amounts(account)[0], second_cents=amounts(account)[1])

    account.refresh_from_db()
    assert account.usable_at <= timezone.now()


def test_amounts_are_neither_collected_nor_guessed_by_adding_accounts_again_and_again(acme, globex, desk):
    for number in range(PROOFS):
        account = add(acme, account_number=f"0005556667{number}")
        send_amounts(account=account)
        remove_bank_account(account=account)
    sixth = add(acme, account_number="00055566699")

    with pytest.raises(BankAccountNotReady, match="within 30 days"):
        send_amounts(account=sixth)

    assert BankTransfer.objects.count() == 2 * PROOFS
    assert send_amounts(account=add(globex)).status == "awaiting_amounts"
    BankAccount.objects.filter(pk=account.pk).update(amounts_sent_at=timezone.now() - timedelta(days=31))
    assert send_amounts(account=sixth).status == "awaiting_amounts"


def test_a_bank_that_says_late_that_it_is_another_name_is_heard(acme, desk):
    account = add(acme)
    send_amounts(account=account)
    desk.name = "no_match"
    ask_name(account)

    with pytest.raises(BankAccountNotReady, match="another name"):
        tell_amounts(account=account, first_cents=amounts(account)[0], second_cents=amounts(account)[1])


def test_one_is_the_default_and_a_removed_one_is_none(acme):
    first, second = an_account(acme), an_account(acme, number="000555666777", is_default=False)

    make_default(account=second)
    remove_bank_account(account=first)
    remove_bank_account(account=first)

    assert list(BankAccount.objects.filter(is_default=True)) == [second]
    with pytest.raises(BankAccountNotReady):
        make_default(account=first)


# Adjustments


def test_an_adjustment_needs_two_of_finance(acme, acme_owner):
    one, two = two_of_finance()

    with pytest.raises(DecisionRefused, match="role Finance"):
        propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=acme_owner)
    adjustment = propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=one)
    assert merchant_balance(acme).total_cents == 0
    with pytest.raises(DecisionRefused, match="Another person"):
        decide_adjustment(adjustment=adjustment, is_approved=True, by=one)
    decide_adjustment(adjustment=adjustment, is_approved=True, by=two)

    assert merchant_balance(acme).settled_cents == 500
    with pytest.raises(DecisionRefused, match="decided already"):
        decide_adjustment(adjustment=adjustment, is_approved=True, by=two)


def test_a_declined_adjustment_moves_nothing_and_nobody_adjusts_their_own(acme):
    one, two = two_of_finance()
    adjustment = propose_adjustment(merchant=acme, amount_cents=-500, reason="A fee we forgot", by=one)

    decide_adjustment(adjustment=adjustment, is_approved=False, by=two)

    assert merchant_balance(acme).total_cents == 0
    Member.objects.create(merchant=acme, user=two, role="owner")
    with pytest.raises(DecisionRefused, match="of their own"):
        propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=two)


def test_nobody_of_finance_sets_the_terms_or_fees_of_a_merchant_of_their_own(acme, acme_owner):
    one, two = two_of_finance()
    Member.objects.create(merchant=acme, user=two, role="accountant")
    terms = {"merchant": acme, "reason": "Agreed by phone with them", "advance_share_bp": 9500, "advance_cap_cents": 10**9}

    for by, why in ((two, "of their own"), (acme_owner, "role Finance")):
        with pytest.raises(DecisionRefused, match=why):
            change_terms(by=by, **terms)
    with pytest.raises(DecisionRefused, match="of their own"):
        set_fees(
            merchant=acme, rates=[Rate("any", "any", 0, 1, 0)], effective_at=timezone.now() + timedelta(hours=1), returns_fee=False,
            proposed_by=one, approved_by=two,
        )  # fmt: skip

    assert policy_of(acme).advance_share_bp == 0
    assert change_terms(by=one, **terms).advance_share_bp == 9500


# Schedules


@pytest.fixture
def earning(acme, sell, desk):
    sell()
    settled(acme)
    an_account(acme)
    return acme


def test_a_daily_schedule_pays_once_a_business_day(earning, monkeypatch):
    monkeypatch.setattr("treasury.services.schedules.is_business_day", lambda day: True)
    change_policy(merchant=earning, schedule="daily")

    assert [pay_out_by_schedule(), pay_out_by_schedule()] == [1, 0]

    payout = Payout.objects.get()
    assert (payout.amount_cents, payout.origin) == (4200, "schedule")


@pytest.mark.parametrize(
    ("moments", "count"),
    [
        ((datetime(2026, 11, 2, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)), 1),  # 00:30 and 01:30 of a Monday in New York
        ((datetime(2026, 11, 3, 4, 30, tzinfo=UTC), datetime(2026, 11, 3, 5, 30, tzinfo=UTC)), 2),  # 23:30, and 00:30 of the next day
        ((datetime(2026, 3, 9, 3, 30, tzinfo=UTC), datetime(2026, 3, 9, 4, 30, tzinfo=UTC)), 1),  # 23:30 of the short Sunday, 00:30 of Monday
    ],
    ids=["one day", "two days", "after the short day"],
)  # fmt: skip
def test_a_day_is_the_merchants_whatever_its_clock_did(acme, moments, count):
    money(acme, 10_000)
    an_account(acme)
    BankAccount.objects.update(usable_at=datetime(2026, 1, 1, tzinfo=UTC))
    change_policy(merchant=acme, schedule="daily")

    made = 0
    for moment in moments:
        with mock.patch.object(timezone, "now", return_value=moment):
            made += pay_out_by_schedule()
        money(acme, 500)

    assert made == count == Payout.objects.count()


def test_a_day_with_an_hour_twice_has_one_limit_of_payouts(acme):
    """On 1 November 2026 New York's clock shows 01:30 twice."""
    money(acme, 10_000)
    an_account(acme)
    BankAccount.objects.update(usable_at=datetime(2026, 1, 1, tzinfo=UTC))
    Control.objects.create(merchant=acme, payout_daily_cents=1000)

    def asked_at(hour):
        with mock.patch.object(timezone, "now", return_value=datetime(2026, 11, 1, hour, 30, tzinfo=UTC)):
            return request_payout(merchant=acme, amount_cents=1000)

    assert timezone.localdate(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), timezone=acme.zone).day == 1
    asked_at(5)
    with pytest.raises(PayoutTooLarge, match="limited to"):
        asked_at(6)
    with mock.patch.object(timezone, "now", return_value=datetime(2026, 11, 2, 4, 59, tzinfo=UTC)), pytest.raises(PayoutTooLarge):
        request_payout(merchant=acme, amount_cents=1000)  # the day has 25 hours
    with mock.patch.object(timezone, "now", return_value=datetime(2026, 11, 2, 5, 0, tzinfo=UTC)):
        request_payout(merchant=acme, amount_cents=1000)


def test_a_weekend_pays_nothing(earning, monkeypatch):
    monkeypatch.setattr("treasury.services.schedules.is_business_day", lambda day: False)
    change_policy(merchant=earning, schedule="daily")

    assert pay_out_by_schedule() == 0


def test_a_week_has_one_day(earning):
    today = timezone.localdate(timezone=earning.zone).weekday()
    change_policy(merchant=earning, schedule="weekly", weekday=(today + 1) % 5)
    assert pay_out_by_schedule() == 0

    earning.payout_policy.__class__.objects.update(weekday=today)
    assert pay_out_by_schedule() == 1


@pytest.mark.parametrize(("threshold", "count"), [(4200, 1), (4201, 0)])
def test_a_threshold_pays_when_enough_has_come_together(earning, threshold, count):
    change_policy(merchant=earning, schedule="threshold", threshold_cents=threshold)

    assert pay_out_by_schedule() == count


def test_a_schedule_pays_what_the_limit_of_a_day_leaves(earning):
    Control.objects.create(merchant=earning, payout_daily_cents=1000)
    change_policy(merchant=earning, schedule="threshold", threshold_cents=500)
    request_payout(merchant=earning, amount_cents=300)

    assert pay_out_by_schedule() == 1

    assert Payout.objects.get(origin="schedule").amount_cents == 700


def test_a_schedule_that_the_limit_of_a_day_leaves_nothing_waits(earning):
    Control.objects.create(merchant=earning, payout_daily_cents=1000)
    change_policy(merchant=earning, schedule="threshold", threshold_cents=500)
    request_payout(merchant=earning, amount_cents=1000)

    assert pay_out_by_schedule() == 0


def test_a_held_merchant_is_not_paid(earning):
    change_policy(merchant=earning, schedule="threshold", threshold_cents=1)
    hold(by=staff_person(RISK), merchant=earning, what="payouts", reason="A look at documents.")

    assert pay_out_by_schedule() == 0


# Fees


def test_fees_are_set_by_two_from_a_time_to_come(acme, acme_owner):
    one, two = two_of_finance()
    rate, later = Rate("any", "any", 0, 290, 30), timezone.now() + timedelta(hours=1)

    def refused(**changes):
        asked = {
            "merchant": acme,
            "rates": [rate],
            "effective_at": later,
            "returns_fee": False,
            "proposed_by": one,
            "approved_by": two,
        }
        with pytest.raises(DecisionRefused):
            set_fees(**{**asked, **changes})

    refused(approved_by=one)
    refused(approved_by=acme_owner)
    refused(effective_at=timezone.now())
    refused(rates=[])
    refused(rates=[Rate("any", "any", 0, 2_001, 0)])
    assert not FeeSchedule.objects.exists()

    set_fees(merchant=acme, rates=[rate], effective_at=later, returns_fee=True, proposed_by=one, approved_by=two)
    assert FeeSchedule.objects.get().rates.get().basis_points == 290
