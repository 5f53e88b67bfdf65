"""Plain builders for the network tests: one good request, and what differs by keyword."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from checkout.network.cards import shipped_table, test_cards
from checkout.network.types import (
    AdviceRequest,
    AuthorisationRequest,
    Card,
    HealthcareAmounts,
    MerchantIdentity,
    NetworkReference,
)

PHARMACY = MerchantIdentity("ACME-0001", "WEB00001", "5912", "Acme Pharmacy", iias_certified=True)
GROCER = MerchantIdentity("GLOBEX-0001", "WEB00002", "5411", "Globex Groceries")
DENTIST = MerchantIdentity("DENT-0001", "WEB00003", "8021", "Dr. Zähner")
SMALL_PHARMACY = MerchantIdentity("NINETY-0001", "WEB00004", "5912", "Corner Drugs", ninety_percent=True)

_numbers = count(1)


def reference(number: int | None = None) -> NetworkReference:
    number = next(_numbers) if number is None else number
    return NetworkReference(f"{number % 1_000_000:06d}", f"{number:012d}", datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC))


def pan_of(outcome: str, kind: str = "fsa", network: str = "visa") -> str:
    return next(c.pan for c in test_cards() if (c.outcome, c.account_kind, c.network) == (outcome, kind, network))


def card(pan: str, *, cvc: str | None = "123", month: int = 12, year: int = 2039) -> Card:
    return Card(pan, month, year, cvc, shipped_table().find(pan).network)


def request(pan: str, cents: int = 45_00, **changes: Any) -> AuthorisationRequest:
    """A certified pharmacy charges `cents`, all of it healthcare and substantiated."""
    values: dict[str, Any] = {
        "reference": reference(),
        "card": card(pan),
        "amount_cents": cents,
        "merchant": PHARMACY,
        "healthcare": HealthcareAmounts(cents),
        "substantiated": True,
        "partial_allowed": True,
    }
    return AuthorisationRequest(**(values | changes))


def advice(kind: Any, about: AuthorisationRequest, cents: int, **changes: Any) -> AdviceRequest:
    values: dict[str, Any] = {
        "kind": kind,
        "reference": reference(),
        "original": about.reference,
        "amount_cents": cents,
        "merchant": about.merchant,
    }
    return AdviceRequest(**(values | changes))


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether `holds` comes true within a few seconds: for what another thread is about to do."""
    until = time.monotonic() + 5
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
