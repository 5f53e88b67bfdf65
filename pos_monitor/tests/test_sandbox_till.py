"""The made-up till that sells over the platform's own doors: `manage.py sandbox_till`."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from checkout.models import Tender
from checkout.tests.conftest import evidence  # noqa: F401
from eligibility.lists.by_hand import enter_list
from merchants.keys.services import create_api_key
from pos_monitor.models import Terminal, TillSale
from pos_monitor.simulation.selling import SHELF
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("evidence")]


@pytest.fixture
def run(live_server, acme):
    _, secret = create_api_key(merchant=acme, kind="secret", name="Till")

    def ran(*arguments):
        said = StringIO()
        call_command("sandbox_till", *arguments, "--key", secret, "--base-url", live_server.url, "--seed", "7", stdout=said)
        return said.getvalue()

    return ran


def test_shop_sells_at_every_till_of_the_merchant_alone(run, acme, globex):
    tills = [a_terminal(acme, a_store(acme, name=name)) for name in ("North", "South")]
    a_terminal(globex, a_store(globex))
    a_terminal(acme, a_store(acme, name="Closed"), state=Terminal.State.REPAIR)

    said = run("shop", "--sales", "8")

    sold = Counter(TillSale.objects.values_list("terminal", flat=True))
    assert "8 sales at 2 tills brought $" in said
    assert set(sold) == {till.pk for till in tills}
    assert sum(sold.values()) == 8


def test_what_is_on_the_list_is_paid_by_a_benefit_card_and_the_rest_by_another(run, acme):
    a_terminal(acme, a_store(acme))
    enter_list(
        list_id="test-list",
        name="the test list",
        version="2026-11",
        rows=[(SHELF[0]["gtin"], "Advil Ibuprofen Tablets 200 mg, 100 count", "pain-relievers-oral")],
    )

    run("shop", "--sales", "8")

    paid = dict(Tender.objects.values_list("kind").annotate(cents=Sum("approved_cents")))
    assert set(paid) == {"benefit", "ordinary"}
    assert paid["benefit"] % 1299 == 0


def test_a_sale_sent_twice_is_one(run, acme):
    till = a_terminal(acme, a_store(acme))

    run("sell", "--terminal", till.public_id, "--twice")

    assert TillSale.objects.count() == 1


def test_what_is_missing_is_said(run, acme):
    with pytest.raises(CommandError, match="Say --terminal"):
        run("sell")
    with pytest.raises(CommandError, match="has no till in use"):
        run("shop")
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("sandbox_till", "shop", "--key", "k", "--base-url", "http://127.0.0.1:9")
