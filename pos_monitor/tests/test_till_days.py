"""Voiding the last sale, and closing the day: totals that the book agrees with, whatever comes twice or late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from freezegun import freeze_time

from checkout.clearing.take import take_file
from checkout.integrity import findings
from checkout.models import NetworkAdvice, Payment, Refund
from checkout.network.host.advices import Effect
from checkout.network.host.background import BackgroundHost
from checkout.refunds.services import create_refund
from checkout.refunds.settling import settle_answered_refunds
from checkout.services.advices import send_due_advices
from checkout.tests.conftest import FSA, FSA_DECLINED, VISA, evidence  # noqa: F401
from common.scopes import across_merchants
from ledger.selectors import merchant_balance
from merchants.models import Event
from pos_monitor.models import TillDay, TillSale
from pos_monitor.sales import void as voiding
from pos_monitor.tests.sale_samples import Till, chips

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evidence")]
SOLD = ("sales_count", "sales_cents", "benefit_cents", "ordinary_cents")


@pytest.fixture
def till(acme):
    return Till(acme)


def totals(day: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(day[name] for name in names or SOLD)


def broken() -> list[Any]:
    return [row for finding in findings() for row in finding.broken]


def send_all() -> None:
    while send_due_advices():
        pass
    settle_answered_refunds()


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


# --- Voiding ---


@pytest.mark.parametrize("was_told", [True, False])
def test_the_last_sale_is_reversed_at_the_network_and_in_the_book(till, acme, card_network, was_told):
    body = till.basket(FSA, VISA)
    till.send(body)
    if was_told:
        send_due_advices()

    voided = till.void(body["sale_number"])
    send_all()

    assert (voided.status_code, voided.json()["status"]) == (200, "voided")
    assert "*** VOIDED ***" in voided.json()["receipt_text"]
    assert merchant_balance(acme).total_cents == 0
    assert Refund.objects.get().status == "succeeded"
    assert not NetworkAdvice.objects.filter(acknowledged_at=None).exists()
    held = [row for t in Payment.objects.get().tenders.all() for row in card_network.authorisations(t.rrn)]
    assert [(row["completed_cents"], row["held_cents"]) for row in held] == [(0, 0), (0, 0)]
    assert broken() == []


def test_a_void_that_comes_twice_gives_back_once(till, acme):
    body = till.basket(FSA, VISA)
    till.send(body)

    first, second = till.void(body["sale_number"]), till.void(body["sale_number"])

    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (200, 200, "true")
    assert Refund.objects.count() == 1
    assert Event.objects.filter(type="till_sale.voided").count() == 1


def test_only_the_last_sale_can_be_voided(till):
    earlier, last = till.basket(VISA), till.basket(VISA)
    till.send(earlier)
    till.send(last)

    refused = till.void(earlier["sale_number"])
    till.void(last["sale_number"])
    still_refused = till.void(earlier["sale_number"])

    assert [(a.status_code, code_of(a)) for a in (refused, still_refused)] == [(409, "sale_not_last")] * 2
    assert Refund.objects.count() == 1


def test_a_sale_that_was_declined_or_never_came_cannot_be_voided(till):
    declined = till.basket(FSA_DECLINED, VISA)
    till.send(declined)

    for number in (declined["sale_number"], "never"):
        assert (till.void(number).status_code, code_of(till.void(number))) == (404, "till_sale_unknown")


def test_a_sale_of_a_closed_day_or_of_the_networks_last_day_is_refunded_instead(till):
    body = till.basket(VISA)
    till.send(body)
    NetworkAdvice.objects.update(created_at=timezone.now() - timedelta(days=1))
    after_the_networks_day = till.void(body["sale_number"])
    NetworkAdvice.objects.update(created_at=timezone.now())
    till.close()

    after_the_tills_day = till.void(body["sale_number"])

    assert [code_of(answer) for answer in (after_the_networks_day, after_the_tills_day)] == ["sale_settled"] * 2
    assert not Refund.objects.exists()


def test_a_sale_that_was_refunded_in_part_is_not_voided(till):
    body = till.basket(VISA)
    till.send(body)
    create_refund(payment=Payment.objects.get(), amount_cents=100)

    assert code_of(till.void(body["sale_number"])) == "sale_settled"


def test_another_till_voids_nothing_here(till, acme):
    body = till.basket(VISA)
    till.send(body)

    assert Till(acme).void(body["sale_number"]).status_code == 404


def test_what_was_voided_is_in_no_clearing_file_and_missed_in_none(till, settings):
    with BackgroundHost() as host:
        settings.ACQUIRER_PORT = host.port
        kept, body = till.basket(VISA), till.basket(FSA, VISA)
        till.send(kept)
        till.send(body)
        till.void(body["sale_number"])
        send_all()
        text = host.clearing(timezone.now().date())

    taken = take_file(name="clearing.csv", content=text.encode())

    assert (taken.file.line_count, taken.file.completion_cents, taken.file.case_count) == (1, 3700, 0)


def test_a_void_that_the_network_refuses_fails_and_the_money_is_the_merchants_again(till, acme, monkeypatch):
    body = till.basket(VISA)
    till.send(body)
    send_all()
    monkeypatch.setattr("checkout.network.host.advices._reverse_advice", lambda *_: Effect("58"))

    voided = till.void(body["sale_number"])
    send_all()

    refund = Refund.objects.get()
    assert (voided.status_code, voided.json()["status"]) == (200, "voided")
    assert (refund.status, refund.failed_cents, [leg.status for leg in refund.legs.all()]) == ("failed", 3700, ["failed"])
    assert Event.objects.filter(type="refund.failed", object_id=refund.public_id).count() == 1
    assert till.api.get(f"{till.path}/sales/number/{body['sale_number']}").json()["status"] == "paid"
    assert Payment.objects.get().refunded_cents == 0
    assert merchant_balance(acme).total_cents == 3700
    assert broken() == []


def test_a_sale_whose_void_the_network_refused_is_paid_again_for_the_till(till, monkeypatch):
    body = till.basket(VISA)
    till.send(body)
    send_all()
    monkeypatch.setattr("checkout.network.host.advices._reverse_advice", lambda *_: Effect("58"))
    voided = till.void(body["sale_number"]).json()
    send_all()

    told = till.api.get(f"{till.path}/sales/number/{body['sale_number']}").json()
    again = till.void(body["sale_number"])

    assert (voided["status"], "VOIDED" in voided["receipt_text"]) == ("voided", True)
    assert (told["status"], "VOIDED" in told["receipt_text"]) == ("paid", False)
    assert (again.status_code, code_of(again)) == (409, "sale_settled")
    assert Refund.objects.count() == 1


def test_a_refund_that_came_while_a_void_looked_keeps_it_back(till, acme, monkeypatch):
    body = till.basket(VISA)
    till.send(body)
    looks = voiding._is_cleared

    def meanwhile(payment: Payment) -> bool:
        create_refund(payment=payment, amount_cents=1000)
        return looks(payment)

    monkeypatch.setattr(voiding, "_is_cleared", meanwhile)

    refused = till.void(body["sale_number"])

    assert (refused.status_code, code_of(refused)) == (409, "sale_settled")
    assert not Refund.objects.filter(is_void=True).exists()
    assert not NetworkAdvice.objects.filter(kind="reversal").exists()


# --- The end of the day ---


def test_a_day_adds_up_by_tender_and_agrees_with_the_book(till, acme):
    till.sell(FSA, VISA)
    last = till.basket(VISA)
    till.send(last)
    till.void(last["sale_number"])
    till.sell(FSA_DECLINED, VISA)

    closed = till.close()

    day = closed.json()
    assert closed.status_code == 201
    assert totals(day) == (2, 7400, 3000, 4400)
    assert totals(day, "voids_count", "voids_cents", "refunds_count", "net_cents") == (1, 3700, 0, 3700)
    assert day["net_cents"] == merchant_balance(acme).total_cents
    assert broken() == []


def test_a_day_is_closed_once(till):
    till.sell(VISA)
    first = till.close()
    till.sell(VISA)

    again = till.close(totals={"sales_count": 7})

    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 200, "true")
    assert again.json() == first.json()
    assert TillDay.objects.count() == 1


def test_a_late_sale_counts_in_the_next_day_as_late(till, acme):
    yesterday = timezone.localdate(timezone=ZoneInfo(till.terminal.store.time_zone)) - timedelta(days=1)
    first = till.close(business_on=yesterday.isoformat()).json()
    till.send(till.basket(VISA, taken_offline_at=(timezone.now() - timedelta(days=1, hours=1)).isoformat()))

    day = till.close().json()

    assert totals(first) == (0, 0, 0, 0)
    assert totals(day, "sales_count", "late_count", "sales_cents") == (1, 1, 3700)


def test_the_till_is_told_what_differs(till):
    one, two = till.basket(VISA), till.basket(VISA)
    till.send(one)
    till.send(two)
    said = {"sales_count": 3, "sales_cents": 7400, "ordinary_cents": 7500}

    day = till.close(totals=said, sale_numbers=[one["sale_number"], "lost-1"]).json()

    assert day["differences"] == [
        {"name": "sales_count", "till": 3, "platform": 2}, {"name": "ordinary_cents", "till": 7500, "platform": 7400},
        {"name": "only_at_till", "till": ["lost-1"], "platform": [], "count": 1},
        {"name": "only_on_platform", "till": [], "platform": [two["sale_number"]], "count": 1},
    ]  # fmt: skip


def test_refunds_are_counted_in_one_day_by_the_card_they_go_to(till):
    till.sell(FSA, VISA)
    create_refund(payment=Payment.objects.get(), amount_cents=None)

    day = till.close().json()

    assert totals(day, "refunds_count", "refunds_cents", "voids_count", "net_cents") == (1, 3700, 0, 0)
    stored = TillDay.objects.get()
    assert (stored.refunds_benefit_cents, stored.refunds_ordinary_cents) == (3000, 700)


def test_a_void_that_the_network_refuses_after_the_close_counts_in_the_next_day(till, acme, monkeypatch):
    kept, body = till.basket(VISA), till.basket(FSA, VISA)
    till.send(kept)
    till.send(body)
    send_all()
    monkeypatch.setattr("checkout.network.host.advices._reverse_advice", lambda *_: Effect("58"))
    till.void(body["sale_number"])
    first = till.close().json()
    send_all()

    with freeze_time(timezone.now() + timedelta(days=1), tick=True):
        second = till.close().json()

    assert totals(first, "net_cents", "voids_cents", "failed_cents") == (3700, 3700, 0)
    assert totals(second, "net_cents", "voids_cents", "failed_count", "failed_cents") == (3700, 0, 2, 3700)
    assert first["net_cents"] + second["net_cents"] == merchant_balance(acme).total_cents
    assert broken() == []


def test_a_void_that_the_network_refused_before_the_close_is_in_that_day_both_ways(till, acme, monkeypatch):
    body = till.basket(VISA)
    till.send(body)
    send_all()
    monkeypatch.setattr("checkout.network.host.advices._reverse_advice", lambda *_: Effect("58"))
    till.void(body["sale_number"])
    send_all()

    day = till.close().json()

    assert totals(day, "voids_cents", "failed_cents", "net_cents") == (3700, 3700, 3700)
    assert broken() == []


def test_a_day_to_come_or_before_a_closed_one_is_refused(till):
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()
    long_ago = (timezone.now() - timedelta(days=9)).date().isoformat()
    till.close()

    answers = [till.close(business_on=tomorrow), till.close(business_on=long_ago)]

    assert [(a.status_code, code_of(a)) for a in answers] == [(409, "till_day_invalid")] * 2


def test_a_closed_day_never_changes(till):
    till.close()

    with pytest.raises(DatabaseError), transaction.atomic():
        TillDay.objects.update(sales_cents=1)


def test_a_day_that_the_book_does_not_agree_with_is_found(till):
    till.sell(VISA)
    till.close()
    TillSale.objects.update(day=None)

    assert any("day" in str(row) for row in broken())


def test_unpaid_sales_and_other_tills_are_no_part_of_the_day(till, acme):
    Till(acme).sell(VISA)
    till.sell(FSA_DECLINED, VISA, lines=[chips(), *till.basket()["line_items"]])

    assert totals(till.close().json()) == (0, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_day_closed_from_two_threads_beside_sales_counts_each_sale_once(till, acme):
    bodies = [till.basket(VISA) for _ in range(6)]

    def guarded(deed: Any, *args: Any) -> Any:
        try:
            with across_merchants("a test"):
                return deed(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        sold = [threads.submit(guarded, till.send, body) for body in bodies]
        closed = [threads.submit(guarded, till.close) for _ in range(2)]
        statuses = sorted(one.result().status_code for one in closed)
        assert {one.result().status_code for one in sold} == {201}

    assert statuses == [200, 201]
    counted = TillSale.objects.filter(day__isnull=False).count()
    assert TillDay.objects.get().sales_count == counted
    assert broken() == []
