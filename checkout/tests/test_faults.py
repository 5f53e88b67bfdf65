"""What happens when processes die, connections break and people click twice. Afterwards: right money, nothing held."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, connections

from checkout import errors
from checkout.integrity import findings
from checkout.models import CardToken, CheckoutSession, NetworkAdvice, Payment, Tender
from checkout.services import asking, release
from checkout.services.advices import send_due_advices
from checkout.services.attempt import Attempt
from checkout.services.capture import capture_session
from checkout.services.pay import begin_payment, pay_session
from checkout.services.release import expire_old_sessions, expire_session, recover_interrupted
from checkout.services.tokens import erase_card_numbers
from checkout.services.wallet import MOST_BENEFIT, MOST_ORDINARY, offers_of
from checkout.tests.conftest import FSA, FSA_PARTIAL, FSA_SILENT, FSA_SLOW, VISA, VISA_SILENT, line
from checkout.tests.test_pay import assert_nothing_is_held, held_cents
from common.scopes import across_merchants
from ledger.selectors import merchant_balance

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(count, job):
    @across_merchants("a thread of a test")
    def run(number):
        try:
            return job(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_session_paid_in_many_tabs_at_once_is_charged_once(acme, open_session, token, card_network):
    session = open_session(acme)
    cards = [(token(acme, FSA), token(acme, VISA)) for _ in range(8)]

    def pay(number):
        mine = CheckoutSession.objects.select_related("merchant").get(pk=session.pk)
        return pay_session(session=mine, benefit_token=cards[number][0], card_token=cards[number][1]).status

    outcomes = in_threads(8, pay)

    assert [outcome for outcome in outcomes if outcome == "complete"] == ["complete"]
    refused = [outcome for outcome in outcomes if outcome != "complete"]
    assert {type(outcome) for outcome in refused} <= {errors.SessionBusy, errors.SessionAlreadyPaid}
    assert merchant_balance(acme).total_cents == 4200
    assert Tender.objects.filter(status="captured").count() == 2
    assert Payment.objects.count() == 1


def test_one_token_in_two_sessions_at_once_pays_one_of_them(acme, open_session, token):
    sessions = [open_session(acme) for _ in range(4)]
    card = token(acme, VISA)

    def pay(number):
        mine = CheckoutSession.objects.select_related("merchant").get(pk=sessions[number].pk)
        return pay_session(session=mine, card_token=card).status

    outcomes = in_threads(4, pay)

    assert [outcome for outcome in outcomes if outcome == "complete"] == ["complete"]
    assert merchant_balance(acme).total_cents == 4200
    assert CheckoutSession.objects.filter(status="open").count() == 3


def test_two_senders_at_once_do_not_send_an_advice_twice(acme, open_session, token):
    for _ in range(5):
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    counts = in_threads(3, lambda _: send_due_advices())

    assert sum(counts) == 10
    assert set(NetworkAdvice.objects.values_list("attempts", flat=True)) == {1}


PAYER = """
import django; django.setup()
from checkout.models import CheckoutSession
from checkout.services.pay import pay_session
from common.scopes import across_merchants, scope
import sys
with across_merchants("finds the only session"):
    session = CheckoutSession.objects.select_related("merchant").get()
with scope(merchant=session.merchant):
    pay_session(session=session, benefit_token=sys.argv[1], card_token=sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second", "asked"), [(FSA_SILENT, VISA, 1), (FSA, VISA_SILENT, 2)])
def test_a_process_killed_between_the_legs_leaves_nothing_held(
    acme, open_session, token, card_network, settings, first, second, asked
):
    session = open_session(acme)
    database_url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "fsa_platform.settings", "DATABASE_URL": urlunsplit(database_url),
        "ACQUIRER_PORT": str(card_network.port), "ACQUIRER_TIMEOUT_S": "60", "CUSTODIAN_URL": settings.CUSTODIAN_URL,
        "CUSTODIAN_TOKEN": settings.CUSTODIAN_TOKEN,
    }  # fmt: skip
    payer = subprocess.Popen(
        [sys.executable, "-c", PAYER, token(acme, first), token(acme, second)], env=environment, cwd=django_settings.BASE_DIR
    )
    wait_until(lambda: Tender.objects.count() == asked and card_network.authorisations(Tender.objects.last().rrn))
    payer.kill()
    payer.wait()

    settings.SALE_DEADLINE_S = 0
    recovered = recover_interrupted()
    send_due_advices()

    assert recovered == 1
    assert recover_interrupted() == 0
    assert_nothing_is_held(session, card_network)
    pay_session(session=CheckoutSession.objects.select_related("merchant").get(), card_token=token(acme, VISA))
    assert merchant_balance(acme).total_cents == 4200


DROP_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def pay_beside(session, cards, meanwhile):
    """Pay in a thread of its own; `meanwhile` runs again and again, from the first question on, until it has ended."""

    def pay(_):
        mine = CheckoutSession.objects.select_related("merchant").get(pk=session.pk)
        return pay_session(session=mine, **cards)

    outcome = []
    payer = threading.Thread(target=lambda: outcome.extend(in_threads(1, pay)))
    payer.start()
    wait_until(lambda: Tender.objects.exists())
    while payer.is_alive():
        meanwhile()
        payer.join(0.01)
    return outcome[0]


def drop_all_connections():
    with connection.cursor() as cursor:
        cursor.execute(DROP_ALL)


def test_a_database_that_drops_its_connections_while_the_network_thinks_does_not_disturb_a_sale(acme, open_session, token):
    session = open_session(acme)
    dropped = iter([drop_all_connections])

    outcome = pay_beside(
        session, {"benefit_token": token(acme, FSA_SLOW), "card_token": token(acme, VISA)}, lambda: next(dropped, lambda: None)()
    )

    assert outcome.status == "complete"
    assert merchant_balance(acme).total_cents == 4200


def test_a_database_that_drops_connections_all_the_time_leaves_a_whole_sale_or_none(
    acme, open_session, token, card_network, settings
):
    session = open_session(acme)

    outcome = pay_beside(session, {"benefit_token": token(acme, FSA_SLOW), "card_token": token(acme, VISA)}, drop_all_connections)
    settings.SALE_DEADLINE_S = 0
    recover_interrupted()
    send_due_advices()

    session.refresh_from_db()
    if session.status == "complete":
        assert merchant_balance(acme).total_cents == 4200
    else:
        assert isinstance(outcome, DatabaseError)
        assert_nothing_is_held(session, card_network)


def test_a_sale_overtaken_by_the_sweeper_gives_up_and_is_released(acme, open_session, token, card_network, settings):
    session = open_session(acme)
    settings.SALE_DEADLINE_S = 0

    outcome = pay_beside(session, {"benefit_token": token(acme, FSA_SLOW), "card_token": token(acme, VISA)}, recover_interrupted)
    send_due_advices()

    assert isinstance(outcome, errors.PaymentOvertaken)
    assert_nothing_is_held(session, card_network)


def test_an_approval_that_comes_after_its_reversal_is_reversed_once_more(acme, open_session, token, card_network, settings):
    session = open_session(acme)
    settings.SALE_DEADLINE_S = 0

    def release_and_tell_the_network():
        recover_interrupted()
        send_due_advices()

    pay_beside(session, {"benefit_token": token(acme, FSA_SLOW), "card_token": token(acme, VISA)}, release_and_tell_the_network)
    send_due_advices()

    assert NetworkAdvice.objects.get().attempts >= 1
    assert_nothing_is_held(session, card_network)


def test_an_answer_that_is_written_down_while_its_attempt_is_ended_is_reversed_all_the_same(
    acme, open_session, token, card_network, monkeypatch
):
    session = open_session(acme)
    offers = offers_of(benefit_token=token(acme, FSA_PARTIAL), card_token=token(acme, VISA), cards=())
    attempt = begin_payment(session=session, offers=offers)
    attempt.answers.append(asking._ask(attempt))
    released = release.release_tenders

    def answered_meanwhile(tenders, *, unsent):
        seen = list(tenders)
        assert in_threads(1, lambda _: asking.record_answer(attempt.tenders[0], attempt.answers[0])) == [None]
        released(seen, unsent=unsent)

    monkeypatch.setattr(release, "release_tenders", answered_meanwhile)
    assert release.fail_payment(payment=attempt.payment, code="interrupted", message="The payment was interrupted.")
    send_due_advices()

    assert_nothing_is_held(session, card_network)
    assert NetworkAdvice.objects.get().amount_cents == attempt.tenders[0].approved_cents
    assert [finding.broken for finding in findings() if finding.broken] == []


def test_a_sale_that_lacks_a_card_and_was_ended_meanwhile_says_so_and_is_reversed_after_its_answer(
    acme, open_session, token, card_network, monkeypatch
):
    session = open_session(acme, [line(cents=9000)])
    plan_rest = Attempt.plan_rest

    def ended_first(attempt):
        release.fail_payment(payment=attempt.payment, code="interrupted", message="The payment was interrupted.")
        send_due_advices()
        return plan_rest(attempt)

    monkeypatch.setattr(Attempt, "plan_rest", ended_first)
    with pytest.raises(errors.PaymentOvertaken):
        pay_session(session=session, benefit_token=token(acme, FSA_PARTIAL))
    NetworkAdvice.objects.update(next_attempt_at=session.created_at)
    send_due_advices()

    assert_nothing_is_held(session, card_network)
    assert NetworkAdvice.objects.get().attempts == 2


def test_a_sale_may_take_as_long_as_all_its_banks_together():
    longest_s = (MOST_BENEFIT + MOST_ORDINARY + 1) * django_settings.ACQUIRER_TIMEOUT_S  # the one more waits for a letter

    assert longest_s < django_settings.SALE_DEADLINE_S


def test_an_authorised_session_captured_twice_at_once_is_booked_once(acme, open_session, token):
    session = open_session(acme, capture_method="manual")
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    outcomes = in_threads(4, lambda _: capture_session(session=CheckoutSession.objects.get(pk=session.pk)).status)

    assert outcomes == ["complete"] * 4
    assert merchant_balance(acme).total_cents == 4200


def test_capture_beside_expiry_ends_in_one_of_the_two(acme, open_session, token, card_network):
    session = open_session(acme, capture_method="manual")
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    def either(number):
        mine = CheckoutSession.objects.select_related("merchant").get(pk=session.pk)
        return capture_session(session=mine) if number else expire_session(session=mine)

    in_threads(2, either)
    send_due_advices()

    session.refresh_from_db()
    assert (session.status, merchant_balance(acme).total_cents, held_cents(card_network)) in {
        ("complete", 4200, 0),
        ("expired", 0, 0),
    }


def test_a_merchant_that_changes_between_hold_and_capture_is_captured_as_authorised(acme, open_session, token):
    session = open_session(acme, capture_method="manual", shipping_cents=599)
    pay_session(session=session, benefit_token=token(acme, FSA_PARTIAL), card_token=token(acme, VISA))
    acme.is_iias_certified, acme.shipping_rule, acme.card_acceptor_id = False, "never", "RENAMED"
    acme.save()

    capture_session(session=CheckoutSession.objects.get(pk=session.pk))

    assert send_due_advices() == 2
    for row in session.lines.all():
        assert sum(part.amount_cents for part in row.tender_parts.all()) == row.total_cents


def test_one_advice_that_cannot_be_sent_does_not_keep_the_others_waiting(acme, open_session, token):
    for _ in range(2):
        pay_session(session=open_session(acme), card_token=token(acme, VISA))
    broken = Tender.objects.order_by("pk").first()
    Tender.objects.filter(pk=broken.pk).update(acceptor={**broken.acceptor, "terminal_id": "1"})

    assert send_due_advices() == 1

    assert [(a.attempts, a.acknowledged_at is None) for a in NetworkAdvice.objects.order_by("pk")] == [(1, True), (1, False)]


def test_sessions_past_their_time_expire_and_release(acme, open_session, token, card_network):
    held = open_session(acme, capture_method="manual")
    pay_session(session=held, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    open_session(acme)
    CheckoutSession.objects.update(expires_at=held.created_at)

    with pytest.raises(errors.SessionNotAuthorised):
        capture_session(session=held)
    expired = expire_old_sessions()
    send_due_advices()

    assert expired == 2
    assert set(CheckoutSession.objects.values_list("status", flat=True)) == {"expired"}
    assert held_cents(card_network) == 0


def test_a_reversal_waits_while_the_network_is_down_and_arrives_when_it_is_back(
    acme, open_session, token, card_network, settings
):
    settings.ACQUIRER_TIMEOUT_S = 0.3
    session = open_session(acme)
    with pytest.raises(errors.NetworkSilent):
        pay_session(session=session, benefit_token=token(acme, FSA_SILENT), card_token=token(acme, VISA))
    settings.ACQUIRER_PORT = 1

    assert send_due_advices() == 0
    advice = NetworkAdvice.objects.get()
    assert (advice.attempts, advice.acknowledged_at) == (1, None)
    NetworkAdvice.objects.update(next_attempt_at=advice.created_at)
    settings.ACQUIRER_PORT = card_network.port

    assert send_due_advices() == 1
    assert_nothing_is_held(session, card_network)


def test_card_numbers_are_erased_when_nothing_needs_them_and_not_before(acme, open_session, token, settings):
    settings.ACQUIRER_TIMEOUT_S = 0.3
    with pytest.raises(errors.NetworkSilent):
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA_SILENT), card_token=token(acme, VISA))
    CardToken.objects.update(expires_at=CardToken.objects.first().created_at)

    erase_card_numbers()
    kept = [(row.last4, row.card_number) for row in CardToken.objects.order_by("pk")]
    assert kept == [("0997", FSA_SILENT), ("0007", None)]

    send_due_advices()
    erase_card_numbers()
    assert not CardToken.objects.filter(card_number__isnull=False).exists()


def wait_until(holds, timeout_s=30):
    """Poll a condition; a test that waits in vain fails with the condition's last answer."""
    end = time.monotonic() + timeout_s
    while not (answer := holds()):
        assert time.monotonic() < end, answer
        time.sleep(0.02)
