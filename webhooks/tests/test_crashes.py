"""At least once: transactions that commit out of order, a dispatcher killed in the middle of a call, several beside each other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone

from common.scopes import across_merchants
from common.tests.receiver import Reply, receiving
from merchants.models import Event, UntoldEvent
from webhooks import tasks
from webhooks.engine import dispatcher
from webhooks.engine.claims import PER_ENDPOINT, InFlight
from webhooks.engine.custody import SecretKeeper
from webhooks.engine.dispatcher import Dispatcher, claim_share, deliver
from webhooks.models import WebhookAttempt, WebhookDelivery
from webhooks.services.endpoints import create_endpoint
from webhooks.services.outbox import lay_out_deliveries
from webhooks.tests.conftest import VERSION, deliver_once, tell

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def in_background(job):
    def run():
        try:
            with across_merchants("tests look at everything"):
                job()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@contextlib.contextmanager
def delivering(loops=1):
    """Loops of the engine in threads; ended whatever happens inside."""
    stop = threading.Event()
    threads = [in_background(lambda: deliver(seconds=60, stop=stop)) for _ in range(loops)]
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_an_event_with_a_lower_number_that_commits_later_is_not_lost(acme, endpoint, receiver):
    """The trap of “all events above the last number I saw”."""
    written, may_commit = threading.Event(), threading.Event()

    def slow_sale():
        with transaction.atomic():
            tell(acme, 1)
            written.set()
            assert may_commit.wait(30)

    slow = in_background(slow_sale)
    assert written.wait(30)
    tell(acme, 2)
    deliver_once()
    first = [request.headers["webhook-id"] for request in receiver.received]
    may_commit.set()
    slow.join()
    deliver_once()

    low, high = Event.objects.order_by("pk")
    assert (low.object_id, high.object_id) == ("pay_1", "pay_2")
    assert first == [high.public_id]
    assert [request.headers["webhook-id"] for request in receiver.received] == [high.public_id, low.public_id]


def test_an_event_of_a_transaction_that_is_undone_is_never_told(acme, endpoint, receiver):
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        tell(acme)
        raise ZeroDivisionError

    deliver_once()

    assert receiver.received == []
    assert not UntoldEvent.objects.exists()


def test_a_dispatcher_that_dies_while_laying_out_leaves_the_events_in_the_queue(acme, endpoint, receiver, monkeypatch):
    tell(acme)
    monkeypatch.setattr(WebhookDelivery.objects.__class__, "bulk_create", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        lay_out_deliveries()
    monkeypatch.undo()

    assert UntoldEvent.objects.count() == 1
    deliver_once()
    assert len(receiver.received) == 1


def test_two_who_lay_out_at_once_take_different_events(acme, endpoint):
    tell(acme, 1)
    taken, may_go = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            assert lay_out_deliveries() == 1
            taken.set()
            assert may_go.wait(30)

    other = in_background(first)
    assert taken.wait(30)
    tell(acme, 2)

    assert lay_out_deliveries() == 1
    may_go.set()
    other.join()
    assert WebhookDelivery.objects.count() == 2


def start_dispatcher():
    database_url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "DATABASE_URL": urlunsplit(database_url),
        "OUTGOING_MAY_REACH": "127.0.0.1/32",
        "CUSTODIAN": django_settings.CUSTODIAN,
        "CUSTODIAN_URL": django_settings.CUSTODIAN_URL,
        "CUSTODIAN_TOKEN": django_settings.CUSTODIAN_TOKEN,
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "deliver_webhooks", "--seconds", "120"], env=environment, cwd=django_settings.BASE_DIR
    )


@pytest.mark.slow
def test_a_dispatcher_killed_in_the_middle_of_a_call_loses_nothing(acme):
    release = threading.Event()

    def hold_the_first(request):
        if len(server.received) == 1:
            release.wait(60)
        return Reply()

    with receiving(hold_the_first) as server:
        create_endpoint(merchant=acme, url=server.url, api_version=VERSION)
        told = {tell(acme, number) for number in range(5)}
        dispatcher = start_dispatcher()
        try:
            wait_until(lambda: len(server.received) == 5)
        finally:
            dispatcher.kill()  # SIGKILL: one call is held, the answers of the others may not be written yet
            dispatcher.wait()
            release.set()
        unsettled = WebhookDelivery.objects.filter(state="waiting")
        assert unsettled.count() >= 1
        assert all(delivery.claim == 1 for delivery in unsettled)
        held = server.received[0].headers["webhook-id"]

        assert deliver_once() == []  # its lease still holds
        unsettled.update(next_attempt_at=timezone.now())  # as time would
        deliver_once()

    seen = Counter(request.headers["webhook-id"] for request in server.received)
    assert set(seen) == told
    assert seen[held] == 2
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_slow_and_a_dead_receiver_delay_nobody(acme, globex):
    release = threading.Event()

    def hold(request):
        release.wait(60)
        return Reply()

    with receiving(hold) as slow, receiving() as fast, receiving() as gone:
        dead_url = gone.url
        gone.server.server_close()
        create_endpoint(merchant=acme, url=slow.url, api_version=VERSION)
        create_endpoint(merchant=acme, url=dead_url, api_version=VERSION)
        create_endpoint(merchant=globex, url=fast.url, api_version=VERSION)
        for number in range(60):
            tell(acme, number)
        for number in range(30):
            tell(globex, number)
        with delivering():
            wait_until(lambda: len(fast.received) == 30)
            wait_until(lambda: open_transactions() == 0)  # which never came if one were open during the held calls
            held = len(slow.received)
            tell(globex, 31)
            wait_until(lambda: len(fast.received) == 31)
            release.set()
            wait_until(lambda: len(slow.received) == 60)

    assert 1 <= held <= PER_ENDPOINT  # no more than one endpoint's share was taken by the slow one


def test_a_thousand_that_wait_for_a_dead_host_are_few_in_flight_delay_nobody_and_are_lost_nowhere(acme, globex):
    """The host takes connections and never answers; then it is well again."""
    release = threading.Event()

    def hold(request):
        release.wait(120)
        return Reply()

    with receiving(hold) as dead, receiving() as well:
        create_endpoint(merchant=acme, url=dead.url, api_version=VERSION)
        create_endpoint(merchant=globex, url=well.url, api_version=VERSION)
        told = {tell(acme, number) for number in range(1000)}
        for number in range(30):
            tell(globex, number)
        with delivering():
            wait_until(lambda: len(well.received) == 30)
            wait_until(lambda: not UntoldEvent.objects.exists())
            taken_up = WebhookDelivery.objects.filter(endpoint__merchant=acme, claim__gt=0).count()
            waiting = WebhookDelivery.objects.filter(endpoint__merchant=acme, state="waiting").count()
            tell(globex, 31)
            wait_until(lambda: len(well.received) == 31)
            release.set()
            wait_until(lambda: WebhookDelivery.objects.filter(state="delivered").count() == 1031, seconds=120)

    assert 1 <= taken_up <= PER_ENDPOINT
    assert waiting == 1000
    assert {request.headers["webhook-id"] for request in dead.received} == told


def open_transactions():
    """How many other connections of this database sit in a transaction while nothing runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%'"
        )
        return cursor.fetchone()[0]


def test_loops_beside_each_other_deliver_each_event_once(acme, receiver):
    create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
    told = {tell(acme, number) for number in range(120)}
    with delivering(loops=3):
        wait_until(lambda: WebhookDelivery.objects.filter(state="delivered").count() == 120)

    seen = Counter(request.headers["webhook-id"] for request in receiver.received)
    assert set(seen) == told
    assert set(seen.values()) == {1}
    assert WebhookAttempt.objects.count() == 120


def test_a_loop_whose_time_is_over_lets_the_next_begin_while_it_waits_for_a_dead_receiver(acme, globex, monkeypatch):
    release, first_ended = threading.Event(), threading.Event()
    monkeypatch.setattr(tasks, "RUN_S", 0.5)

    def hold(request):
        release.wait(60)
        return Reply()

    def run_task():
        assert tasks.deliver() is True
        first_ended.set()

    with receiving(hold) as dead, receiving() as fast:
        create_endpoint(merchant=acme, url=dead.url, api_version=VERSION)
        create_endpoint(merchant=globex, url=fast.url, api_version=VERSION)
        tell(acme)
        first = in_background(run_task)
        wait_until(lambda: len(dead.received) == 1)
        wait_until(lambda: not tasks._turn.locked())
        tell(globex)
        second = tasks.deliver()
        is_first_waiting = not first_ended.is_set()
        release.set()
        first.join()

    assert (second, is_first_waiting, len(fast.received)) == (True, True, 1)
    assert first_ended.is_set()
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_tick_during_a_run_does_nothing_and_a_loop_that_fails_leaves_room_for_the_next(monkeypatch):
    seen = []

    def run(**options):
        seen.append(tasks.deliver())
        raise OSError("the machine is tired")

    monkeypatch.setattr(tasks, "run_dispatcher", run)

    for _ in range(2):
        with pytest.raises(OSError, match="tired"):
            tasks.deliver()
    assert seen == [False, False]


def test_an_answer_that_comes_while_others_are_written_waits_for_the_next_turn(acme, endpoint, monkeypatch):
    answered, handed_over = [], []

    async def attempt(delivery, secrets, session):
        await asyncio.sleep(0)
        return answered[0]

    async def scene():
        loop = Dispatcher()
        call = asyncio.create_task(loop._call(claimed, None))
        await asyncio.sleep(0)  # it is under way …
        handed_over.append(loop.outcomes)
        loop.outcomes = []  # … when a turn takes the answers that are there
        await call
        return loop.outcomes

    tell(acme)
    lay_out_deliveries()
    (claimed,) = claim_share(InFlight(), SecretKeeper())
    answered.append(object())
    monkeypatch.setattr(dispatcher, "attempt", attempt)

    assert asyncio.run(scene()) == answered
    assert handed_over == [[]]


def test_a_loop_that_is_stopped_gives_back_what_it_did_not_finish(acme, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr("webhooks.engine.dispatcher.DRAIN_S", 0.1)

    def hold(request):
        release.wait(60)
        return Reply()

    with receiving(hold) as slow:
        create_endpoint(merchant=acme, url=slow.url, api_version=VERSION)
        tell(acme)
        with delivering():
            wait_until(lambda: len(slow.received) == 1)
        release.set()

        delivery = WebhookDelivery.objects.get()
        assert delivery.state == "waiting"
        assert delivery.next_attempt_at <= timezone.now()
        deliver_once()

    assert WebhookDelivery.objects.get().state == "delivered"


def test_a_database_that_goes_away_for_a_moment_costs_no_answer(acme, receiver, monkeypatch):
    """The answers that could not be written are written by the next turn."""
    monkeypatch.setattr(dispatcher, "AFTER_ERROR_S", 0.01)
    failures, real = [1, 2], dispatcher.write_outcomes

    def fails_twice(outcomes):
        if outcomes and failures:
            failures.pop()
            raise OperationalError("the server closed the connection unexpectedly")
        real(outcomes)

    monkeypatch.setattr(dispatcher, "write_outcomes", fails_twice)
    create_endpoint(merchant=acme, url=receiver.url, api_version=VERSION)
    tell(acme)
    with delivering():
        wait_until(lambda: WebhookDelivery.objects.filter(state="delivered").count() == 1)

    assert (failures, len(receiver.received), WebhookAttempt.objects.count()) == ([], 1, 1)
