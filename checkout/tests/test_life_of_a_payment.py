"""The whole life of payments, in any order, with everything that can go wrong at any step: the money stays right.

Hypothesis draws the steps: sessions opened, confirmed with cards of every outcome, captured whole and in parts, let go, expired,
refunded; orders that wait for a letter, disputes, renewals (`later_life`); each call again; the wire down, questions and answers lost
and found again; processes that die between any two steps.
After each step the book balances, nothing is taken or given back above what was approved, and no card is charged twice by
the host's own book. At the end of each life, once everything that repeats has run, the host holds what we think it holds, and
nothing for ever.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import seed as seeded
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from checkout import integrity
from checkout.letter_holds.settle import tend_letter_holds
from checkout.models import CheckoutSession, Dispute, LetterHold, NetworkAdvice, Payment, Refund, Renewal, Tender
from checkout.refunds.allocation import Asked
from checkout.refunds.services import create_refund
from checkout.refunds.settling import settle_answered_refunds
from checkout.services.advices import send_due_advices
from checkout.services.capture import capture_session
from checkout.services.create import create_session
from checkout.services.late_answers import record_late_answer
from checkout.services.pay import pay_session
from checkout.services.release import expire_old_sessions, recover_interrupted, void_session
from checkout.services.tokens import create_card_token
from checkout.services.wallet import CardOffer
from checkout.subscriptions.renewing import run_renewals
from checkout.tests.conftest import CHIPS, FSA, FSA_DECLINED, FSA_PARTIAL, FSA_SILENT, HSA, VISA, VISA_DECLINED, line
from checkout.tests.dying import deaths, dying
from checkout.tests.later_life import GUN, LaterLife
from checkout.tests.wire import FATES, WELL, Wire
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import MASSAGE, a_clinician, item
from ledger.models import Account, Leg
from ledger.selectors import merchant_balance

pytestmark = pytest.mark.django_db
OWED_TO_US = {Account.Kind.NETWORK_BENEFIT, Account.Kind.NETWORK_ORDINARY, Account.Kind.PROCESSOR_DUE}
CARDS = (FSA, FSA_PARTIAL, FSA_DECLINED, FSA_SILENT, HSA, VISA, VISA_DECLINED)
BASKETS = ([line(cents=1001, quantity=3), line(CHIPS, 333, quantity=2)], [line(cents=2000)], [line(CHIPS, 1999)])
# Where a process may die, before the step or after it.
CONFIRMING = (
    "checkout.services.pay.begin_attempt", "checkout.services.asking._ask", "checkout.services.asking._record_next",
    "checkout.services.asking.record_answer", "checkout.services.pay._finish", "checkout.services.pay.complete_payment",
    "checkout.services.pay.hold_payment", "checkout.services.pay.book_capture", "checkout.services.capture._post",
    "checkout.services.pay._fail", "checkout.services.release.release_tenders", "checkout.services.release.record_events",
)  # fmt: skip
CAPTURING = tuple(
    f"checkout.services.capture.{step}" for step in ("_chosen", "_take", "queue_advices", "_post", "close_captured")
)
REFUNDING = tuple(
    f"checkout.refunds.services.{step}" for step in ("_write_legs", "queue_advices", "post_refund", "record_events")
)
RELEASING = (
    "checkout.services.release._close",
    "checkout.services.release.release_tenders",
    "checkout.services.release.queue_advices",
)
SETTLING = ("checkout.refunds.settling._settle", "checkout.services.advices._note")


class Life(LaterLife):
    merchant = None

    def __init__(self):
        super().__init__()
        self.wire, self.ahead, self.keys = Wire(), timedelta(), []
        self.real_now = timezone.now
        self.patches = [
            mock.patch("checkout.services.asking.acquirer", return_value=self.wire),
            mock.patch("checkout.services.advices.acquirer", return_value=self.wire),
            mock.patch("checkout.letter_holds.asking.acquirer", return_value=self.wire),
            mock.patch.object(timezone, "now", self.now),
        ]
        for patch in self.patches:
            patch.start()
        self.all = transaction.atomic()
        self.all.__enter__()

    def now(self):
        return self.real_now() + self.ahead

    # --- What people and machines do ---

    @initialize(
        basket=st.sampled_from(BASKETS), manual=st.booleans(), numbers=st.sampled_from([(FSA, VISA), (FSA_PARTIAL, HSA, VISA), (VISA,)])
    )  # fmt: skip
    def sell(self, basket, manual, numbers):
        """Each life begins with a sale that goes as well as its cards do, so that it gets to what comes afterwards."""
        session = self.open_a_session(basket, manual)
        with dying(None):
            offers = self.offers(numbers, None)
            pay_session(session=session, cards=offers, attempt_key=self.new_key(session, offers))

    @rule(
        data=st.data(), basket=st.one_of(st.none(), st.sampled_from(BASKETS)), manual=st.booleans(),
        numbers=st.lists(st.sampled_from(CARDS), min_size=1, max_size=3, unique=True), limit=st.one_of(st.none(), st.integers(50, 2500)),
        fates=st.lists(st.sampled_from((WELL, *FATES)), max_size=3), death=deaths(CONFIRMING),
    )  # fmt: skip
    def confirm(self, data, basket, manual, numbers, limit, fates, death):
        session = self.open_a_session(basket, manual) if basket else data.draw(st.sampled_from(self.sessions()))
        offers = self.offers(numbers, limit)
        key = self.new_key(session, offers)
        self.wire.fates = list(fates)
        with dying(death):
            pay_session(session=session, cards=offers, attempt_key=key)
        self.wire.fates = []

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def confirm_with_a_key_again(self, data):
        pk, key, offers, letter_hold = data.draw(st.sampled_from(self.keys))
        earlier = Payment.objects.filter(attempt_key=key).first()
        before = (self.charged(), Tender.objects.count())
        answered = False
        with dying(None):
            pay_session(session=self.session(pk), cards=offers, attempt_key=key, letter_hold=letter_hold)
            answered = True
        if earlier is not None:  # a repeat is answered as the call was, and not done again
            assert (self.charged(), Tender.objects.count()) == before
            assert answered == (earlier.status in {"captured", "authorised", "voided"})

    @precondition(lambda self: self.sessions("authorised"))
    @rule(
        data=st.data(), units=st.one_of(st.none(), st.dictionaries(st.integers(0, 1), st.integers(1, 3), min_size=1)),
        cents=st.one_of(st.none(), st.integers(1, 3000)), is_final=st.booleans(), death=deaths(CAPTURING),
    )  # fmt: skip
    def capture(self, data, units, cents, is_final, death):
        session = data.draw(st.sampled_from(self.sessions("authorised")))
        with dying(death):
            capture_session(session=session, units=units, amount_cents=None if units else cents, is_final=is_final)

    @precondition(lambda self: self.sessions("authorised", "complete"))
    @rule(data=st.data(), death=deaths(RELEASING))
    def let_go(self, data, death):
        with dying(death):
            void_session(session=data.draw(st.sampled_from(self.sessions("authorised", "complete"))))

    @precondition(lambda self: self.captured())
    @rule(
        data=st.data(), what=st.sampled_from(["whole", "amount", "line"]), cents=st.integers(1, 4000), position=st.integers(0, 1),
        death=deaths(REFUNDING),
    )  # fmt: skip
    def refund(self, data, what, cents, position, death):
        payment = data.draw(st.sampled_from(self.captured()))
        asked = [Asked(position)] if what == "line" else []
        with dying(death):
            create_refund(payment=payment, asked=asked, amount_cents=cents if what == "amount" else None)

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=4), death=deaths(SETTLING), minutes=st.integers(0, 30))
    def tell_the_network(self, fates, death, minutes):
        self.ahead += timedelta(minutes=minutes)
        self.wire.fates = list(fates)
        with dying(death):
            send_due_advices()
            settle_answered_refunds()
        self.wire.fates = []

    @precondition(lambda self: self.wire.unheard)
    @rule(data=st.data(), twice=st.booleans())
    def an_answer_comes_late(self, data, twice):
        heard = data.draw(st.sampled_from(self.wire.unheard))
        for _ in range(1 + twice):
            record_late_answer(heard)

    @rule(days=st.sampled_from([0, 0, 0, 1, 8]), death=deaths(RELEASING))
    def time_goes_by(self, days, death):
        self.ahead += timedelta(days=days, seconds=settings.SALE_DEADLINE_S + 1)
        with dying(death):
            recover_interrupted()
            expire_old_sessions()

    # --- What is always so ---

    @invariant()
    def the_book_balances(self):
        legs = list(Leg.objects.values_list("account__kind", "amount_cents"))
        assert sum(cents for _, cents in legs) == 0
        taken = sum(t.captured_cents for t in self.tenders())
        back = sum(p.refunded_cents for p in Payment.objects.all())
        disputed = sum(t.disputed_cents for t in self.tenders())
        fees = sum(case.fee_cents for case in Dispute.objects.all())
        assert merchant_balance(self.merchant).total_cents == taken - back - disputed - fees
        due = sum(cents for kind, cents in legs if kind in OWED_TO_US)
        assert due == taken - back - disputed

    @invariant()
    def nothing_is_taken_above_what_was_approved_nor_given_back_above_what_was_taken(self):
        for tender in self.tenders():
            assert tender.refunded_cents <= tender.captured_cents <= tender.approved_cents - tender.released_cents
            assert tender.approved_cents <= tender.requested_cents
        for holding in self.wire.holdings():
            approved = holding.authorised.approved_cents
            assert holding.held_cents >= 0
            assert holding.refunded_cents <= holding.completed_cents <= approved

    @invariant()
    def nobody_is_charged_twice(self):
        charged = self.charged()
        for session in CheckoutSession.objects.prefetch_related("payments"):
            alive = [p for p in session.payments.all() if p.status in {"processing", "authorised", "captured"}]
            assert len(alive) <= 1
            assert charged.get(session.pk, 0) <= session.amount_total_cents
            assert sum(p.captured_cents for p in session.payments.all()) <= session.amount_total_cents

    def integrity_is_clean(self):
        assert [finding for finding in integrity.findings() if finding.broken] == []

    def teardown(self):
        try:
            self.come_to_rest()
        finally:
            transaction.set_rollback(True)
            self.all.__exit__(None, None, None)
            for patch in self.patches:
                patch.stop()

    def come_to_rest(self):
        """Run everything that repeats, until nothing is left to do; then look at the host's book line by line."""
        self.wire.fates = []
        for heard in self.wire.unheard:
            record_late_answer(heard)
        for _ in range(12):
            self.ahead += timedelta(seconds=settings.SALE_DEADLINE_S + 700)
            recover_interrupted()
            expire_old_sessions()
            tend_letter_holds()
            run_renewals()
            send_due_advices()
            settle_answered_refunds()
            if not NetworkAdvice.objects.filter(acknowledged_at=None).exists():
                break
        assert not NetworkAdvice.objects.filter(acknowledged_at=None).exists()
        assert not NetworkAdvice.objects.filter(is_refused=True).exists()
        assert not Refund.objects.filter(status="pending").exists()
        assert not CheckoutSession.objects.filter(status="processing").exists()
        assert not Renewal.objects.filter(status="paying").exists()
        assert not LetterHold.objects.filter(asking__isnull=False).exists()
        by_rrn = {tender.rrn: tender for tender in self.tenders()}
        for holding in self.wire.holdings():
            if not holding.authorised.requested_cents:
                continue  # a card was only verified
            tender = by_rrn[holding.authorised.rrn]
            waits = tender.payment.session.status == "authorised" and tender.status in {"approved", "captured"}
            assert holding.held_cents == (tender.held_cents if waits else 0), "the host holds for ever"
            assert holding.completed_cents == tender.captured_cents
            assert holding.refunded_cents == tender.refunded_cents
        self.the_book_balances()
        self.nobody_is_charged_twice()
        self.integrity_is_clean()

    # --- Asking ---

    def open_a_session(self, basket, manual, **fields):
        return create_session(
            merchant=self.merchant, lines=basket, success_url="https://shop.example/t", cancel_url="https://shop.example/c",
            capture_method="manual" if manual else "automatic", **fields,
        )  # fmt: skip

    def offers(self, numbers, limit):
        tokens = [
            create_card_token(merchant=self.merchant, number=number, exp_month=12, exp_year=2030, cvc="123")[1]
            for number in numbers
        ]
        return [CardOffer(param=f"cards[{n}]", token=token, limit_cents=None if n else limit) for n, token in enumerate(tokens)]

    def new_key(self, session, offers, letter_hold=""):
        key = f"key-{len(self.keys)}"
        self.keys.append((session.pk, key, offers, letter_hold))
        return key

    def sessions(self, *statuses):
        rows = CheckoutSession.objects.select_related("merchant").order_by("pk")
        return list(rows.filter(status__in=statuses) if statuses else rows)

    def session(self, pk):
        return CheckoutSession.objects.select_related("merchant").get(pk=pk)

    def captured(self):
        return list(Payment.objects.filter(status="captured").select_related("session__merchant").order_by("pk"))

    def tenders(self):
        return list(Tender.objects.select_related("payment__session").order_by("pk"))

    def charged(self):
        """Session -> cents completed, by the host's own book."""
        found = {}
        for tender in self.tenders():
            holding = self.wire.holding(tender.rrn)
            if holding:
                found[tender.payment.session_id] = found.get(tender.payment.session_id, 0) + holding.completed_cents
        return found


@pytest.fixture
def store(acme, evidence):
    acme.letter_hold_days = 20
    acme.save(update_fields=["letter_hold_days"])
    record_review(merchant=acme, item=item(GUN), category_code=MASSAGE, reviewer=None)
    return acme


def live(merchant, *, lives, steps, seed=None):
    """seed None: the same lives each time; else those of this seed, which a failure prints together with a blob to repeat it."""
    machine = type("LifeOfOne", (Life,), {"merchant": merchant, "doctor": a_clinician()})
    kind = {
        "max_examples": lives,
        "stateful_step_count": steps,
        "derandomize": seed is None,
        "print_blob": True,
        "database": None,
    }
    if seed is not None:
        print(f"LIFE_SEED={seed}")  # shown by pytest where the test fails
        machine = seeded(seed)(machine)
    run_state_machine_as_test(machine, settings=effort(**kind, deadline=None, suppress_health_check=list(HealthCheck)))


def test_some_lives(store):
    live(store, lives=10, steps=10)


@pytest.mark.slow
def test_many_long_lives(store):
    live(store, lives=int(os.environ.get("LIVES", "60")), steps=40, seed=int(os.environ.get("LIFE_SEED", secrets.randbits(32))))
