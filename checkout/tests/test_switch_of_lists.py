"""A sale while a list is switched to another version: it freezes what was in force."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from checkout.services.create import BasketLine
from common.scopes import across_merchants
from eligibility.tests.list_samples import GTINS, MOUSE, on_list


@pytest.mark.django_db(transaction=True)
def test_a_sale_beside_a_switch_keeps_the_decision_that_was_in_force(acme, open_session):
    on_list(GTINS[0])
    lines = [BasketLine(title=MOUSE, gtin=GTINS[0], quantity=1, unit_price_cents=1000)]
    switched, sold = threading.Event(), threading.Event()

    def switch():
        try:
            with across_merchants("a test"), transaction.atomic():
                on_list()
                switched.set()
                sold.wait(20)
        finally:
            connection.close()

    worker = threading.Thread(target=switch)
    worker.start()
    try:
        assert switched.wait(20)
        beside = open_session(acme, lines)
    finally:
        sold.set()
        worker.join()
    after = open_session(acme, lines)

    statuses = [session.lines.get().decision["status"] for session in (beside, after)]
    assert statuses == ["eligible", "not_eligible"]
    beside.refresh_from_db()
    assert beside.lines.get().decision["list_version"] == "the-list 1"
