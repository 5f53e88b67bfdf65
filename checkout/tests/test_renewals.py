"""Renewals: each period judged, split and charged once, whatever happens on the way."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from checkout import errors
from checkout.models import CardToken, CheckoutSession, Payment, Renewal, SavedCard, Subscription, Tender
from checkout.network.host import issuer
from checkout.network.host.issuer import Decision
from checkout.services.advices import send_due_advices
from checkout.services.release import recover_interrupted
from checkout.services.saved_cards import Consent, delete_saved_card
from checkout.subscriptions import renewing
from checkout.subscriptions.changing import CardChoice, cancel_subscription, change_subscription
from checkout.subscriptions.renewing import run_renewals
from checkout.tests.conftest import CHIPS, FSA, FSA_PARTIAL, HSA, IBUPROFEN, VISA, VITAMINS, line
from checkout.tests.subscription_samples import BASKET, renew
from checkout.tests.test_pay import held_cents
from eligibility.lists.by_hand import enter_list
from ledger.models import Entry
from merchants.models import Event
from people.models import WaitingLetter

pytestmark = pytest.mark.django_db
VISA_STOPPED, FSA_STOPPED = "9999490000005105", "9999410000005004"


def paid_by(renewal):
    tenders = Tender.objects.filter(payment__session=renewal.session, status="captured").order_by("position")
    return [(tender.kind, tender.approved_cents) for tender in tenders]


def told(type):
    return [event.data for event in Event.objects.filter(type=type).order_by("pk")]


@pytest.fixture
def refuse(monkeypatch):
    """Let issuers refuse every charge that a merchant starts with this code, until told otherwise."""
    code = {"now": ""}
    real = issuer.decide

    def decide(attempt, **options):
        return Decision(code["now"]) if code["now"] and attempt.private.is_merchants else real(attempt, **options)

    monkeypatch.setattr("checkout.network.host.processor.decide", decide)

    def say(new):
        code["now"] = new

    return say


def test_the_first_period_is_charged_at_once_and_split(subscribe, save, clock):
    subscription = subscribe(save(FSA), save(VISA))

    assert run_renewals() == 1

    renewal = subscription.renewals.get()
    assert (renewal.number, renewal.status, renewal.attempts) == (0, "paid", 1)
    assert paid_by(renewal) == [("benefit", 3000), ("ordinary", 1200)]
    assert renewal.session.metadata == {"subscription": subscription.public_id, "renewal": renewal.public_id}
    [event] = told("subscription.renewed")
    assert (event["renewal"]["id"], event["amount_total_cents"], event["changed_verdicts"]) == (renewal.public_id, 4200, [])
    assert run_renewals() == 0


def test_banks_are_told_that_the_merchant_charges_by_an_agreement(subscribe, save, clock, monkeypatch):
    from checkout.network import client

    asked, real = [], client.HostClient.authorise
    monkeypatch.setattr(client.HostClient, "authorise", lambda self, request: asked.append(request) or real(self, request))
    subscription = subscribe(save(FSA))
    change_subscription(subscription=subscription, lines=[line()])
    first = Tender.objects.get()

    run_renewals()

    begun, renewed = (request.stored for request in asked)
    assert (begun.initiator, begun.agreement, begun.is_first, begun.original) == ("cardholder", "subscription", True, "")
    assert (renewed.initiator, renewed.agreement, renewed.is_first) == ("merchant", "subscription", False)
    assert renewed.original == first.network_reference


def test_a_month_later_the_next_period_is_charged_and_not_before(subscribe, save, clock):
    subscription = subscribe(save(FSA), save(VISA))
    run_renewals()
    subscription.refresh_from_db()

    clock.to(subscription.next_renewal_at - timedelta(minutes=1))
    assert run_renewals() == 0
    clock.to(subscription.next_renewal_at)
    assert run_renewals() == 1

    assert list(subscription.renewals.values_list("number", "status")) == [(1, "paid"), (0, "paid")]
    assert Entry.objects.filter(reference__startswith="capture:").count() == 4  # two to save the cards, two periods


def test_each_period_judges_each_item_anew(subscribe, save, clock):
    subscription = subscribe(save(FSA), save(VISA), lines=[line(), line(VITAMINS, 500)])
    run_renewals()
    rows = [(IBUPROFEN, "Ibuprofen", "vitamins-and-multivitamins")]
    enter_list(list_id="test-list", name="the test list", version="2026-12", rows=rows)

    renewal = renew(subscription, clock)

    first = subscription.renewals.get(number=0)
    assert paid_by(first) == [("benefit", 1000), ("ordinary", 500)]
    assert paid_by(renewal) == [("ordinary", 1500)]
    [_, event] = told("subscription.renewed")
    [change] = event["changed_verdicts"]
    assert (change["was"], change["now"]) == ("eligible", "letter")
    started, _, changed = (json.loads(letter.content) for letter in WaitingLetter.objects.order_by("pk"))
    assert "2 items each time" in started["text"]
    assert "has changed since last time for 1 item." in changed["html"]
    for mail in (started, changed):
        assert not any(item["title"] in mail["text"] + mail["html"] for item in subscription.items)


def test_a_benefit_card_that_may_carry_nothing_any_more_is_left_out(acme, subscribe, save, clock):
    subscription = subscribe(save(HSA), save(VISA), lines=[line(CHIPS, 900)])

    run_renewals()

    assert paid_by(subscription.renewals.get()) == [("ordinary", 900)]


def test_a_soft_no_is_tried_again_on_the_days_of_its_cause_and_then_rests(subscribe, save, clock, refuse):
    subscription = subscribe(save(FSA), save(VISA))
    refuse("51")
    run_renewals()
    days = []

    while (renewal := subscription.renewals.get()).status == "retrying":
        days.append(round((renewal.next_attempt_at - renewal.due_at) / timedelta(days=1)))
        renew(subscription, clock)

    subscription.refresh_from_db()
    assert (days, renewal.status, renewal.last_code, renewal.last_cause) == ([3, 7, 14], "failed", "51", "balance")
    assert (subscription.status, subscription.next_renewal_at) == ("unpaid", None)
    assert [event["renewal"]["status"] for event in told("subscription.renewal_failed")] == ["retrying"] * 3 + ["failed"]
    assert len(told("subscription.unpaid")) == 1
    assert (Payment.objects.filter(status="failed").count(), renewal.attempts) == (4, 4)


def test_a_soft_no_that_becomes_a_yes_ends_the_dunning(subscribe, save, clock, refuse):
    subscription = subscribe(save(FSA), save(VISA))
    refuse("51")
    run_renewals()
    subscription.refresh_from_db()
    assert subscription.status == "past_due"
    refuse("")

    renewal = renew(subscription, clock)

    assert (renewal.status, renewal.last_code, subscription.status) == ("paid", "", "active")
    assert paid_by(renewal) == [("benefit", 3000), ("ordinary", 1200)]


@pytest.mark.parametrize("card", [VISA_STOPPED, FSA_STOPPED])
def test_a_hard_no_is_never_tried_again(subscribe, save, clock, card):
    subscription = subscribe(save(card), lines=[line()])

    run_renewals()
    clock.forward(days=400)
    run_renewals()

    subscription.refresh_from_db()
    renewal = subscription.renewals.get()
    assert (renewal.status, renewal.attempts, renewal.last_code, subscription.status) == ("failed", 1, "R1", "unpaid")
    assert subscription.cards.get().saved_card.refused_code == "R1"


def test_another_card_pays_the_period_that_failed(subscribe, save, clock):
    stopped, visa = save(VISA_STOPPED), save(VISA)
    subscription = subscribe(stopped)
    run_renewals()

    change_subscription(subscription=subscription, cards=[CardChoice(visa.public_id)])
    renewal = renew(subscription, clock)

    assert (renewal.number, renewal.status, subscription.status) == (0, "paid", "active")
    assert paid_by(renewal) == [("ordinary", 4200)]
    assert subscription.next_renewal_at == renewal.ends_at


@pytest.mark.parametrize(("covers", "stays"), [("checkout", True), ("subscriptions", False)])
def test_the_same_card_saved_anew_leaves_its_subscription_paying(subscribe, save, clock, covers, stays):
    """Consent to renewals outlives a narrower one; a wider or equal one takes the place of what was before."""
    card = save(VISA)
    subscription = subscribe(card)
    run_renewals()

    again = save(VISA, consent=Consent("2026-11", covers))
    renewal = renew(subscription, clock)

    card.refresh_from_db()
    active = SavedCard.objects.get(status="active")
    assert (renewal.number, renewal.status) == (1, "paid")
    assert subscription.cards.get().saved_card == active
    assert (active == card, active == again, active.consent_covers) == (stays, True, "subscriptions")
    assert not CardToken.objects.filter(card_number__isnull=False, saved_card=None).exists()
    assert told("payment_method.saved")[-1]["payment_method"] == active.public_id


def test_a_card_that_was_refused_for_good_pays_again_once_its_holder_agrees_anew(subscribe, save, clock, refuse):
    subscription = subscribe(save(VISA))
    refuse("R1")
    run_renewals()
    refuse("")

    agreed = save(VISA)
    change_subscription(subscription=subscription, cards=[CardChoice(agreed.public_id)])

    assert (renew(subscription, clock).status, subscription.status) == ("paid", "active")


def test_a_change_that_changes_nothing_asks_no_bank(subscribe, save, clock, refuse):
    card = save(VISA)
    subscription = subscribe(card)
    refuse("51")
    run_renewals()

    change_subscription(subscription=subscription, lines=BASKET, cards=[CardChoice(card.public_id)])

    assert run_renewals() == 0
    assert subscription.renewals.get().attempts == 1


def test_banks_are_asked_ten_times_in_thirty_days_at_most_however_often_the_basket_changes(subscribe, save, clock, refuse):
    subscription = subscribe(save(VISA))
    refuse("51")
    run_renewals()

    for extra in range(1, 26):
        change_subscription(subscription=subscription, lines=[line(cents=1000 + extra)])
        run_renewals()

    assert Tender.objects.filter(status="declined").count() == 10
    subscription.refresh_from_db()
    assert (subscription.status, subscription.renewals.get().status) == ("unpaid", "failed")


def test_a_card_refused_for_good_stays_refused_though_it_left_the_subscription_meanwhile(subscribe, save, clock):
    stopped, visa = save(VISA_STOPPED), save(VISA)
    subscription = subscribe(stopped)
    run_renewals()
    change_subscription(subscription=subscription, cards=[CardChoice(visa.public_id)])

    with pytest.raises(errors.PaymentMethodRefused):
        change_subscription(subscription=subscription, cards=[CardChoice(stopped.public_id)])
    with pytest.raises(errors.PaymentMethodRefused):
        subscribe(stopped)


def test_a_refusal_marks_the_card_that_was_asked_though_another_took_its_place_meanwhile(subscribe, save, clock, monkeypatch):
    asked, other = save(VISA_STOPPED), save(HSA)
    subscription = subscribe(asked, lines=[line()])
    real = renewing.pay_session

    def pay(**fields):
        try:
            return real(**fields)
        finally:
            change_subscription(subscription=subscription, cards=[CardChoice(other.public_id)])

    monkeypatch.setattr(renewing, "pay_session", pay)
    run_renewals()

    asked.refresh_from_db(), other.refresh_from_db()
    assert (subscription.cards.get().saved_card, asked.refused_code, other.refused_code) == (other, "R1", "")


def test_a_part_that_is_approved_without_a_card_for_the_rest_is_given_back_and_tried_later(subscribe, save, clock, card_network):
    subscription = subscribe(save(FSA_PARTIAL), lines=[line(cents=3000)])

    run_renewals()
    send_due_advices()

    renewal = subscription.renewals.get()
    assert (renewal.status, renewal.last_code, renewal.last_cause) == ("retrying", "second_card_needed", "balance")
    assert Tender.objects.latest("pk").status == "reversed"
    assert held_cents(card_network) == 0


def test_deleted_cards_charge_nothing(subscribe, save, clock):
    card = save(VISA)
    subscription = subscribe(card)
    delete_saved_card(card=card)

    run_renewals()

    renewal = subscription.renewals.get()
    assert (renewal.status, renewal.last_code) == ("failed", "card_needed")
    assert not Payment.objects.filter(session__renewal=renewal).exists()


def test_a_silent_network_is_nobodys_no(subscribe, save, clock, settings):
    subscription = subscribe(save(FSA), save(VISA))
    port, settings.ACQUIRER_PORT = settings.ACQUIRER_PORT, 1
    letters = WaitingLetter.objects.count()

    run_renewals()

    renewal = subscription.renewals.get()
    subscription.refresh_from_db()
    assert (renewal.status, renewal.last_code, renewal.troubles, renewal.refusals) == ("due", "network_unavailable", 1, 0)
    assert (subscription.status, told("subscription.renewal_failed"), WaitingLetter.objects.count()) == ("active", [], letters)
    settings.ACQUIRER_PORT = port
    assert renew(subscription, clock).status == "paid"


def test_after_an_outage_the_newest_period_is_charged_and_those_before_are_not(subscribe, save, clock):
    subscription = subscribe(save(VISA))
    run_renewals()
    clock.forward(days=100)

    assert run_renewals() == 1
    assert run_renewals() == 0

    statuses = list(subscription.renewals.order_by("number").values_list("number", "status"))
    assert statuses == [(0, "paid"), (1, "missed"), (2, "missed"), (3, "paid")]
    [event] = told("subscription.renewal_missed")
    assert [one["number"] for one in event["missed"]] == [1, 2]
    subscription.refresh_from_db()
    assert subscription.next_renewal_at > clock.now()


def test_a_period_that_is_over_is_charged_no_more(subscribe, save, clock, refuse):
    subscription = subscribe(save(VISA), unit="week")
    refuse("51")
    run_renewals()
    refuse("")
    subscription.refresh_from_db()
    clock.to(subscription.next_renewal_at)

    run_renewals()

    assert list(subscription.renewals.order_by("number").values_list("status", flat=True)) == ["failed", "paid"]
    assert Payment.objects.filter(status="captured", session__renewal__isnull=False).count() == 1


STEPS = ("before the session is paid", "after the bank was asked", "after it was paid")


@pytest.mark.parametrize("step", STEPS)
def test_who_dies_between_two_steps_charges_nothing_twice(subscribe, save, clock, monkeypatch, settings, step):
    subscription = subscribe(save(VISA))
    real_pay, real_note = renewing.pay_session, renewing._note

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        if step == STEPS[1]:
            monkeypatch.setattr("checkout.services.pay._finish", die_now)
            return real_pay(*args, **kwargs)
        if step == STEPS[2]:
            real_pay(*args, **kwargs)
        raise Killed

    def die_now(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(renewing, "pay_session", die)
        with pytest.raises(Killed):
            run_renewals()
    monkeypatch.undo()
    monkeypatch.setattr(timezone, "now", clock.now)
    settings.ACQUIRER_PORT = settings.ACQUIRER_PORT
    assert real_note is renewing._note
    assert run_renewals() == 0  # its lease still holds others off
    for _ in range(4):
        clock.forward(seconds=3 * settings.SALE_DEADLINE_S)
        recover_interrupted()
        run_renewals()

    renewal = subscription.renewals.get()
    assert (renewal.status, Payment.objects.filter(session__renewal=renewal, status="captured").count()) == ("paid", 1)
    assert Payment.objects.filter(status="captured", session__metadata__subscription=subscription.public_id).count() == 1


def test_a_subscription_that_is_cancelled_charges_no_more_and_drops_what_waited(subscribe, save, clock, refuse):
    subscription = subscribe(save(VISA))
    refuse("51")
    run_renewals()
    refuse("")

    cancel_subscription(subscription=subscription)
    clock.forward(days=60)
    assert run_renewals() == 0

    assert subscription.renewals.get().status == "cancelled"
    assert not Payment.objects.filter(status="captured", session__metadata__subscription=subscription.public_id).exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_charge_a_period_once(subscribe, save):
    subscriptions = [subscribe(save(number), lines=[line()]) for number in (VISA, HSA)]
    together, errors_seen = threading.Barrier(4), []

    def run():
        from common.scopes import across_merchants

        try:
            with across_merchants("tests look at everything"):
                together.wait()
                run_renewals()
        except Exception as error:
            errors_seen.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors_seen == []
    for subscription in subscriptions:
        assert list(subscription.renewals.values_list("number", "status")) == [(0, "paid")]
    captured = Payment.objects.filter(status="captured", session__metadata__has_key="subscription")
    assert captured.count() == 2
    assert Entry.objects.filter(reference__startswith="capture:").count() == 4


def test_one_that_cannot_be_charged_keeps_no_other_waiting(subscribe, save, clock, monkeypatch):
    broken, well = subscribe(save(VISA)), subscribe(save(FSA), lines=[line()])
    real = renewing._todays_session

    def todays(renewal):
        if renewal.subscription_id == broken.pk:
            raise ValueError("a mistake of ours")
        return real(renewal)

    monkeypatch.setattr(renewing, "_todays_session", todays)

    assert run_renewals() == 1
    assert well.renewals.get().status == "paid"


def test_the_database_itself_refuses_a_period_twice(subscribe, save, clock):
    from django.db import IntegrityError, transaction

    subscription = subscribe(save(VISA))
    run_renewals()
    first = subscription.renewals.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Renewal.objects.create(
            subscription=subscription,
            number=first.number,
            due_at=first.due_at,
            ends_at=first.ends_at,
            next_attempt_at=first.due_at,
        )
    assert CheckoutSession.objects.filter(renewal__isnull=False).count() == 1
    assert Subscription.objects.get().status == "active"
