"""The plugin in a real shop against the running platform: Store API, webhooks, refunds, forgeries, a crowd of messages, an outage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from integrations.woocommerce.tests.acceptance.conftest import served


def cents(text: Any) -> int:
    return round(float(text) * 100)


def completed(order: dict[str, Any], event_id: str, session: str = "") -> dict[str, Any]:
    data = {"session": session or order["session"], "client_reference_id": str(order["id"]), "metadata": {}}
    return {
        "id": event_id,
        "type": "checkout.session.completed",
        "api_version": "2026-11-01",
        "object_id": data["session"],
        "data": data,
    }


def test_the_store_api_sends_the_shopper_to_pay_the_order_to_the_cent(shop, platform):
    answer = shop.buy()

    assert answer.status_code == 200, answer.text
    result = answer.json()["payment_result"]
    order = shop.order(answer.json()["order_id"])
    session = platform.call("GET", f"checkout/sessions/{order['session']}")
    assert (result["payment_status"], result["redirect_url"]) == ("success", session["url"])
    assert (order["status"], session["amount_total_cents"]) == ("pending", cents(order["total"]))
    assert session["client_reference_id"] == str(order["id"])


def test_a_paid_order_is_completed_by_the_webhook(paid, platform):
    session = platform.call("GET", f"checkout/sessions/{paid['session']}")

    assert (paid["status"], paid["transaction"]) == ("processing", session["payment"]["id"])
    assert session["payment"]["amount_captured_cents"] == cents(paid["total"])
    assert sum(note.startswith("Paid $") for note in paid["notes"]) == 1


def test_a_unit_goes_back_to_the_benefit_card(shop, platform, paid):
    made = shop.inside("refund", id=paid["id"], line=paid["lines"][0], quantity=1)

    assert "error" not in made, made
    refund = platform.call("GET", f"refunds/{made['refund']}")
    assert (refund["amount_cents"], [leg["kind"] for leg in refund["legs"]]) == (cents(made["amount"]), ["benefit"])
    assert cents(shop.order(paid["id"])["refunded"]) == refund["amount_cents"]
    again = shop.inside("refund", id=paid["id"], line=paid["lines"][0], quantity=1)
    assert again["refund"] != made["refund"]


def test_a_replay_changes_nothing(shop, paid):
    event = completed(paid, "evt_acceptance_replay_" + str(paid["id"]))

    assert [shop.post_event(event).status_code for _ in range(3)] == [200, 200, 200]
    assert shop.order(paid["id"])["notes"] == paid["notes"]


@pytest.mark.parametrize(
    "how",
    [{"body": "{}"}, {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}, {"at": 1614265330}],
    ids=["tampered", "forged", "stale"],
)
def test_a_lie_is_refused(shop, how):
    order = shop.order(shop.buy().json()["order_id"])

    assert shop.post_event(completed(order, f"evt_lie_{order['id']}"), **how).status_code == 401
    assert shop.order(order["id"])["status"] == "pending"


def test_a_true_signature_does_not_pay_an_unpaid_order(shop):
    order = shop.order(shop.buy().json()["order_id"])

    assert shop.post_event(completed(order, f"evt_early_{order['id']}")).status_code == 200
    assert shop.order(order["id"])["status"] == "pending"


def test_eight_messages_at_once_complete_the_order_once(shop, platform):
    order = shop.order(shop.buy().json()["order_id"])
    platform.pay(order["session"])
    with ThreadPoolExecutor(8) as crowd:
        answers = list(
            crowd.map(lambda n: shop.post_event(completed(order, f"evt_crowd_{order['id']}_{n}")).status_code, range(8))
        )

    assert set(answers) == {200}
    done = shop.order_when(order["id"], lambda order: order["status"] == "processing")
    assert (done["status"], sum(note.startswith("Paid $") for note in done["notes"])) == ("processing", 1)


def test_a_payment_for_a_cancelled_order_goes_back(shop, platform):
    order = shop.order(shop.buy().json()["order_id"])
    shop.inside("cancel", id=order["id"])
    payment = platform.pay(order["session"])["payment"]["id"]

    after = shop.order_when(order["id"], lambda order: any("went back" in note for note in order["notes"]))

    assert after["status"] == "cancelled"
    assert platform.call("GET", f"payments/{payment}")["amount_refunded_cents"] == cents(order["total"])


def test_while_the_platform_is_away_the_shop_sells_by_its_other_gateways(shop):
    with served(shop.root, "http://127.0.0.1:9") as alone:
        alone.made = shop.made
        refused = alone.buy()
        assert refused.status_code == 400
        assert "FSA/HSA payment is not available at the moment. Nothing was charged" in refused.json()["message"]
        assert alone.buy("bacs").json()["payment_result"]["payment_status"] == "success"
        for _ in range(4):
            alone.buy()
        hidden = httpx.get(f"{alone.url}/wp-json/wc/store/v1/cart", timeout=60).json()["payment_methods"]
        assert "bacs" in hidden
        assert "fsa_payments" not in hidden
    shop.inside("recover")
