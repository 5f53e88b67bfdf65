"""Payouts: what is available leaves once, whatever happens on the way to the bank."""

from __future__ import annotations

import contextlib
import threading

import pytest
from django.db import connection
from django.utils import timezone

from checkout import integrity
from checkout.models import Payment
from checkout.refunds.services import create_refund
from common.scopes import across_merchants
from ledger.models import Account, Entry, Leg
from ledger.selectors import merchant_balance
from merchants.limits.models import Control
from merchants.limits.services import hold
from people.roles import RISK
from people.tests.factors import staff_person
from treasury.banks.types import MAX_TRACE
from treasury.errors import (
    BankAccountNotReady,
    NoBankAccount,
    PayoutNotCancellable,
    PayoutsHeld,
    PayoutTooLarge,
    PayoutTooSmall,
)
from treasury.models import BankAccount, BankBatch, BankTransfer, Payout, TreasuryCase
from treasury.selectors.available import available
from treasury.services import sending
from treasury.services.payouts import cancel_payout, request_payout
from treasury.services.policies import change_policy
from treasury.services.sending import send_due
from treasury.services.taking import take_receipt
from treasury.tests.samples import an_account, line_of, money, settled
from vault.errors import MerchantKeyRevoked

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(acme, sell, desk):
    """Settled money of $42.00, a verified account, and a bank."""
    sell()
    settled(acme)
    an_account(acme)
    return acme


def pockets(merchant):
    """pending, settled, in transit, advanced."""
    found = merchant_balance(merchant)
    return found.pending_cents, found.settled_cents, found.in_transit_cents, found.advanced_cents


def platform(kind):
    return sum(Leg.objects.filter(account__kind=kind, account__merchant=None).values_list("amount_cents", flat=True))


def due_now():
    BankBatch.objects.update(next_attempt_at=timezone.now(), asked_at=None)
    return send_due()


def test_a_payout_goes_to_the_bank_and_is_paid_by_its_statement(ready, desk):
    payout = request_payout(merchant=ready)
    assert pockets(ready) == (0, 0, 4200, 0)

    assert send_due() == 1
    payout.refresh_from_db()
    assert payout.status == "sent"
    [sent] = desk.transfers.values()
    assert (sent.amount_cents, sent.name, sent.account_number) == (4200, "Acme Pharmacy LLC", "000123456789")

    desk.pays()

    payout.refresh_from_db()
    assert (payout.status, pockets(ready)) == ("paid", (0, 0, 0, 0))
    assert platform(Account.Kind.BANK_CASH) == 100_000_00 - 4200
    assert not TreasuryCase.objects.exists()


def test_trace_numbers_begin_again_where_those_of_the_files_own_begin(ready, desk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('treasury_trace', %s, false)", [MAX_TRACE])
    for _ in range(2):
        request_payout(merchant=ready, amount_cents=500)

    assert send_due() == 1

    assert sorted(sent.trace_number for sent in desk.transfers.values()) == [1, MAX_TRACE]


def test_a_part_leaves_the_rest_available(ready):
    request_payout(merchant=ready, amount_cents=1000)

    assert available(ready).now_cents == 3200


@pytest.mark.parametrize(("asked", "error"), [(4201, PayoutTooLarge), (99, PayoutTooSmall), (10**12, PayoutTooLarge)])
def test_what_is_not_there_or_too_small_is_refused_and_nothing_moves(ready, asked, error):
    with pytest.raises(error):
        request_payout(merchant=ready, amount_cents=asked)

    assert pockets(ready) == (0, 4200, 0, 0)
    assert not Payout.objects.exists()


def test_nothing_to_pay_out_is_said_so(acme, desk):
    an_account(acme)

    with pytest.raises(PayoutTooLarge, match="Nothing is available"):
        request_payout(merchant=acme)


def test_held_payouts_say_why(ready):
    hold(by=staff_person(RISK), merchant=ready, what="payouts", reason="We are looking into a dispute.")

    with pytest.raises(PayoutsHeld, match="looking into a dispute"):
        request_payout(merchant=ready)
    assert available(ready).now_cents == 0


def test_without_an_account_there_is_no_payout(acme, sell, desk):
    sell()
    settled(acme)

    with pytest.raises(NoBankAccount):
        request_payout(merchant=acme)


def test_an_account_that_is_not_verified_or_waits_is_refused(ready):
    account = an_account(ready, number="000999888777", is_default=False)
    BankAccount.objects.filter(pk=account.pk).update(usable_at=timezone.now() + timezone.timedelta(hours=1))
    account.refresh_from_db()

    with pytest.raises(BankAccountNotReady, match="added lately"):
        request_payout(merchant=ready, bank_account=account)

    BankAccount.objects.filter(pk=account.pk).update(status="unverified", verified_at=None)
    account.refresh_from_db()
    with pytest.raises(BankAccountNotReady, match="not verified"):
        request_payout(merchant=ready, bank_account=account)


def test_one_key_makes_one_payout(ready):
    first = request_payout(merchant=ready, amount_cents=1000, request_key="k")
    again = request_payout(merchant=ready, amount_cents=1000, request_key="k")

    assert first == again
    assert pockets(ready) == (0, 3200, 1000, 0)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_cent_leaves_twice(ready):
    start, made = threading.Barrier(4), []

    @across_merchants("a thread of a test")
    def ask():
        try:
            start.wait()
            made.append(request_payout(merchant=ready, amount_cents=2100).pk)
        except PayoutTooLarge:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 2
    assert pockets(ready) == (0, 0, 4200, 0)


# Ahead of settlement


def test_a_share_of_what_is_pending_can_be_had_at_once_and_settlement_pays_it_back(acme, sell, desk):
    change_policy(merchant=acme, advance_share_bp=8000, advance_cap_cents=10_000, instant_fee_bp=100)
    an_account(acme)
    sell()
    assert available(acme).now_cents == 3360

    payout = request_payout(merchant=acme, is_instant=True)

    assert (payout.amount_cents, payout.fee_cents, payout.advanced_cents) == (3327, 33, 3360)
    assert pockets(acme) == (4200, 0, 3327, 3360)
    assert available(acme).now_cents == 0

    settled(acme)
    assert pockets(acme) == (0, 840, 3327, 0)


def test_the_cap_bounds_what_is_advanced(acme, sell, desk):
    change_policy(merchant=acme, advance_share_bp=9500, advance_cap_cents=1000)
    an_account(acme)
    sell()

    with pytest.raises(PayoutTooLarge):
        request_payout(merchant=acme, amount_cents=1001)
    request_payout(merchant=acme, amount_cents=600)
    assert available(acme).now_cents == 400


def test_a_failed_payout_gives_its_advance_back_too(acme, sell, desk):
    change_policy(merchant=acme, advance_share_bp=8000, advance_cap_cents=10_000)
    an_account(acme)
    sell()
    payout = request_payout(merchant=acme, is_instant=True)
    desk.fates = ["refused"]

    send_due()

    payout.refresh_from_db()
    assert (payout.status, payout.failure_code) == ("failed", "AM04")
    assert pockets(acme) == (4200, 0, 0, 0)
    assert available(acme).now_cents == 3360


# Faults on the way


def test_a_bank_that_is_down_is_asked_again(ready, desk):
    payout = request_payout(merchant=ready)
    desk.fates = ["down"]

    assert send_due() == 0
    assert due_now() == 1

    payout.refresh_from_db()
    assert (payout.status, len(desk.transfers)) == ("sent", 1)


@pytest.mark.parametrize("fate", ["silent before", "silent after"])
def test_a_bank_that_says_nothing_is_asked_what_it_has_and_pays_once(ready, desk, fate):
    payout = request_payout(merchant=ready)
    desk.fates = [fate]

    assert send_due() == 0
    payout.refresh_from_db()
    assert (payout.status, pockets(ready)) == ("pending", (0, 0, 4200, 0))
    assert due_now() == 1

    payout.refresh_from_db()
    assert (payout.status, len(desk.sends)) == ("sent", 1)


def test_a_worker_that_died_after_the_bank_took_it_sends_nothing_twice(ready, desk):
    request_payout(merchant=ready)
    desk.fates = ["dies"]
    with pytest.raises(SystemExit):
        send_due()

    assert send_due() == 0  # it may still live
    assert due_now() == 1

    assert (len(desk.sends), Payout.objects.get().status) == (1, "sent")


def test_a_bank_that_stays_silent_becomes_a_case_which_its_answer_closes(ready, desk):
    request_payout(merchant=ready)
    desk.fates = ["down"] * 4
    for _ in range(4):
        due_now()
    case = TreasuryCase.objects.get(kind="silent")
    assert case.is_open

    due_now()

    case.refresh_from_db()
    assert not case.is_open


def test_yes_twice_changes_nothing(ready, desk):
    request_payout(merchant=ready)
    send_due()
    before = Entry.objects.count()
    [batch] = desk.taken.values()

    take_receipt(desk.status(batch.id)[0])

    assert (Entry.objects.count(), Payout.objects.get().status) == (before, "sent")


def test_no_after_yes_gives_the_money_back(ready, desk):
    request_payout(merchant=ready)
    send_due()
    [transfer] = BankTransfer.objects.all()
    desk.refusing = {transfer.public_id: "AC04"}

    take_receipt(desk.status(transfer.batch.public_id)[0])

    assert (Payout.objects.get().status, pockets(ready)) == ("failed", (0, 4200, 0, 0))
    assert (
        BankAccount.objects.get().status == "verified"
    )  # a batch may fail for many reasons; a return says that it is the account


def test_yes_after_no_makes_the_merchant_owe_it_and_tells_a_person(ready, desk, sell):
    request_payout(merchant=ready)
    send_due()
    [transfer] = BankTransfer.objects.all()
    desk.refusing = {transfer.public_id: "AC04"}
    take_receipt(desk.status(transfer.batch.public_id)[0])
    desk.refusing = {}
    second = request_payout(merchant=ready)  # the money is out again
    send_due()

    desk.pays(line_of(desk.transfers[transfer.public_id]))  # and the bank paid the first one after all

    assert pockets(ready) == (0, -4200, 4200, 0)
    assert TreasuryCase.objects.get(kind="paid_twice").merchant == ready
    assert available(ready).now_cents == 0
    sell()
    settled(ready, sequence=2)
    assert (pockets(ready)[1], Payout.objects.get(pk=second.pk).status) == (0, "sent")


def test_what_was_paid_after_all_can_still_come_back(ready, desk):
    request_payout(merchant=ready)
    send_due()
    [transfer] = BankTransfer.objects.all()
    desk.refusing = {transfer.public_id: "AC04"}
    take_receipt(desk.status(transfer.batch.public_id)[0])
    desk.pays(line_of(desk.transfers[transfer.public_id]))
    assert pockets(ready) == (0, 0, 0, 0)

    desk.returns(transfer.public_id, 4200)
    desk.pays(line_of(desk.transfers[transfer.public_id], cents=4200, kind="return", bank_reference="BACK"))

    assert (Payout.objects.get().status, pockets(ready)) == ("returned", (0, 4200, 0, 0))
    assert (platform(Account.Kind.BANK_DUE), platform(Account.Kind.BANK_CASH), platform(Account.Kind.UNEXPLAINED)) == (
        0,
        100_000_00,
        0,
    )


@pytest.mark.parametrize("is_instant", [False, True])
def test_a_payout_that_was_asked_for_before_payouts_were_held_waits_for_the_end_of_the_hold(ready, desk, is_instant):
    payout = request_payout(merchant=ready, is_instant=is_instant)
    hold(by=staff_person(RISK), merchant=ready, what="payouts", reason="We are looking into a dispute.")

    send_due()
    assert (desk.sends, Payout.objects.get().status) == ([], "pending")

    Control.objects.update(payouts_held_until=timezone.now())
    send_due()
    payout.refresh_from_db()
    assert (len(desk.sends), payout.status) == (1, "sent")


def test_a_clock_that_was_ahead_and_is_set_right_keeps_no_payout_waiting(ready, desk, settings):
    settings.BANK_RUN_EVERY_MINUTES = 60
    request_payout(merchant=ready, amount_cents=1000)
    desk.fates = ["down"]
    send_due()
    ahead = timezone.now() + timezone.timedelta(days=2)
    BankBatch.objects.update(created_at=ahead, asked_at=ahead, next_attempt_at=ahead)
    request_payout(merchant=ready, amount_cents=500)

    send_due()

    assert sorted(batch.total_cents for batch in desk.sends) == [500, 1000]
    assert set(Payout.objects.values_list("status", flat=True)) == {"sent"}


def test_a_refund_beyond_what_is_available_is_made_and_the_next_sales_pay_it(ready, desk, sell):
    request_payout(merchant=ready)
    send_due()
    desk.pays()
    payment = Payment.objects.get()

    create_refund(payment=payment)

    assert (pockets(ready), available(ready).now_cents) == ((-4200, 0, 0, 0), 0)
    with pytest.raises(PayoutTooLarge, match="Nothing is available"):
        request_payout(merchant=ready)
    change_policy(merchant=ready, advance_share_bp=8000, advance_cap_cents=100_000)
    sell()
    assert available(ready).now_cents == 0  # the new sale first pays what the refund took
    sell()
    settled(ready, sequence=2)
    assert available(ready).now_cents == 4200
    assert request_payout(merchant=ready).amount_cents == 4200


def test_selling_refunding_and_paying_out_again_and_again_never_owes_more_than_the_cap(acme, sell, desk):
    change_policy(merchant=acme, advance_share_bp=9500, advance_cap_cents=3000)
    an_account(acme)
    for _ in range(3):
        payment = sell()
        with contextlib.suppress(PayoutTooLarge):
            request_payout(merchant=acme, is_instant=True)
        create_refund(payment=payment)

    assert pockets(acme) == (0, 0, 3000, 3000)
    sell()
    assert available(acme).now_cents == 0


def test_an_advance_is_taken_back_each_time_that_its_payout_does_not_arrive(acme, sell, desk):
    change_policy(merchant=acme, advance_share_bp=8000, advance_cap_cents=10_000)
    an_account(acme)
    sell()
    request_payout(merchant=acme, amount_cents=2000)
    send_due()
    [transfer] = BankTransfer.objects.all()
    desk.refusing = {transfer.public_id: "AC04"}
    take_receipt(desk.status(transfer.batch.public_id)[0])  # failed: the advance is none any more
    BankAccount.objects.update(status="verified", is_default=True)
    request_payout(merchant=acme, amount_cents=1000)  # advanced anew
    desk.pays(line_of(desk.transfers[transfer.public_id]))  # and the first one paid after all
    money(acme, 3000)

    desk.returns(transfer.public_id, 2000)

    assert TreasuryCase.objects.filter(kind="unreadable").count() == 0
    assert (Payout.objects.get(transfer=transfer).status, pockets(acme)) == ("returned", (4200, 2000, 1000, 0))


def test_a_returned_payout_is_the_merchants_again_less_the_fee(ready, desk):
    change_policy(merchant=ready, return_fee_cents=500)
    payout = request_payout(merchant=ready)
    send_due()
    desk.pays()
    [transfer] = BankTransfer.objects.all()

    desk.returns(transfer.public_id, 4200)

    payout.refresh_from_db()
    assert (payout.status, payout.failure_code, pockets(ready)) == ("returned", "R03", (0, 3700, 0, 0))
    assert BankAccount.objects.get().status == "refused"
    assert platform(Account.Kind.BANK_DUE) == 4200
    desk.pays(line_of(desk.transfers[transfer.public_id], cents=4200, kind="return", bank_reference="BACK"))
    assert (platform(Account.Kind.BANK_DUE), platform(Account.Kind.BANK_CASH)) == (0, 100_000_00)


def test_a_return_on_the_statement_alone_is_enough(ready, desk):
    request_payout(merchant=ready)
    send_due()
    desk.pays()
    [sent] = desk.transfers.values()

    desk.pays(line_of(sent, cents=4200, kind="return", bank_reference="BACK", code="R03"))

    payout = Payout.objects.get()
    assert (payout.status, payout.failure_code, pockets(ready)) == ("returned", "R03", (0, 4200, 0, 0))


def test_a_locked_key_stops_the_payout_before_anything_is_sent(ready, desk, monkeypatch):
    payout = request_payout(merchant=ready)

    def locked(transfer):
        raise MerchantKeyRevoked

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_credit", locked)
        send_due()

    payout.refresh_from_db()
    assert (payout.status, payout.failure_code, desk.sends) == ("failed", "key_locked", [])
    assert pockets(ready) == (0, 4200, 0, 0)


def test_a_key_locked_while_the_bank_thinks_leaves_what_it_took_standing(ready, desk, monkeypatch):
    request_payout(merchant=ready)
    desk.fates = ["silent after"]
    send_due()

    def locked(transfer):
        raise MerchantKeyRevoked

    monkeypatch.setattr(sending, "_credit", locked)
    assert due_now() == 1

    assert (Payout.objects.get().status, len(desk.sends)) == ("sent", 1)


def test_one_merchants_locked_key_keeps_no_other_waiting(ready, globex, sell, desk, monkeypatch):
    sell(globex)
    settled(globex, sequence=2)
    an_account(globex)
    request_payout(merchant=ready)
    request_payout(merchant=globex)
    real = sending._credit

    def locked(transfer):
        if transfer.bank_account.merchant_id == ready.pk:
            raise MerchantKeyRevoked
        return real(transfer)

    monkeypatch.setattr(sending, "_credit", locked)
    send_due()
    due_now()

    assert dict(Payout.objects.values_list("merchant__name", "status")) == {"Acme": "failed", "Globex": "sent"}


def test_a_queued_payout_can_be_called_back_and_a_sent_one_not(ready, desk):
    payout = request_payout(merchant=ready)
    assert [cancel_payout(payout=payout).status, cancel_payout(payout=payout).status] == ["cancelled", "cancelled"]
    assert pockets(ready) == (0, 4200, 0, 0)
    second = request_payout(merchant=ready)
    send_due()

    with pytest.raises(PayoutNotCancellable):
        cancel_payout(payout=second)
    assert pockets(ready) == (0, 0, 4200, 0)


def test_an_instant_payout_that_is_held_can_be_called_back_and_no_bank_ever_hears_of_it(ready, desk):
    payout = request_payout(merchant=ready, is_instant=True)
    hold(by=staff_person(RISK), merchant=ready, what="payouts", reason="We are looking into a dispute.")
    send_due()

    assert [cancel_payout(payout=payout).status, cancel_payout(payout=payout).status] == ["cancelled", "cancelled"]

    Control.objects.update(payouts_held_until=timezone.now())
    send_due()
    assert (desk.sends, pockets(ready)) == ([], (0, 4200, 0, 0))
    assert (BankTransfer.objects.get().status, BankBatch.objects.get().status) == ("cancelled", "refused")


def test_an_instant_payout_that_the_bank_may_have_is_not_called_back(ready, desk):
    desk.fates = ["down"]
    payout = request_payout(merchant=ready, is_instant=True)
    send_due()

    with pytest.raises(PayoutNotCancellable):
        cancel_payout(payout=payout)
    assert pockets(ready) == (0, 0, 4200, 0)


def test_batches_that_follow_each_other_have_numbers_that_an_ach_file_can_tell_apart(ready, desk):
    for _ in range(37):
        request_payout(merchant=ready, amount_cents=100, is_instant=True)

    numbers = list(BankBatch.objects.order_by("pk").values_list("number", flat=True))

    assert (len(set(numbers[:36])), set(numbers)) == (36, set(range(36)))
    assert numbers[36] == numbers[0]


def test_the_treasury_agrees_with_the_book_after_all_of_it(ready, desk):
    change_policy(merchant=ready, advance_share_bp=8000, advance_cap_cents=10_000, instant_fee_bp=100)
    request_payout(merchant=ready, amount_cents=1000, is_instant=True)
    cancel_payout(payout=request_payout(merchant=ready, amount_cents=500))
    desk.fates = ["refused"]
    send_due()

    assert [finding.broken for finding in integrity.findings()] == [[]] * len(integrity.all_checks())


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE treasury_payout SET amount_cents = amount_cents + 1", "payout 1001 and fee 0"),
        ("UPDATE treasury_settlement SET net_cents = net_cents + 1, sale_cents = sale_cents + 1", "settlement 4201"),
        ("INSERT INTO ledger_balancesnapshot (account_id, upto_leg_id, balance_cents, taken_at) SELECT min(id), 0, 5, now() FROM ledger_account",
         "snapshot says 5"),
    ],
)  # fmt: skip
def test_whatever_differs_is_found_and_named(ready, sql, named):
    request_payout(merchant=ready, amount_cents=1000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")

    told = [words for finding in integrity.findings() for _, words in finding.broken]

    assert any(named in words for words in told), told
