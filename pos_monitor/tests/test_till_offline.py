"""Sales that a till took without a line: sent later, in any order, perhaps twice, perhaps at once; and those that cannot be paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from freezegun import freeze_time

from checkout.models import CardToken, CheckoutSession, Payment, Tender
from checkout.services.release import expire_old_sessions
from checkout.tests.conftest import FSA, FSA_DECLINED, FSA_SILENT, VISA, VISA_DECLINED, evidence  # noqa: F401
from common.scopes import across_merchants
from ledger.selectors import merchant_balance
from merchants.models import Event
from pos_monitor.models import Terminal, TillSale, TillSettings
from pos_monitor.sales import sell as selling
from pos_monitor.sales.losses import settle_loss, settle_refused
from pos_monitor.sales.selectors import refused_offline_sales, unpaid_offline_sales
from pos_monitor.sales.tasks import note_unpaid_sales
from pos_monitor.tests.sale_samples import Till, chips, ibuprofen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evidence")]


@pytest.fixture
def till(acme):
    return Till(acme)


def ago(**span: Any) -> str:
    return (timezone.now() - timedelta(**span)).isoformat()


def offline(till: Till, *cards: str, **fields: Any) -> dict[str, Any]:
    return till.basket(*cards, **{"taken_offline_at": ago(hours=3), **fields})


def test_a_queue_is_paid_sale_by_sale_and_one_refusal_keeps_no_other_back(till, acme):
    good, bad, also_good = offline(till, FSA, VISA), offline(till, VISA_DECLINED), offline(till, VISA)

    answer = till.batch(good, bad, also_good).json()

    assert (answer["paid_count"], answer["failed_count"]) == (2, 1)
    assert [entry["sale"]["status"] if entry["sale"] else entry["error"]["code"] for entry in answer["data"]] == [
        "paid",
        "card_declined",
        "paid",
    ]
    assert merchant_balance(acme).total_cents == 7400


def test_a_queue_sent_twice_moves_money_once_whatever_the_order(till, acme):
    queue = [offline(till, VISA) for _ in range(4)]
    first = {entry["sale_number"]: entry["sale"] for entry in till.batch(*queue).json()["data"]}

    again = till.batch(*[till.again(body, VISA) for body in reversed(queue)]).json()

    assert {entry["sale_number"]: entry["sale"] for entry in again["data"]} == first
    assert merchant_balance(acme).total_cents == 4 * 3700


def test_what_cannot_be_paid_waits_for_the_merchant_once_with_its_loss(till, acme):
    body = offline(till, FSA_DECLINED, VISA)
    till.send(body)
    till.send(body)

    lost = unpaid_offline_sales(acme).get()

    assert (lost.sale_number, lost.loss_code, lost.session.amount_total_cents) == (
        body["sale_number"],
        "benefit_card_declined",
        3700,
    )
    assert Event.objects.filter(type="till_sale.lost").count() == 1
    assert not Tender.objects.filter(status="captured").exists()
    assert till.api.get(f"{till.path}/sales/number/{body['sale_number']}").json()["status"] == "lost"


def test_another_card_that_pays_after_all_settles_the_loss(till, acme):
    body = offline(till, VISA_DECLINED)
    till.send(body)

    paid = till.send(till.again(body, VISA))

    assert paid.json()["status"] == "paid"
    assert not unpaid_offline_sales(acme).exists()
    assert TillSale.objects.get().loss_note == "Another card paid."


def test_a_network_that_does_not_answer_is_no_loss_but_a_sale_to_send_again(till, acme):
    body = offline(till, FSA_SILENT, VISA)

    entry = till.batch(body).json()["data"][0]
    again = till.send(till.again(body, FSA, VISA))

    assert (entry["error"]["code"], entry["error"]["is_retryable"]) == ("network_timeout", True)
    assert not unpaid_offline_sales(acme).exists()
    assert again.json()["status"] == "paid"


def days_go_by(days: int) -> None:
    """As if all sales had come so long ago, with the sweeper at work."""
    for session in CheckoutSession.objects.all():
        CheckoutSession.objects.filter(pk=session.pk).update(expires_at=session.expires_at - timedelta(days=days))
    expire_old_sessions()


def test_a_sale_that_nobody_could_ask_about_is_paid_by_its_repeat_days_later(till, acme):
    body = offline(till, FSA_SILENT, VISA)
    till.batch(body)
    days_go_by(9)

    entry = till.batch(till.again(body, FSA, VISA)).json()["data"][0]

    assert (entry["error"], entry["sale"]["status"]) == (None, "paid")
    assert merchant_balance(acme).total_cents == 3700


def test_a_loss_is_paid_by_another_card_days_later(till, acme):
    body = offline(till, VISA_DECLINED)
    till.send(body)
    days_go_by(9)

    paid = till.send(till.again(body, VISA))

    assert (paid.status_code, paid.json()["status"]) == (201, "paid")
    assert not unpaid_offline_sales(acme).exists()


def test_a_sale_that_came_in_time_may_be_sent_again_after_its_week(till):
    body = offline(till, VISA_DECLINED, taken_offline_at=ago(days=6))
    till.send(body)

    with freeze_time(timezone.now() + timedelta(days=3), tick=True):
        paid = till.send(till.again(body, VISA))

    assert (paid.status_code, paid.json()["status"]) == (201, "paid")


def test_a_sale_that_can_no_longer_be_paid_is_a_loss(till, acme):
    body = offline(till, FSA_SILENT, VISA)
    till.send(body)
    days_go_by(31)

    entry = till.batch(till.again(body, FSA, VISA)).json()["data"][0]

    assert (entry["error"]["code"], entry["error"]["is_retryable"]) == ("session_not_open", False)
    assert unpaid_offline_sales(acme).get().loss_code == "session_not_open"
    assert Event.objects.filter(type="till_sale.lost").count() == 1


def test_a_sale_that_its_till_sends_no_more_is_listed_after_a_day_until_it_is_paid(till, acme):
    body = offline(till, FSA_SILENT, VISA)
    till.send(body)
    till.sell(VISA)  # online: no loss, whatever becomes of it
    early = note_unpaid_sales()
    days_go_by(1)

    counts = [note_unpaid_sales(), note_unpaid_sales()]
    listed = unpaid_offline_sales(acme).get()
    paid = till.send(till.again(body, FSA, VISA))

    assert (early, counts) == (0, [1, 0])
    assert (listed.sale_number, listed.loss_code) == (body["sale_number"], "network_timeout")
    assert Event.objects.filter(type="till_sale.lost").count() == 1
    assert paid.json()["status"] == "paid"
    assert not unpaid_offline_sales(acme).exists()


def test_a_sale_that_is_being_paid_is_no_loss(till, acme):
    body = offline(till, FSA_SILENT, VISA)
    till.send(body)
    CheckoutSession.objects.update(status="processing", processing_since=timezone.now())

    entry = till.batch(till.again(body, FSA, VISA)).json()["data"][0]

    assert (entry["error"]["code"], entry["error"]["is_retryable"]) == ("session_processing", True)
    assert not unpaid_offline_sales(acme).exists()


def test_a_loss_whose_payment_outlived_its_process_is_settled_by_the_repeat(till, acme):
    body = offline(till, VISA_DECLINED)
    till.send(body)
    till.send(till.again(body, VISA))
    TillSale.objects.update(loss_settled_at=None, loss_note="")

    repeat = till.send(till.again(body, VISA))

    assert (repeat.status_code, TillSale.objects.get().loss_note) == (200, "Another card paid.")


def test_a_sale_whose_answer_was_not_heard_is_the_same_one_from_the_queue(till, acme):
    body = till.basket(FSA, VISA)
    first = till.send(body)

    again = till.send({**till.again(body, FSA, VISA), "taken_offline_at": ago(minutes=1)})

    assert (again.status_code, again.json()) == (200, first.json())
    assert merchant_balance(acme).total_cents == 3700


def test_a_sale_that_was_not_paid_online_and_was_taken_offline_then_can_be_lost(till, acme):
    body = till.basket(VISA_DECLINED)
    till.send(body)
    from_queue = {**till.again(body, VISA_DECLINED), "taken_offline_at": ago(minutes=1)}

    refused = till.send(from_queue)
    days_go_by(9)
    paid = till.send({**till.again(body, VISA), "taken_offline_at": from_queue["taken_offline_at"]})

    assert refused.json()["error"]["code"] == "card_declined"
    assert (paid.status_code, paid.json()["is_offline"], paid.json()["loss"]["code"]) == (201, True, "card_declined")
    assert Event.objects.filter(type="till_sale.lost").count() == 1


def test_a_loss_that_the_merchant_settled_is_answered_as_settled_and_never_charged(till, acme, acme_owner):
    body = offline(till, VISA_DECLINED)
    till.send(body)
    settled = settle_loss(sale=TillSale.objects.get(), by=acme_owner, note="Paid in cash")

    again = till.send(till.again(body, VISA))
    queued = till.batch(till.again(body, VISA)).json()["data"][0]

    assert (settled, again.status_code, again.json()["status"]) == (True, 200, "lost")
    assert again.json()["loss"]["settled_at"] is not None
    assert (queued["error"], queued["sale"]["loss"]) == (None, again.json()["loss"])
    assert merchant_balance(acme).total_cents == 0
    assert TillSale.objects.get().loss_note == "Paid in cash"


def test_a_loss_that_is_settled_while_its_repeat_is_on_the_way_is_not_charged(till, acme, acme_owner, monkeypatch):
    body = offline(till, VISA_DECLINED)
    till.send(body)
    pays = selling._pay

    def meanwhile(sale: TillSale, *rest: Any) -> Any:
        settle_loss(sale=TillSale.objects.get(), by=acme_owner, note="Paid in cash")
        return pays(sale, *rest)

    monkeypatch.setattr(selling, "_pay", meanwhile)

    again = till.send(till.again(body, VISA))

    assert (again.status_code, again.json()["status"]) == (200, "lost")
    assert merchant_balance(acme).total_cents == 0


def test_a_loss_that_a_card_is_paying_is_not_settled(till, acme_owner):
    till.send(offline(till, VISA_DECLINED))
    CheckoutSession.objects.update(status="processing", processing_since=timezone.now())

    assert settle_loss(sale=TillSale.objects.get(), by=acme_owner, note="Paid in cash") is False
    assert TillSale.objects.get().loss_settled_at is None


def test_above_the_floor_limit_nothing_is_charged_and_the_merchant_sees_it(till, acme):
    TillSettings.objects.create(merchant=acme, offline_benefit_cents=2999, offline_ordinary_cents=700)

    refused = till.send(offline(till, FSA, VISA))
    within = till.send(offline(till, VISA, lines=[chips()]))

    assert (refused.status_code, refused.json()["error"]["code"], refused.json()["error"]["param"]) == (
        409,
        "offline_limit_exceeded",
        "cards[0]",
    )
    assert unpaid_offline_sales(acme).get().loss_code == "offline_limit_exceeded"
    assert within.status_code == 201
    assert Payment.objects.count() == 1


def test_online_there_is_no_floor_limit(till, acme):
    TillSettings.objects.create(merchant=acme, offline_benefit_cents=0, offline_ordinary_cents=0)

    assert till.sell(FSA, VISA).status_code == 201


@pytest.mark.parametrize("span", [{"days": 8}, {"minutes": -10}, None], ids=["too old", "to come", "no time"])
def test_a_time_that_cannot_be_is_refused(till, span):
    answer = till.send(offline(till, VISA, taken_offline_at=ago(**span) if span else "yesterday"))

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "taken_offline_at")
    assert not TillSale.objects.exists()


REFUSED = {
    "older than a week": (lambda till: offline(till, VISA, taken_offline_at=ago(days=8)), "offline_time_invalid"),
    "of the future": (lambda till: offline(till, VISA, taken_offline_at=ago(minutes=-10)), "offline_time_invalid"),
    "an unknown PLU": (lambda till: offline(till, VISA, lines=[{"plu": "4011", "unit_price_cents": 3700}]), "plu_unknown"),
    "a line that does not add up": (lambda till: offline(till, VISA, lines=[chips(amount_cents=3700)]), "amount_mismatch"),
    "a total that does not": (lambda till: offline(till, VISA, amount_total_cents=3700, lines=[chips()]), "amount_mismatch"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_offline_sale_that_cannot_be_judged_is_a_loss_that_the_merchant_sees(till, acme, acme_owner, case):
    make, code = REFUSED[case]
    body = make(till)

    answers = [till.send(body), till.send(body)]
    listed = refused_offline_sales(acme).get()
    day = till.close().json()

    assert {answer.json()["error"]["code"] for answer in answers} == {code}
    assert (listed.sale_number, listed.code, listed.amount_total_cents) == (body["sale_number"], code, 3700)
    assert Event.objects.filter(type="till_sale.lost").count() == 1
    assert (day["sales_count"], day["net_cents"], day["losses_count"], day["losses_cents"]) == (0, 0, 1, 3700)
    assert not Payment.objects.exists()


def test_a_refused_sale_that_is_mended_is_taken_and_leaves_the_list(till, acme):
    body = offline(till, VISA, lines=[{"plu": "4011", "unit_price_cents": 3700}])
    till.send(body)
    mended = {**body, "line_items": [{"plu": "4011", "till_text": "BANANAS", "unit_price_cents": 3700}]}

    paid = till.send(mended)

    assert (paid.status_code, paid.json()["status"]) == (201, "paid")
    assert not refused_offline_sales(acme).exists()


def test_a_refused_sale_that_the_merchant_settled_is_never_charged(till, acme, acme_owner):
    body = offline(till, VISA, lines=[{"plu": "4011", "unit_price_cents": 3700}])
    till.send(body)
    settle_refused(sale=refused_offline_sales(acme).get(), by=acme_owner, note="Paid in cash")

    again = till.send({**body, "line_items": [{"plu": "4011", "till_text": "BANANAS", "unit_price_cents": 3700}]})

    assert (again.status_code, again.json()["error"]["code"]) == (409, "till_loss_settled")
    assert not TillSale.objects.exists()


def test_the_queue_of_a_till_out_of_use_is_lost_until_it_is_back_but_paid_sales_are_answered(till, acme, acme_api):
    paid, late = till.basket(VISA), offline(till, VISA)
    till.send(paid)
    Terminal.objects.update(state=Terminal.State.REPAIR)

    again, refused = (acme_api.post(f"{till.path}/sales", body, format="json") for body in (paid, late))
    listed = refused_offline_sales(acme).get()
    Terminal.objects.update(state=Terminal.State.ACTIVE)
    till.send(late)

    assert again.status_code == 200
    assert (refused.json()["error"]["code"], listed.code) == ("terminal_not_selling",) * 2
    assert not refused_offline_sales(acme).exists()
    assert merchant_balance(acme).total_cents == 7400


def test_a_token_that_is_over_is_a_loss_until_the_till_makes_another(till, acme):
    body = offline(till, VISA)
    CardToken.objects.update(expires_at=timezone.now())

    entry = till.batch(body).json()["data"][0]
    listed = unpaid_offline_sales(acme).get()
    paid = till.send(till.again(body, VISA))

    assert (entry["error"]["is_retryable"], listed.loss_code) == (True, entry["error"]["code"])
    assert paid.status_code == 201
    assert not unpaid_offline_sales(acme).exists()


def test_another_offline_sale_under_the_number_of_a_paid_one_is_a_loss(till, acme):
    body = offline(till, VISA)
    till.send(body)

    other = till.send({**till.again(body, VISA), "line_items": [chips()]})

    assert other.json()["error"]["code"] == "sale_number_reused"
    assert refused_offline_sales(acme).get().amount_total_cents == 700


def test_a_lost_sale_counts_as_lost_in_one_day_and_as_sold_in_the_next_if_it_is_paid(till, acme):
    body = offline(till, VISA_DECLINED, taken_offline_at=ago(minutes=1))
    till.send(body)
    first = till.close().json()

    with freeze_time(timezone.now() + timedelta(days=1), tick=True):
        till.send(till.again(body, VISA))
        second = till.close().json()

    assert [(day["losses_count"], day["losses_cents"], day["sales_count"]) for day in (first, second)] == [
        (1, 3700, 0),
        (0, 0, 1),
    ]


def test_a_key_of_a_batch_is_answered_as_the_first_time(till):
    body = {"sales": [offline(till, VISA)]}
    first = till.api.post(f"{till.path}/sales/batch", body, HTTP_IDEMPOTENCY_KEY="queue-1")

    again = till.api.post(f"{till.path}/sales/batch", body, HTTP_IDEMPOTENCY_KEY="queue-1")

    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")


def test_a_sale_left_half_done_by_a_crash_is_ended_and_paid_by_its_repeat(till, settings, acme):
    body = till.basket(FSA_DECLINED, VISA)
    till.send(body)
    session = CheckoutSession.objects.get()
    CheckoutSession.objects.filter(pk=session.pk).update(
        status="processing", processing_since=timezone.now() - timedelta(hours=1)
    )
    Payment.objects.update(status="processing", failure_code="")

    told = till.send(body)  # the very call again: its process has died
    paid = till.send(till.again(body, FSA, VISA))

    assert (told.status_code, told.json()["error"]["code"]) == (402, "interrupted")
    assert paid.status_code == 201
    assert merchant_balance(acme).total_cents == 3700


@pytest.mark.django_db(transaction=True)
def test_the_same_sale_from_two_threads_at_once_is_one_sale(till, acme):
    body = till.basket(FSA, VISA)
    bodies = [till.again(body, FSA, VISA) for _ in range(4)]

    def send(one: dict[str, Any]) -> Any:
        try:
            with across_merchants("a test"):
                return till.send(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, bodies))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}, [answer.json() for answer in answers]
    assert (TillSale.objects.count(), Payment.objects.filter(status="captured").count()) == (1, 1)
    assert merchant_balance(acme).total_cents == 3700
    assert till.send(till.again(body, VISA)).status_code == 200


def test_lines_of_a_late_sale_are_judged_as_it_comes(till, acme):
    sale = till.send(offline(till, FSA, VISA, lines=[ibuprofen(), chips()])).json()

    assert sale["is_offline"]
    assert sale["received_at"] > sale["sold_at"]
    assert "Taken while the till was offline" in sale["receipt_text"]
