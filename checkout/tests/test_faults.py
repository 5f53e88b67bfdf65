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
from django.db import DatabaseError, close_old_connections, connection, connections

from checkout import errors
from checkout.models import CardToken, CheckoutSession, NetworkAdvice, Payment, Tender
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.services.release import recover_interrupted
from checkout.services.tokens import erase_card_numbers
from checkout.tests.conftest import FSA, FSA_SILENT, FSA_SLOW, VISA, VISA_SILENT
from checkout.tests.test_pay import assert_nothing_is_held
from ledger.selectors import merchant_balance

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(count, job):
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
    assert merchant_balance(acme)["available_cents"] == 4200
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
    assert merchant_balance(acme)["available_cents"] == 4200
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
import sys
pay_session(session=CheckoutSession.objects.select_related("merchant").get(), benefit_token=sys.argv[1], card_token=sys.argv[2])
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
        "ACQUIRER_PORT": str(card_network.port), "ACQUIRER_TIMEOUT_S": "60",
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
    assert merchant_balance(acme)["available_cents"] == 4200


def test_a_database_that_drops_every_connection_in_the_middle_of_a_sale_leaves_nothing_held(
    acme, open_session, token, card_network, settings
):
    session = open_session(acme)
    cards = {"benefit_token": token(acme, FSA_SLOW), "card_token": token(acme, VISA)}

    def pay(_):
        mine = CheckoutSession.objects.select_related("merchant").get(pk=session.pk)
        return pay_session(session=mine, **cards)

    outcome = []
    payer = threading.Thread(target=lambda: outcome.extend(in_threads(1, pay)))
    payer.start()
    wait_until(lambda: Tender.objects.exists())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    payer.join()
    close_old_connections()

    settings.SALE_DEADLINE_S = 0
    recover_interrupted()
    send_due_advices()

    assert isinstance(outcome[0], DatabaseError)
    assert_nothing_is_held(session, card_network)


def test_a_sale_overtaken_by_the_sweeper_gives_up_and_is_released(acme, open_session, token, card_network, settings):
    session = open_session(acme)
    cards = {"benefit_token": token(acme, FSA_SLOW), "card_token": token(acme, VISA)}

    def pay(_):
        mine = CheckoutSession.objects.select_related("merchant").get(pk=session.pk)
        return pay_session(session=mine, **cards)

    outcome = []
    payer = threading.Thread(target=lambda: outcome.extend(in_threads(1, pay)))
    payer.start()
    wait_until(lambda: Tender.objects.exists())
    settings.SALE_DEADLINE_S = 0
    recover_interrupted()
    payer.join()
    send_due_advices()

    assert isinstance(outcome[0], errors.PaymentOvertaken)
    assert_nothing_is_held(session, card_network)


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
    assert list(CardToken.objects.order_by("pk").values_list("last4", "card_number")) == [("0997", FSA_SILENT), ("0007", None)]

    send_due_advices()
    erase_card_numbers()
    assert not CardToken.objects.filter(card_number__isnull=False).exists()


def wait_until(holds, timeout_s=30):
    """Poll a condition; a test that waits in vain fails with the condition's last answer."""
    end = time.monotonic() + timeout_s
    while not (answer := holds()):
        assert time.monotonic() < end, answer
        time.sleep(0.02)
