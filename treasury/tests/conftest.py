from __future__ import annotations

import pytest

from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, VISA, evidence, open_session  # noqa: F401  (fixtures)
from treasury.banks.sandbox.bank import SandboxBank
from treasury.banks.sandbox.running import RunningBank
from treasury.services import accounts, sending, taking
from treasury.tests.samples import Desk
from treasury.tests.town import HOUR, Clock, Town, only


@pytest.fixture
def desk(monkeypatch):
    """The partner bank, at a desk of the test's own."""
    bank = Desk()
    for module in (sending, taking, accounts):
        monkeypatch.setattr(module, "partner", lambda: bank)
    return bank


@pytest.fixture
def sell(acme, open_session, token):  # noqa: F811
    """Sell for $42.00: $30.00 on a benefit card, $12.00 on another."""

    def sold(merchant=acme):
        session = open_session(merchant)
        pay_session(session=session, benefit_token=token(merchant, FSA), card_token=token(merchant, VISA))
        return session.payments.get(status="captured")

    return sold


@pytest.fixture(params=["sandbox", "sandbox-iso", "sandbox-ach"])
def language(request):
    """What is spoken with the bank: its API, ISO 20022 or ACH files."""
    return request.param


@pytest.fixture
def town(tmp_path, settings, language):
    """A bank that really listens, and the treasury that pays out through it."""
    clock = Clock()
    bank = SandboxBank(tmp_path, settle_after=HOUR, statement_after=HOUR, clock=clock)
    with RunningBank(bank, tmp_path) as running:
        settings.BANKS_FILE = only(running.rows, language)
        yield Town(bank, clock)
