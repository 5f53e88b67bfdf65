"""The card network's host is killed between question and answer, as a process of its own, and comes back with what it knew."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connections

from checkout import errors
from checkout.models import CheckoutSession, NetworkAdvice
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA_SILENT, VISA
from checkout.tests.network_samples import eventually
from checkout.tests.test_network_command import start
from checkout.tests.test_network_link import unused_port
from common.scopes import across_merchants
from ledger.selectors import merchant_balance

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Host:
    """A sandbox acquirer that can be killed and started again with the same journal."""

    def __init__(self, journal: Path) -> None:
        self.port, self._status_port, self._journal = unused_port(), unused_port(), journal
        self.start()

    def start(self) -> None:
        ports = ("--port", str(self.port), "--status-port", str(self._status_port))
        self._process: subprocess.Popen[str] = start(*ports, "--journal", str(self._journal))
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("sandbox acquirer listening")

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def held_cents(self) -> int:
        with urlopen(f"http://127.0.0.1:{self._status_port}/totals") as response:
            held: int = json.load(response)["held_cents"]
        return held


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    running = Host(tmp_path / "journal")
    yield running
    running.kill()


def test_a_host_killed_before_its_answer_fails_the_sale_at_once_and_gives_the_hold_back_when_it_returns(
    acme, open_session, token, settings, host
):
    settings.ACQUIRER_PORT, settings.ACQUIRER_TIMEOUT_S = host.port, 60.0
    session = open_session(acme)
    cards = token(acme, FSA_SILENT), token(acme, VISA)
    outcome: list[BaseException] = []

    @across_merchants("a thread of a test")
    def pay() -> None:
        try:
            pay_session(session=session, benefit_token=cards[0], card_token=cards[1])
        except errors.NetworkSilent as silence:
            outcome.append(silence)
        finally:
            connections.close_all()

    shopper = threading.Thread(target=pay)
    shopper.start()
    assert eventually(lambda: host.held_cents() == 3000)
    host.kill()
    shopper.join(10)  # long before the time-out: a lost line is known at once

    assert [type(one) for one in outcome] == [errors.NetworkSilent]
    assert CheckoutSession.objects.get().status == "open"
    assert send_due_advices() == 0
    host.start()
    assert host.held_cents() == 3000  # its journal outlived it
    NetworkAdvice.objects.update(next_attempt_at=NetworkAdvice.objects.get().created_at)
    assert eventually(lambda: send_due_advices() == 1)

    assert host.held_cents() == 0
    assert NetworkAdvice.objects.get().attempts == 2
    assert pay_session(session=CheckoutSession.objects.get(), card_token=token(acme, VISA)).status == "complete"
    assert merchant_balance(acme).total_cents == 4200
