"""What the live API answers to each call of the plugin is what its tests in PHP are answered with."""

from __future__ import annotations

from collections import Counter

import pytest

from checkout.models import CheckoutSession, Payment
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.tests.conftest import CHIPS, FSA, HSA, IBUPROFEN, VISA, VITAMINS
from checkout.tests.held import send_everything
from conftest import api_for
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import MASSAGE, a_shopper, item
from fsa_platform.tests.woocommerce.conftest import SHIPPING_CENTS, TOTAL_CENTS, URLS, USUAL, Asker
from merchants.models import ApiKey, Event
from merchants.rendering import render_event
from vault import merchant_keys

pytestmark = pytest.mark.django_db
GUN = "Therapeutic massage gun"


def pay(merchant, token, session_id, *, benefit=FSA, **fields):
    session = CheckoutSession.objects.get(public_id=session_id)
    cards = {"benefit_token": token(merchant, benefit), "card_token": token(merchant, VISA)}
    pay_session(session=session, email="robin@shopper.example.test", **cards, **fields)
    send_due_advices()
    return session


def tell_events(recorder, prefix="event"):
    """Keeps each event that was told; the second of a type ends in -2."""
    seen: Counter[str] = Counter()
    for event in Event.objects.order_by("pk"):
        seen[event.type] += 1
        number = f"-{seen[event.type]}" if seen[event.type] > 1 else ""
        recorder.event(f"{prefix}-{event.type.replace('.', '-').replace('_', '-')}{number}", render_event(event))


# --- Connecting ---


def test_an_account(shop, recorder, acme):
    key = ApiKey.objects.get(merchant=acme)
    key.last4 = "4242"
    key.save()
    recorder.answer("account", shop.get("account"))


def test_a_key_that_nobody_knows(recorder, shop):
    shop.client.credentials(HTTP_AUTHORIZATION="Bearer sk_test_" + "0" * 32)
    recorder.answer("error-key-invalid", shop.get("account"))


def test_a_publishable_key_pasted_for_a_secret_one(recorder, acme):
    recorder.answer("error-secret-key-required", Asker(api_for(acme, ApiKey.Kind.PUBLISHABLE)).get("account"))


def test_a_key_that_may_not(recorder, acme):
    answer = Asker(api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"balance": "read"})).get("checkout/sessions")
    recorder.answer("error-forbidden", answer)


def test_a_webhook_endpoint(shop, recorder, settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["shop.example.com"]
    types = ["checkout.session.completed", "payment.captured"]
    made = recorder.answer(
        "endpoint-made", shop.post("webhook_endpoints", {"url": "https://example.com/wc-api/fsa_payments/", "event_types": types})
    )
    path = f"webhook_endpoints/{made['id']}"
    recorder.answer("endpoint", shop.get(path))
    recorder.answer("endpoints", shop.get("webhook_endpoints"))
    recorder.answer("endpoint-rotated", shop.post(f"{path}/rotate_secret", {"overlap_hours": 24}))
    recorder.answer("endpoint-changed", shop.patch(path, {"url": "https://example.org/wc-api/fsa_payments/"}))
    recorder.answer("endpoint-deleted", shop.delete(path))
    recorder.answer("error-not-found", shop.get(path))


# --- A sale ---


def test_a_sale_its_events_and_its_refund(shop, recorder, acme, token, usual_session):
    body = {
        "line_items": USUAL,
        "shipping_cents": SHIPPING_CENTS,
        "amount_total_cents": TOTAL_CENTS,
        **URLS,
        "client_reference_id": "17",
    }
    opened = recorder.answer("session-open", shop.post("checkout/sessions", body, **{"Idempotency-Key": "order-17-1"}))
    again = shop.post("checkout/sessions", body, **{"Idempotency-Key": "order-17-1"})
    assert (again.json()["id"], again.headers["Idempotent-Replayed"]) == (opened["id"], "true")
    path = f"checkout/sessions/{opened['id']}"

    pay(acme, token, opened["id"])

    paid = recorder.answer("session-complete", shop.get(path))
    assert (paid["status"], paid["amount_total_cents"]) == ("complete", TOTAL_CENTS)
    payment = Payment.objects.get(session__public_id=opened["id"]).public_id
    recorder.answer("payment-captured", shop.get(f"payments/{payment}"))
    recorder.answer("error-session-complete", shop.post(f"{path}/expire"))
    recorder.answer(
        "refund-preview", shop.post("refunds/preview", {"payment": payment, "line_items": [{"position": 0, "quantity": 1}]})
    )
    recorder.answer("refund-preview-amount", shop.post("refunds/preview", {"payment": payment, "amount_cents": 1000}))
    wish = {"payment": payment, "line_items": [{"position": 0, "quantity": 1}], "reason": "returned"}
    made = recorder.answer("refund-made", shop.post("refunds", wish, **{"Idempotency-Key": "refund-18"}))
    send_everything()
    recorder.answer("refund", shop.get(f"refunds/{made['id']}"))
    recorder.answer("error-refund-too-large", shop.post("refunds", {"payment": payment, "amount_cents": TOTAL_CENTS}))
    recorder.answer("payment-refunded", shop.get(f"payments/{payment}"))
    tell_events(recorder)


def test_a_session_that_ends_unpaid(shop, recorder, usual_session):
    opened = usual_session()
    recorder.answer("session-expired", shop.post(f"checkout/sessions/{opened['id']}/expire"))
    tell_events(recorder, "event-unpaid")


def test_a_sale_held_captured_in_parts_and_let_go(shop, recorder, acme, token, usual_session):
    opened = usual_session(capture_method="manual")
    pay(acme, token, opened["id"])
    recorder.answer("session-authorised", shop.get(f"checkout/sessions/{opened['id']}"))
    payment = Payment.objects.get(session__public_id=opened["id"]).public_id
    recorder.answer("payment-authorised", shop.get(f"payments/{payment}"))
    wish = {"line_items": [{"position": 0, "quantity": 1}], "is_final": False}
    recorder.answer("capture-part", shop.post(f"checkout/sessions/{opened['id']}/capture", wish))
    recorder.answer("captures", shop.get(f"payments/{payment}/captures"))
    recorder.answer("capture-rest", shop.post(f"checkout/sessions/{opened['id']}/capture"))
    tell_events(recorder, "event-held")


def test_a_refund_of_a_sale_that_is_only_held_is_refused(shop, recorder, acme, token, usual_session):
    opened = usual_session(capture_method="manual")
    pay(acme, token, opened["id"])
    payment = Payment.objects.get(session__public_id=opened["id"]).public_id
    recorder.answer("error-not-refundable", shop.post("refunds", {"payment": payment}))


def test_a_held_sale_is_voided(shop, recorder, acme, token, usual_session):
    opened = usual_session(capture_method="manual")
    pay(acme, token, opened["id"])
    recorder.answer("session-voided", shop.post(f"checkout/sessions/{opened['id']}/void"))
    tell_events(recorder, "event-voided")


def test_a_sale_that_waits_for_a_letter(shop, recorder, acme, token):
    acme.letter_hold_days = 20
    acme.save(update_fields=["letter_hold_days"])
    record_review(merchant=acme, item=item(GUN), category_code=MASSAGE, reviewer=None)
    shopper = a_shopper(acme)
    lines = [USUAL[0], {"title": GUN, "quantity": 1, "unit_price_cents": 14900}]
    opened = shop.post("checkout/sessions", {"line_items": lines, **URLS, "shopper": shopper.public_id}).json()
    pay(acme, token, opened["id"], benefit=HSA, letter_hold="drop")
    waiting = recorder.answer("session-awaiting-letter", shop.get(f"checkout/sessions/{opened['id']}"))
    assert waiting["status"] == "authorised"
    tell_events(recorder, "event-letter")


# --- Refusals of a sale ---


def test_another_total_than_the_lines_make(shop, recorder):
    body = {"line_items": USUAL, "amount_total_cents": 1, **URLS}
    recorder.answer("error-amount-mismatch", shop.post("checkout/sessions", body))


def test_the_same_key_for_another_basket(shop, recorder, usual_session):
    body = {"line_items": USUAL, **URLS}
    shop.post("checkout/sessions", body, **{"Idempotency-Key": "order-17-1"})
    answer = shop.post("checkout/sessions", body | {"shipping_cents": 1}, **{"Idempotency-Key": "order-17-1"})
    recorder.answer("error-idempotency-mismatch", answer)


def test_too_many_calls(shop, recorder, settings):
    settings.API_RATE_PER_S, settings.API_BURST = 0.001, 1
    shop.get("account")
    recorder.answer("error-rate-limited", shop.get("account"))


def test_a_merchant_whose_key_the_bank_withdrew(shop, recorder, acme):
    merchant_keys.lock_key(merchant_id=acme.pk)
    recorder.answer("error-merchant-key-revoked", shop.post("checkout/sessions", {"line_items": USUAL, **URLS}))


# --- The catalogue ---


def test_verdicts_and_splits(shop, recorder):
    rows = [
        {"sku": "IBU", "title": "Ibuprofen 200 mg", "gtin": IBUPROFEN, "price_cents": 1197},
        {"sku": "VIT", "title": VITAMINS, "price_cents": 849},
        {"sku": "CHIPS", "title": CHIPS, "price_cents": 598},
    ]
    recorder.answer("product-made", shop.post("products", rows[0]))
    for row in rows[1:]:
        shop.post("products", row)
    recorder.answer("verdict", shop.get("public/products/IBU/verdict"))
    recorder.answer("verdicts", shop.get("public/verdicts?ref=IBU&ref=VIT&ref=CHIPS&ref=NONE"))
    lines = [
        {"product": "IBU", "quantity": 2, "tax_cents": 144},
        {"product": "CHIPS", "quantity": 3},
        {"title": "Gift wrap", "unit_price_cents": 250, "quantity": 1},
    ]
    recorder.answer("split", shop.post("public/split", {"line_items": lines, "shipping_cents": 530}))
