"""Payouts over the API: twice at once, twice in a row, by a process that dies between the money and its answer, and with odd amounts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from checkout.models import Payment, Refund
from checkout.tests.test_faults import in_threads
from common.api import idempotency
from common.models import IdempotencyKey
from conftest import api_for
from ledger.selectors import merchant_balance
from treasury.models import BankAccount, BankTransfer, Payout
from treasury.services.payouts import cancel_payout
from treasury.tests.samples import an_account, money

pytestmark = pytest.mark.django_db
AMOUNT = {"amount_cents": 2100}


@pytest.fixture
def rich(acme):
    """$42.00 and an account."""
    money(acme, 4200)
    an_account(acme)
    return acme


@pytest.fixture
def dies(monkeypatch):
    """The process that makes the next call dies as it writes its answer down."""

    def death(*_):
        raise SystemExit

    def die_once(call):
        with monkeypatch.context() as patched:
            patched.setattr(idempotency, "_answer", death)
            with pytest.raises(SystemExit):
                call()

    return die_once


def pay(api, key, **body):
    return api.post("/v1/payouts", AMOUNT | body, headers={"Idempotency-Key": key} if key else {})


def lease_ends():
    IdempotencyKey.objects.update(leased_until=timezone.now())


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "1e3", 10**20, "2100 "], ids=str)
def test_an_amount_that_is_none_is_refused_and_nothing_moves(rich, acme_api, amount):
    answer = pay(acme_api, "k", amount_cents=amount)

    assert (answer.status_code, Payout.objects.count()) == (400, 0)
    assert merchant_balance(rich).settled_cents == 4200


def test_another_merchants_account_is_not_there(rich, acme_api, globex):
    theirs = an_account(globex, number="000999888777")

    assert pay(acme_api, "k", bank_account=theirs.public_id).status_code == 404
    assert not BankTransfer.objects.exists()


def test_another_merchants_payout_is_neither_seen_nor_called_back(rich, acme_api, globex_api):
    payout = pay(acme_api, "k").json()["id"]

    assert globex_api.get(f"/v1/payouts/{payout}").status_code == 404
    assert globex_api.post(f"/v1/payouts/{payout}/cancel").status_code == 404
    assert Payout.objects.get().status == "pending"


@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_no_cent_leaves_twice(rich):
    answers = in_threads(4, lambda number: pay(api_for(rich), f"key-{number}").status_code)

    assert sorted(answers) == [201, 201, 402, 402]
    assert merchant_balance(rich).settled_cents == 0


@pytest.mark.django_db(transaction=True)
def test_one_key_in_many_calls_at_once_pays_once(rich):
    answers = in_threads(4, lambda _: pay(api_for(rich), "one").status_code)

    assert set(answers) <= {201, 409}
    assert Payout.objects.count() == 1
    assert pay(api_for(rich), "one").headers["Idempotent-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_called_back_and_sent_again_by_many_at_once_gives_the_money_back_once(rich, acme_api):
    pay(acme_api, "k")
    payout = Payout.objects.get()

    in_threads(4, lambda _: cancel_payout(payout=Payout.objects.get(pk=payout.pk)).status)

    assert (merchant_balance(rich).settled_cents, merchant_balance(rich).in_transit_cents) == (4200, 0)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_before_it_answers_has_paid_nothing_and_the_repeat_pays_once(rich, acme_api, dies):
    dies(lambda: pay(acme_api, "k"))
    assert pay(acme_api, "k").status_code == 409  # somebody may still be at it
    lease_ends()

    first, again = pay(acme_api, "k"), pay(acme_api, "k")

    assert (first.status_code, again.content, Payout.objects.count()) == (201, first.content, 1)
    assert merchant_balance(rich).in_transit_cents == 2100


@pytest.mark.django_db(transaction=True)
def test_a_refund_whose_process_died_is_made_once_by_the_repeat(acme, acme_api, sell, dies):
    body = {"payment": sell().public_id, "amount_cents": 500}

    def refund():
        return acme_api.post("/v1/refunds", body, headers={"Idempotency-Key": "k"})

    dies(refund)
    lease_ends()

    assert (refund().status_code, refund().status_code) == (201, 201)
    assert (Refund.objects.count(), Payment.objects.get().refunded_cents) == (1, 500)


def test_a_refused_payout_gives_its_key_back(rich, acme_api):
    BankAccount.objects.update(usable_at=timezone.now() + timezone.timedelta(hours=1))
    assert pay(acme_api, "k").status_code == 409
    BankAccount.objects.update(usable_at=timezone.now())

    assert pay(acme_api, "k").status_code == 201
