"""Orders that wait for a letter while the benefit card holds the money."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from checkout import errors
from checkout.integrity import findings
from checkout.letter_holds import asking, settle
from checkout.letter_holds.renew import RENEW_BEFORE
from checkout.letter_holds.settle import tend_letter_holds
from checkout.models import CardToken, CheckoutSession, LetterHold, NetworkAdvice, Payment, SavedCard, SpareToken, Tender
from checkout.network.cards import luhn_ok
from checkout.network.errors import NetworkTimeout, NetworkUnavailable
from checkout.network.tokens import SandboxTokenService, card_number_of
from checkout.services.capture import capture_session
from checkout.services.pay import pay_session
from checkout.services.release import void_session
from checkout.services.wallet import CardOffer
from checkout.tests.conftest import CHIPS, FSA, HSA, VISA, VISA_DECLINED, line
from checkout.tests.held import assert_book_balances, events, send_everything
from eligibility.letters.moves import locked, move
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import MASSAGE, a_clinician, a_shopper, in_review, issued, item
from people.models import WaitingLetter

pytestmark = pytest.mark.django_db
MASTERCARD_EMPTY = "9999590000000517"  # its account is good; there is nothing on it
GUN = "Therapeutic massage gun"
BASKET = [line(cents=3000), line(GUN, 14900)]


@pytest.fixture
def store(acme):
    acme.letter_hold_days = 20
    acme.save(update_fields=["letter_hold_days"])
    record_review(merchant=acme, item=item(GUN), category_code=MASSAGE, reviewer=None)
    return acme


@pytest.fixture
def doctor(db):
    return a_clinician()


@pytest.fixture
def buy(store, open_session, token):
    def bought(fallback="drop", *, benefit=HSA, other=VISA, basket=BASKET, **fields):
        shopper = a_shopper(store)
        session = open_session(store, basket, shopper=shopper, letters_of=shopper, **fields)
        cards = {"benefit_token": token(store, benefit)} | ({"card_token": token(store, other)} if other else {})
        return pay_session(session=session, letter_hold=fallback, **cards)

    return bought


def hold() -> LetterHold:
    return LetterHold.objects.get()


def state(session):
    session.refresh_from_db()
    return session.status


def by_card():
    return {(t.kind, t.awaits_letter): (t.status, t.captured_cents) for t in Tender.objects.order_by("position")}


def assert_sound():
    send_everything()
    assert_book_balances()
    assert [f for f in findings() if f.broken] == []
    assert not NetworkAdvice.objects.filter(is_refused=True).exists()


def test_the_benefit_card_holds_the_item_apart_and_never_calls_it_substantiated(buy):
    session = buy()

    listed, awaited = Tender.objects.order_by("position")
    assert (session.status, hold().status, hold().held_cents, hold().positions) == ("authorised", "awaiting_letter", 14900, [1])
    assert (listed.approved_cents, listed.is_substantiated) == (3000, True)
    assert (awaited.approved_cents, awaited.is_substantiated, awaited.awaits_letter) == (14900, False, True)
    assert [e.type for e in events("payment.awaiting_letter")] == ["payment.awaiting_letter"]
    assert WaitingLetter.objects.count() == 1
    with pytest.raises(errors.LetterAwaited):
        capture_session(session=session)


def test_nothing_happens_while_the_letter_is_awaited(buy):
    session = buy()

    assert tend_letter_holds() == 0
    assert state(session) == "authorised"


def test_a_letter_in_time_captures_the_whole_order(buy, store, doctor):
    session = buy()
    letter = issued(store, doctor, items=[item(GUN)])

    assert (tend_letter_holds(), tend_letter_holds()) == (1, 0)

    assert (state(session), hold().status, hold().letters) == ("complete", "approved", {"1": letter.public_id})
    assert by_card() == {("benefit", False): ("captured", 3000), ("benefit", True): ("captured", 14900)}
    assert hold().card_references is None
    assert len(events("payment.letter_approved")) == 1
    assert_sound()


def test_a_refused_letter_lets_the_other_card_pay_if_the_shopper_chose_so(buy, store, doctor):
    session = buy("card")
    move(locked(in_review(store, doctor, items=[item(GUN)])), "decline", reason="No")

    assert (tend_letter_holds(), tend_letter_holds()) == (1, 0)

    assert (state(session), hold().status, hold().charged_cents) == ("complete", "refused", 14900)
    assert by_card() == {
        ("benefit", False): ("captured", 3000),
        ("benefit", True): ("reversed", 0),
        ("ordinary", False): ("captured", 14900),
    }
    assert_sound()


def test_a_refused_letter_drops_the_item_if_the_shopper_chose_so(buy, store, doctor):
    session = buy("drop")
    move(locked(in_review(store, doctor, items=[item(GUN)])), "decline", reason="No")

    tend_letter_holds()

    assert (state(session), hold().status, hold().dropped, hold().dropped_cents) == ("complete", "refused", [1], 14900)
    assert Payment.objects.get().captured_cents == 3000
    assert_sound()


def test_the_paid_page_tells_what_was_taken_or_is_held_and_nothing_that_was_let_go(buy, store, doctor, client):
    session = buy("drop")
    address = f"/pay/{session.public_id}/"
    held = client.get(address).content.decode()
    move(locked(in_review(store, doctor, items=[item(GUN)])), "decline", reason="No")
    tend_letter_holds()

    paid = client.get(address)

    assert "Approved $179.00 to" in held
    assert "Paid $30.00 to" in paid.content.decode()
    assert [row["amount_cents"] for row in paid.context["tenders"]] == [3000]
    assert "179.00" not in paid.content.decode()
    assert "149.00" not in paid.content.decode()


def test_the_mail_about_items_left_out_counts_them_and_names_none(buy):
    session = buy("drop")
    LetterHold.objects.update(deadline_at=timezone.now())

    tend_letter_holds()

    waits, ended = (json.loads(letter.content) for letter in WaitingLetter.objects.order_by("pk"))
    assert "Left out of the order: 1 item for $149.00." in ended["text"]
    assert "Left out of the order: 1 item for $149.00." in ended["html"]
    for mail in (waits, ended):
        assert not any(row.title in mail["text"] + mail["html"] + mail["subject"] for row in session.lines.all())


def test_an_order_of_nothing_else_is_let_go_whole(buy, store, doctor):
    session = buy("drop", basket=[line(GUN, 14900)])
    LetterHold.objects.update(deadline_at=timezone.now())

    tend_letter_holds()

    assert (state(session), hold().status) == ("cancelled", "late")
    assert_sound()


def test_of_two_items_the_one_with_a_letter_is_paid_and_the_rest_reversed(buy, store, doctor):
    belt = "Heated back belt massager"
    record_review(merchant=store, item=item(belt), category_code=MASSAGE, reviewer=None)
    session = buy("drop", basket=[line(GUN, 14900), line(belt, 5000)])
    issued(store, doctor, items=[item(GUN)], categories=[])
    LetterHold.objects.update(deadline_at=timezone.now())

    tend_letter_holds()

    assert (state(session), hold().dropped) == ("complete", [1])
    assert Tender.objects.get().captured_cents == 14900
    assert NetworkAdvice.objects.get(kind="reversal").amount_cents == 5000
    assert_sound()


def test_the_other_card_declines_and_the_item_is_left_out(buy, store):
    session = buy("card", other=MASTERCARD_EMPTY)
    LetterHold.objects.update(deadline_at=timezone.now())

    tend_letter_holds()

    assert (state(session), hold().status, hold().charged_cents, hold().dropped) == ("complete", "late", 0, [1])
    assert_sound()


def test_a_fallback_card_that_pays_nothing_now_is_verified_before_the_order_waits(buy):
    with pytest.raises(errors.OtherCardDeclined) as refused:
        buy("card", other=VISA_DECLINED)

    assert (refused.value.param, refused.value.details["network_code"]) == ("card_token", "05")
    assert Payment.objects.get().failure_code == "card_declined"
    assert not LetterHold.objects.exists()
    assert {t.held_cents for t in Tender.objects.all()} == {0}
    assert_sound()


def test_the_fallback_charge_names_the_verification_and_the_cards_own_expiry(buy, monkeypatch):
    buy("card")
    [fallback] = [card for card in hold().card_references if card["kind"] == "ordinary"]
    asked, real = [], asking.acquirer
    spy = type("Spy", (), {"authorise": lambda self, request: asked.append(request) or real().authorise(request)})()
    monkeypatch.setattr(asking, "acquirer", lambda: spy)
    LetterHold.objects.update(deadline_at=timezone.now())

    tend_letter_holds()

    charged = Tender.objects.get(kind="ordinary")
    typed = CardToken.objects.get(public_id=fallback["uses"][0])
    assert (asked[0].stored.initiator, asked[0].stored.original) == ("merchant", fallback["verified_by"])
    assert (charged.status, charged.captured_cents) == ("captured", 14900)
    assert (charged.card_token.exp_month, charged.card_token.exp_year) == (typed.exp_month, typed.exp_year)


def test_a_silent_network_is_asked_again_and_never_charged_twice(buy, store, monkeypatch):
    session = buy("card")
    LetterHold.objects.update(deadline_at=timezone.now())
    silent = type("Silent", (), {"authorise": lambda self, request: (_ for _ in ()).throw(NetworkTimeout("silent"))})()
    with monkeypatch.context() as patched:
        patched.setattr(asking, "acquirer", lambda: silent)
        tend_letter_holds()
    assert (state(session), hold().status, hold().failed_count) == ("authorised", "awaiting_letter", 1)

    tend_letter_holds()

    assert (state(session), hold().charged_cents) == ("complete", 14900)
    assert sum(t.captured_cents for t in Tender.objects.all()) == 17900
    assert_sound()


def test_an_asker_that_died_leaves_nothing_held(buy, store, monkeypatch):
    session = buy("card")
    LetterHold.objects.update(deadline_at=timezone.now())
    with monkeypatch.context() as patched:
        patched.setattr(settle, "send_question", lambda *_: (_ for _ in ()).throw(SystemExit()))
        with pytest.raises(SystemExit):
            tend_letter_holds()
    assert tend_letter_holds() == 0  # it may still live
    LetterHold.objects.update(asking_since=timezone.now() - timedelta(hours=1))

    assert [tend_letter_holds(), tend_letter_holds()] == [1, 1]

    assert (state(session), hold().charged_cents) == ("complete", 14900)
    assert_sound()


def test_an_ageing_hold_is_renewed_and_the_old_one_let_go(buy, store, doctor):
    session = buy()
    aged = timezone.now() - timedelta(days=7) + RENEW_BEFORE
    Tender.objects.update(transmitted_at=aged)
    CheckoutSession.objects.update(expires_at=aged + timedelta(days=7, hours=-2))

    assert [tend_letter_holds() for _ in range(3)] == [1, 1, 0]

    session.refresh_from_db()
    assert session.expires_at > timezone.now() + timedelta(days=6)
    assert sorted(t.held_cents for t in Tender.objects.all()) == [0, 0, 3000, 14900]
    assert (hold().renewed_count, len(events("payment.reauthorised"))) == (2, 2)
    issued(store, doctor, items=[item(GUN)])
    tend_letter_holds()
    assert Payment.objects.get().captured_cents == 17900
    assert_sound()


def test_each_hold_is_renewed_at_its_own_card_though_two_end_in_the_same_digits(store, open_session, token, monkeypatch):
    twin = next(number for number in (f"{HSA[:9]}{i:03}{HSA[-4:]}" for i in range(1, 999)) if luhn_ok(number))
    shopper = a_shopper(store)
    session = open_session(store, BASKET, shopper=shopper, letters_of=shopper)
    limited = CardOffer(param="cards[0]", token=token(store, HSA), limit_cents=1000)
    pay_session(session=session, letter_hold="drop", cards=[limited, CardOffer(param="cards[1]", token=token(store, twin))])
    held = [
        (t.card_token.card_number, t.approved_cents) for t in Tender.objects.select_related("card_token").order_by("position")
    ]
    asked, real = [], asking.acquirer

    class Listening:
        def authorise(self, request):
            number = card_number_of(request.card.pan, store.card_acceptor_id)
            asked.append((number, request.amount_cents, request.stored.original if request.stored else ""))
            return real().authorise(request)

    monkeypatch.setattr(asking, "acquirer", Listening)
    for _ in range(2):  # the second renewal finds the card of a charge that was itself a renewal
        aged = timezone.now() - timedelta(days=7) + RENEW_BEFORE
        Tender.objects.filter(status="approved").update(transmitted_at=aged)
        CheckoutSession.objects.update(expires_at=aged + timedelta(days=7, hours=-2))
        while tend_letter_holds():
            pass

    assert sorted(held) == sorted([(HSA, 1000), (twin, 2000), (twin, 14900)])
    assert sorted((number, cents) for number, cents, _ in asked) == sorted(2 * held)
    first = {
        t.card_token.card_number: t.network_reference for t in Tender.objects.order_by("-position") if t.card_token.card_number
    }
    assert {(number, original) for number, _, original in asked} == set(first.items())
    send_everything()
    assert [f for f in findings() if f.broken] == []


def test_a_card_that_does_not_bear_two_holds_moves_the_deadline(buy, monkeypatch):
    session = buy()
    aged = timezone.now() - timedelta(days=7) + RENEW_BEFORE
    Tender.objects.update(transmitted_at=aged)
    CheckoutSession.objects.update(expires_at=aged + timedelta(days=7, hours=-2))
    references = hold().card_references
    from checkout.tests.conftest import FSA_EMPTY

    number = asking.token_service().provision(
        asking.Card(FSA_EMPTY, 12, 2030, None, "visa"), acceptor_id=session.merchant.card_acceptor_id
    )
    LetterHold.objects.all()
    row = hold()
    row.card_references = [{**one, "reference": number} for one in references]
    row.save()

    tend_letter_holds()

    session.refresh_from_db()
    assert hold().deadline_at < session.expires_at
    assert sorted(t.held_cents for t in Tender.objects.all()) == [0, 3000, 14900]
    assert len(events("payment.reauthorisation_failed")) == 1


def test_letting_the_sale_go_ends_the_wait(buy):
    session = buy()

    void_session(session=session)

    assert (state(session), hold().status) == ("cancelled", "released")
    assert tend_letter_holds() == 0
    assert hold().card_references is None
    assert_sound()


def test_letting_the_sale_go_while_a_bank_is_asked_ends_the_question_too(buy, monkeypatch):
    session = buy("card")
    LetterHold.objects.update(deadline_at=timezone.now())

    def ask_while_the_merchant_lets_go(tender, card, of):
        result = real(tender, card, of)
        void_session(session=session)
        return result

    real = settle.send_question
    monkeypatch.setattr(settle, "send_question", ask_while_the_merchant_lets_go)

    tend_letter_holds()

    assert (state(session), hold().status, hold().charged_cents) == ("cancelled", "released", 0)
    assert (hold().asking, hold().asking_since) == (None, None)
    assert sum(t.held_cents for t in Tender.objects.all()) == 0
    assert_sound()


def test_the_network_ends_the_tokens_of_cards_that_were_asked_for_a_letter_alone(buy, store, monkeypatch):
    buy()
    references = [card["reference"] for card in hold().card_references]
    ended, down = [], [True]

    def end(self, reference):
        if down:
            raise NetworkUnavailable(str(down.pop()))
        ended.append(reference)

    monkeypatch.setattr(SandboxTokenService, "end", end)
    tend_letter_holds()
    assert (ended, down) == ([], [True])  # the order still waits
    shopper = CheckoutSession.objects.get().shopper
    SavedCard.objects.create(
        merchant=store, shopper=shopper, typed_as=Tender.objects.first().card_token, status="active", network="visa", account_kind="hsa",
        last4=HSA[-4:], exp_month=12, exp_year=2030, token_reference=references[0], consent_version="2026-11",
        consent_covers="checkout", consented_at=timezone.now(),
    )  # fmt: skip
    LetterHold.objects.update(deadline_at=timezone.now())

    tend_letter_holds()
    assert (ended, hold().status, len(hold().card_references)) == ([], "late", 2)  # the network was away
    tend_letter_holds()

    assert (ended, hold().card_references) == (references[1:], None)  # the saved card keeps its token


def test_with_manual_capture_the_merchant_captures_after_the_letter(buy, store, doctor):
    session = buy(capture_method="manual")
    issued(store, doctor, items=[item(GUN)])

    tend_letter_holds()
    assert (state(session), hold().status) == ("authorised", "approved")
    capture_session(session=session)

    assert Payment.objects.get().captured_cents == 17900
    assert_sound()


@pytest.mark.parametrize(
    ("days", "benefit", "fallback", "other"), [(0, HSA, "drop", VISA), (20, FSA, "drop", VISA), (20, HSA, "card", None)]
)
def test_what_cannot_wait_is_refused_and_charges_nothing(buy, store, days, benefit, fallback, other):
    store.letter_hold_days = days
    store.save(update_fields=["letter_hold_days"])

    with pytest.raises(errors.LetterHoldUnavailable):
        buy(fallback, benefit=benefit, other=other)

    assert not Tender.objects.exists()


def test_a_card_that_the_shopper_limited_is_never_the_one_that_pays_without_a_letter(store, open_session, token):
    shopper = a_shopper(store)

    def pay(fallback):
        session = open_session(store, [*BASKET, line(CHIPS, 700)], shopper=shopper, letters_of=shopper)
        limited = CardOffer(param="cards[1]", token=token(store, VISA), limit_cents=700)
        cards = [CardOffer(param="cards[0]", token=token(store, HSA)), limited]
        return pay_session(session=session, letter_hold=fallback, cards=cards)

    with pytest.raises(errors.LetterHoldUnavailable) as refusal:
        pay("card")
    assert (refusal.value.param, Tender.objects.exists()) == ("cards[1]", False)

    session = pay("drop")
    LetterHold.objects.update(deadline_at=timezone.now())
    tend_letter_holds()
    assert (state(session), Tender.objects.get(kind="ordinary").captured_cents) == ("complete", 700)
    assert_sound()


def test_the_api_shows_the_wait(acme_api, buy):
    session = buy()

    shown = acme_api.get(f"/v1/checkout/sessions/{session.public_id}").json()["letter_hold"]

    assert (shown["status"], shown["if_refused"], shown["line_items"], shown["held_cents"]) == (
        "awaiting_letter",
        "drop",
        [1],
        14900,
    )


def test_the_tokens_of_an_attempt_that_came_to_nothing_are_ended_and_those_of_an_order_that_waits_are_not(
    buy, store, monkeypatch
):
    ended = []
    monkeypatch.setattr(SandboxTokenService, "end", lambda self, reference: ended.append(reference))
    with pytest.raises(errors.OtherCardDeclined):
        buy("card", other=VISA_DECLINED)
    given = [str(row.reference) for row in SpareToken.objects.order_by("pk")]
    buy("card")
    kept = {card["reference"] for card in hold().card_references}
    tend_letter_holds()
    assert (len(given), ended) == (2, [])  # the attempts may still be under way
    SpareToken.objects.update(created_at=timezone.now() - timedelta(minutes=10))

    tend_letter_holds()

    assert ended == [reference for reference in given if reference not in kept]
    assert len(ended) == 1  # of the card that was declined; on the benefit card's the order rests
    assert not SpareToken.objects.exists()
