"""A sale held for the merchant, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checkout.models import CheckoutSession, NetworkAdvice, Payment, Tender, TenderLine
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.tests.conftest import CHIPS, FSA, VISA, VITAMINS, line
from ledger.models import Leg
from merchants.models import Event, Merchant

# 3 units of $10.01 that are eligible; chips and vitamins are not.
BASKET = [line(cents=1001, quantity=3), line(CHIPS, 333, quantity=2), line(VITAMINS, 500)]
TOTAL, ELIGIBLE = 4169, 3003


@pytest.fixture
def held(acme: Merchant, open_session: Callable[..., CheckoutSession], token: Callable[..., str]) -> CheckoutSession:
    return a_sale(acme, open_session, token, capture_method="manual")


@pytest.fixture
def sold(acme: Merchant, open_session: Callable[..., CheckoutSession], token: Callable[..., str]) -> Payment:
    """A captured sale that the network has heard of."""
    session = a_sale(acme, open_session, token)
    send_due_advices()
    return Payment.objects.get(session=session)


def a_sale(merchant, open_session, token, *, fsa=FSA, **fields):
    session = open_session(merchant, BASKET, **fields)
    return pay_session(
        session=session, benefit_token=token(merchant, fsa), card_token=token(merchant, VISA), email="pat@example.com"
    )


def taken(session: CheckoutSession) -> dict[tuple[str, int], int]:
    """(kind of card, line) -> cents captured."""
    found: dict[tuple[str, int], int] = {}
    for part in TenderLine.objects.filter(line__session=session).select_related("tender", "line"):
        key = (part.tender.kind, part.line.position)
        found[key] = found.get(key, 0) + part.amount_cents
    return found


def tender(session: CheckoutSession, kind: str) -> Tender:
    return Tender.objects.get(payment__session=session, kind=kind, payment__status__in=["authorised", "captured", "voided"])


def events(*types: str) -> list[Event]:
    return list(Event.objects.filter(type__in=types).order_by("pk"))


def send_everything() -> None:
    while NetworkAdvice.objects.filter(acknowledged_at=None).exists():
        assert send_due_advices()


def assert_book_balances() -> None:
    assert sum(Leg.objects.values_list("amount_cents", flat=True)) == 0
