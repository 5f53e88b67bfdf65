"""What may befall a sale besides its own course: a letter is awaited, a bank disputes it, a subscription renews it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from checkout.disputes.take import DisputeCasesLeft, take_dispute_file
from checkout.letter_holds.settle import tend_letter_holds
from checkout.models import CheckoutSession, Dispute, LetterHold, Payment, Renewal, Subscription, Tender
from checkout.network.dispute_file import DisputeMessage, write_disputes
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.services.saved_cards import finish_saved_cards
from checkout.services.wallet import CardOffer
from checkout.subscriptions.changing import CardChoice, start_subscription
from checkout.subscriptions.renewing import run_renewals
from checkout.tests.conftest import FSA, HSA, VISA, VISA_DECLINED, line
from checkout.tests.dying import deaths, dying
from checkout.tests.subscription_samples import AGREED, BASKET
from checkout.tests.wire import FATES, WELL
from eligibility.letters.moves import locked, move
from eligibility.tests.letter_samples import a_shopper, in_review, issued, item

GUN = "Therapeutic massage gun"
EMPTY, STOPPED = "9999590000000517", "9999490000005105"  # verified, and then without money; good while its holder is there
WAITING = (
    "checkout.services.pay.verify_fallback", "checkout.services.pay.begin_hold", "checkout.services.pay.hold_payment",
    "checkout.services.asking._ask", "checkout.services.asking.record_answer",
)  # fmt: skip
TENDING = tuple(
    f"checkout.letter_holds.{step}"
    for step in (
        "settle.note_question", "settle.send_question", "settle.note_answer", "settle._finish", "settle.capture_session", "settle.end_token",
        "renew.note_question", "renew.send_question", "renew.note_answer", "renew.release_tenders", "settle.release_tenders",
    )
)  # fmt: skip
DISPUTING = tuple(
    f"checkout.disputes.{step}" for step in ("opening.book_debit", "opening.tell", "opening.book_won", "take._noted")
)
RENEWING = (
    "checkout.subscriptions.renewing._claim", "checkout.subscriptions.renewing._pay", "checkout.subscriptions.renewing._note",
    "checkout.subscriptions.renewing.settle_paid", "checkout.subscriptions.renewing.settle_refused",
    "checkout.services.asking._ask", "checkout.services.pay._finish",
)  # fmt: skip


class LaterLife(RuleBasedStateMachine):
    """Rules of a life; the machine that lives it says whose it is, on which wire, and what time it is."""

    doctor = None

    # --- Letters ---

    @rule(
        other=st.sampled_from([VISA, VISA, EMPTY, STOPPED, VISA_DECLINED]), fallback=st.sampled_from(["card", "drop"]),
        basket=st.sampled_from([[line(cents=3000), line(GUN, 14900)], [line(GUN, 9900)]]), manual=st.booleans(),
        fates=st.lists(st.sampled_from((WELL, *FATES)), max_size=3), death=deaths(WAITING),
    )  # fmt: skip
    def wait_for_a_letter(self, other, fallback, basket, manual, fates, death):
        shopper = a_shopper(self.merchant, f"pip{CheckoutSession.objects.count()}@example.com")
        session = self.open_a_session(basket, manual, shopper=shopper, letters_of=shopper)
        offers = self.offers((HSA, other), None)
        self.wire.fates = list(fates)
        with dying(death):
            pay_session(session=session, cards=offers, letter_hold=fallback, attempt_key=self.new_key(session, offers, fallback))
        self.wire.fates = []

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), is_signed=st.booleans())
    def a_letter_is_decided(self, data, is_signed):
        shopper = data.draw(st.sampled_from(self.waiting())).payment.session.shopper
        if is_signed:
            issued(self.merchant, self.doctor, items=[item(GUN)], shopper=shopper)
        else:
            move(locked(in_review(self.merchant, self.doctor, items=[item(GUN)], shopper=shopper)), "decline", reason="No")

    @precondition(lambda self: self.waiting())
    @rule(days=st.sampled_from([0, 0, 6, 21]), fates=st.lists(st.sampled_from((WELL, *FATES)), max_size=3), death=deaths(TENDING))
    def tend_the_holds(self, days, fates, death):
        self.ahead += timedelta(days=days, minutes=2)
        self.wire.fates = list(fates)
        with dying(death):
            tend_letter_holds()
        self.wire.fates = []

    # --- Disputes ---

    @precondition(lambda self: self.taken_from())
    @rule(
        data=st.data(),
        cents=st.integers(1, 20_000),
        kind=st.sampled_from(["dispute", "dispute", "retrieval"]),
        death=deaths(DISPUTING),
    )
    def a_bank_disputes(self, data, cents, kind, death):
        tender, now = data.draw(st.sampled_from(self.taken_from())), timezone.now()
        self.say(DisputeMessage(
            kind, f"CB-{Dispute.objects.count()}", tender.network, "13.1", tender.rrn, tender.stan, cents, now, now + timedelta(days=20)
        ), death)  # fmt: skip

    @precondition(lambda self: Dispute.objects.exists())
    @rule(data=st.data(), word=st.sampled_from(["won", "lost"]), death=deaths(DISPUTING))
    def the_network_decides(self, data, word, death):
        case = data.draw(st.sampled_from(list(Dispute.objects.order_by("pk"))))
        self.say(DisputeMessage(word, case.case_number, case.network, "", "", "", 0, timezone.now(), None), death)

    def say(self, message, death):
        """The acquirer's file, twice: under another name the second time, with a line more."""
        for lines in ([message], [message, message]):
            with suppress(DisputeCasesLeft), dying(death):
                take_dispute_file(name="cases.csv", content=write_disputes(lines, on=timezone.now().date()).encode())

    # --- Subscriptions ---

    @rule(numbers=st.sampled_from([(FSA, VISA), (HSA, VISA), (HSA, STOPPED)]))
    def subscribe(self, numbers):
        shopper = a_shopper(self.merchant, f"sub{CheckoutSession.objects.count()}@example.com")
        for number in numbers:
            session = self.open_a_session([line()], manual=False, shopper=shopper, letters_of=shopper)
            [offer] = self.offers((number,), None)
            with dying(None):
                pay_session(session=session, cards=[CardOffer(param=offer.param, token=offer.token, save=AGREED)])
        send_due_advices()
        finish_saved_cards()
        cards = [CardChoice(card.public_id) for card in shopper.saved_cards.filter(status="active").order_by("pk")]
        with dying(None):
            start_subscription(merchant=self.merchant, shopper=shopper, lines=BASKET, cards=cards, unit="week")

    @precondition(lambda self: Subscription.objects.exists())
    @rule(days=st.sampled_from([0, 0, 3, 8]), fates=st.lists(st.sampled_from((WELL, *FATES)), max_size=3), death=deaths(RENEWING))
    def renew(self, days, fates, death):
        self.ahead += timedelta(days=days, minutes=2)
        self.wire.fates = list(fates)
        with dying(death):
            run_renewals()
        self.wire.fates = []

    # --- What is always so ---

    @invariant()
    def no_cent_is_disputed_and_given_back(self):
        for tender in Tender.objects.all():
            assert 0 <= tender.disputed_cents <= tender.captured_cents - tender.refunded_cents
        open_or_lost = [case for case in Dispute.objects.all() if case.status != "won"]
        assert sum(t.disputed_cents for t in Tender.objects.all()) == sum(case.debited_cents for case in open_or_lost)

    @invariant()
    def an_order_that_waits_takes_nothing(self):
        for hold in LetterHold.objects.select_related("payment__session"):
            if hold.status == "awaiting_letter" and hold.payment.session.status == "authorised":
                assert hold.payment.captured_cents == 0
            assert hold.charged_cents <= hold.held_cents

    @invariant()
    def a_period_is_charged_once(self):
        charged = self.charged()
        for renewal in Renewal.objects.select_related("session"):
            mine = CheckoutSession.objects.filter(metadata__renewal=renewal.public_id)
            assert sum(charged.get(session.pk, 0) > 0 for session in mine) <= 1
            assert renewal.status != "paid" or renewal.session.status == "complete"

    # --- Asking ---

    def waiting(self):
        rows = LetterHold.objects.filter(status="awaiting_letter", payment__session__status="authorised")
        return list(rows.select_related("payment__session__shopper").order_by("pk"))

    def taken_from(self):
        return list(
            Tender.objects.filter(status="captured", captured_cents__gt=0, payment__status=Payment.Status.CAPTURED).order_by("pk")
        )
