"""Who is limited moves the money of sales in their stores, through the real card network, and of no others."""

from __future__ import annotations

import pytest
from django.urls import reverse

from checkout.models import CheckoutSession, Payment, Refund
from checkout.refunds.settling import settle_answered_refunds
from checkout.tests.conftest import evidence, open_session  # noqa: F401  (fixtures)
from checkout.tests.held import TOTAL
from conftest import make_member
from ledger.selectors import merchant_balance
from merchants.models import Member
from merchants.team.reach import Reach
from pos_monitor.models import TillSale
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores(acme, held):
    """The sale that is held lies in the first."""
    here, there = a_store(acme, "Here", region="TX"), a_store(acme, "There", region="CA")
    till = a_terminal(acme, here)
    TillSale.objects.create(merchant=acme, terminal=till, store=here, sale_number="1", session=held, sold_at=held.created_at)
    return here, there


def accountant_of(merchant, store):
    user = make_member(merchant, "accountant")
    Member.objects.filter(user=user).update(reach=Reach.of([], [store.public_id]).as_json())
    return user


def test_a_sale_of_their_store_is_captured_and_given_back(signed_in, acme, held, stores):
    client = signed_in(accountant_of(acme, stores[0]))

    client.post(reverse("portal:sale_capture", args=[held.public_id]))
    assert merchant_balance(acme).total_cents == TOTAL
    typed = {"what": "amount", "amount": "1.00", "confirm": "yes", "refunded_before_cents": "0", "reason": "other"}
    answer = client.post(reverse("portal:sale_refund", args=[held.public_id]), typed)
    settle_answered_refunds()

    assert answer.status_code == 302
    assert (Refund.objects.get().amount_cents, Payment.objects.get().refunded_cents) == (100, 100)
    assert merchant_balance(acme).total_cents == TOTAL - 100
    assert "$1.00" in client.get(reverse("portal:sale", args=[held.public_id])).content.decode()


def test_a_sale_of_another_store_is_not_there_and_keeps_its_money(signed_in, acme, held, stores):
    client = signed_in(accountant_of(acme, stores[1]))

    for name in ("sale_capture", "sale_void", "sale_refund"):
        assert client.post(reverse(f"portal:{name}", args=[held.public_id])).status_code == 404

    assert CheckoutSession.objects.get().status == "authorised"
    assert merchant_balance(acme).total_cents == 0
