"""A bank that really listens, a clock that the test moves, and batches to send."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from treasury.banks.endpoints import partners_at
from treasury.banks.originator import Originator
from treasury.banks.sandbox.bank import SandboxBank
from treasury.banks.sandbox.running import RunningBank
from treasury.banks.types import Batch, CreditTransfer

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def transfer(number=1, **changes):
    given = {
        "end_to_end_id": f"po_{number:08}", "trace_number": number, "amount_cents": 125_50, "routing_number": "021000021",
        "account_number": f"5551{number:04}777", "account_kind": "checking", "name": "ACME PHARMACY LLC",
    }  # fmt: skip
    return CreditTransfer(**given | changes)


def batch_of(*transfers, id="pb_0001", **changes):
    given = {"created_at": NOW, "effective_on": date(2026, 11, 24), "transfers": tuple(transfers) or (transfer(),)}
    return Batch(id=id, **given | changes)


@pytest.fixture
def originator():
    return Originator(
        company_name="FSA PLATFORM",
        company_id="1234567890",
        bank_name="SANDBOX BANK",
        routing_number="091000019",
        account_number="4000123456",
    )


@pytest.fixture
def clock():
    return Clock()


def a_bank(folder, clock, **changes):
    return SandboxBank(folder, **{"settle_after": HOUR, "statement_after": HOUR, "clock": clock} | changes)


@pytest.fixture
def running(tmp_path, clock):
    with RunningBank(a_bank(tmp_path, clock), tmp_path) as running:
        yield running


@pytest.fixture
def bank(running):
    return running.bank


@pytest.fixture
def banks(running):
    """By name: `sandbox` (API), `sandbox-ach`, `sandbox-iso`, each with a first and a second region."""
    return partners_at(running.rows)


def news_of(partner, taken=()):
    """Everything that lies at the first endpoint."""
    endpoint, files = next(iter(partner.incoming(is_taken=lambda _, name: name in taken)))
    return [partner.read(endpoint, file) for file in files]


def said(news, what):
    return [one for part in news for one in getattr(part, what)]
