from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from shoppers.bank.sandbox.bank import Bank
from shoppers.bank.sandbox.server import BankServer, credential

TODAY = date(2026, 11, 20)


@pytest.fixture
def bank(settings: Any) -> Iterator[Bank]:
    """The sandbox's bank, over HTTP on a port of its own; its day is `TODAY`."""
    settings.OUTGOING_MAY_REACH = ["127.0.0.0/8"]
    with BankServer(bank=Bank(today=TODAY), token=credential()) as server:
        settings.BANK_DATA_URL = server.url
        yield server.bank
