"""Payment links: made over the API, opened by a stranger, paid like any sale, and good for no more sales than they say."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checkout.errors import AmountInvalid, CardRefused, PaymentLinkClosed
from checkout.models import CheckoutSession, Payment, PaymentLink
from checkout.pages import links
from checkout.payment_links.qr import modules_of, qr_png, qr_svg
from checkout.payment_links.selectors import status_of
from checkout.payment_links.services import create_link, session_of_link, switch_link
from checkout.services.create import BasketLine
from checkout.services.pay import pay_session
from checkout.tests.conftest import CHIPS, FSA, FSA_DECLINED, VISA, line
from eligibility.catalogue.products import save_product
from eligibility.errors import ClassifierUnavailable
from merchants.models import Event

pytestmark = pytest.mark.django_db
ITEMS = [
    {"title": "Ibuprofen 200 mg tablets, 100 count", "unit_price_cents": 1500, "quantity": 2},
    {"title": "Potato chips", "unit_price_cents": 700},
]


@pytest.fixture
def link(acme, evidence):
    """One sale: $30.00 of what a benefit card pays for, and chips for $7.00."""
    return create_link(merchant=acme, lines=[line(cents=1500, quantity=2), line(CHIPS, 700)], title="Order by phone", max_sales=1)


def test_a_link_is_made_looked_at_switched_off_and_on_over_the_api(acme_api):
    made = acme_api.post(
        "/v1/payment_links",
        {"line_items": ITEMS, "shipping_cents": 500, "max_sales": 3, "metadata": {"till": "4"}},
        format="json",
    )

    assert made.status_code == 201
    body = made.json()
    assert re.fullmatch(r"pl_[0-9a-z]{36}", body["id"])
    assert (body["status"], body["amount_total_cents"], body["max_sales"], body["sales_count"]) == ("active", 4200, 3, 0)
    assert body["title"] == ITEMS[0]["title"]
    assert body["qr_svg_url"] == body["url"] + "qr.svg"
    assert acme_api.get("/v1/payment_links").json()["data"] == [body]
    assert acme_api.post(f"/v1/payment_links/{body['id']}/deactivate").json()["status"] == "inactive"
    assert acme_api.post(f"/v1/payment_links/{body['id']}/deactivate").json()["status"] == "inactive"
    assert (
        acme_api.post(f"/v1/payment_links/{body['id']}/activate").json()
        == acme_api.get(f"/v1/payment_links/{body['id']}").json()
        == body
    )
    assert list(Event.objects.filter(object_id=body["id"]).values_list("type", flat=True)) == [
        "payment_link.created", "payment_link.updated", "payment_link.updated",
    ]  # fmt: skip


def test_an_amount_with_a_title_is_one_item(acme_api):
    body = acme_api.post("/v1/payment_links", {"title": "Eye examination", "amount_cents": 9900}, format="json").json()

    assert [(item["title"], item["quantity"], item["unit_price_cents"]) for item in body["line_items"]] == [
        ("Eye examination", 1, 9900)
    ]
    assert body["max_sales"] is None


@pytest.mark.parametrize(
    ("wanted", "param"),
    [
        ({}, "line_items"),
        ({"line_items": ITEMS, "amount_cents": 100}, "line_items"),
        ({"amount_cents": 100}, "title"),
        ({"line_items": [{"title": "Nothing", "unit_price_cents": 0}]}, "line_items"),
        ({"line_items": [{"title": "Gold", "unit_price_cents": 9_999_999_999, "quantity": 10_000}]}, "line_items"),
        ({"line_items": ITEMS, "shipping_cents": 9_999_999_999}, "line_items"),
        ({"line_items": ITEMS, "max_sales": 0}, "max_sales"),
        ({"line_items": ITEMS, "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"line_items": ITEMS, "expires_at": "9999-12-31T23:59:59-05:00"}, "expires_at"),
        ({"line_items": ITEMS, "expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
        ({"line_items": [{"product": "prod_nobodys"}]}, "line_items[0].product"),
    ],
)  # fmt: skip
def test_a_link_that_sells_nothing_or_nobody_could_use_is_refused(acme_api, wanted, param):
    answer = acme_api.post("/v1/payment_links", wanted, format="json")

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert not PaymentLink.objects.exists()


def test_the_portal_makes_no_link_whose_end_no_zone_can_write(acme_owner, acme_api, signed_in, link):
    window = signed_in(acme_owner)

    asked = {"title-0": "Thermometer", "price-0": "5", "uses": "one", "until": "9999-12-31"}
    refused = window.post(reverse("portal:link_new"), asked)

    assert refused.status_code == 400
    assert "Choose a day within five years, or none." in refused.content.decode()
    assert (PaymentLink.objects.get(), window.get(reverse("portal:links")).status_code) == (link, 200)
    assert len(acme_api.get("/v1/payment_links").json()["data"]) == 1


def test_another_merchants_link_is_not_there(globex_api, link):
    assert globex_api.get(f"/v1/payment_links/{link.public_id}").status_code == 404
    assert globex_api.post(f"/v1/payment_links/{link.public_id}/deactivate").status_code == 404
    assert globex_api.get("/v1/payment_links").json()["data"] == []


def test_looking_at_the_page_opens_nothing_and_the_button_opens_one_session_a_browser(link):
    shopper, other = Client(), Client()
    page = shopper.get(f"/l/{link.public_id}/")
    assert "Order by phone" in page.content.decode()
    assert "$37.00" in page.content.decode()
    assert not CheckoutSession.objects.exists()

    first = shopper.post(f"/l/{link.public_id}/")
    again = shopper.post(f"/l/{link.public_id}/")
    others = other.post(f"/l/{link.public_id}/")

    assert first.headers["Location"] == again.headers["Location"] != others.headers["Location"]
    session = CheckoutSession.objects.get(public_id=first.headers["Location"].split("/")[2])
    assert (session.payment_link, session.amount_total_cents, session.amount_eligible_cents) == (link, 3700, 3000)
    assert session.cancel_url.endswith(f"/l/{link.public_id}/")


@pytest.mark.parametrize(
    ("refusal", "status", "words"),
    [(AmountInvalid(), 409, "Ask Acme for a new link."), (ClassifierUnavailable(), 503, "Try again in a minute.")],
)
def test_a_link_that_can_open_no_session_says_so_to_its_shopper(link, monkeypatch, refusal, status, words):
    def refuses(**asked):
        raise refusal

    monkeypatch.setattr("checkout.payment_links.services.create_session", refuses)

    answer = Client().post(f"/l/{link.public_id}/")

    assert answer.status_code == status
    assert "Nothing was charged." in answer.content.decode()
    assert words in answer.content.decode()
    assert not CheckoutSession.objects.exists()


def test_who_looks_at_links_too_often_waits_and_a_network_of_addresses_is_one(link, monkeypatch):
    monkeypatch.setattr(links, "LOOKS_AT_ONCE", 3)
    monkeypatch.setattr(links, "LOOKS_PER_S", 0.001)
    places = ["", "qr.svg", "qr.png", "", "qr.svg", "qr.png"]

    answers = [Client(REMOTE_ADDR=f"2001:db8:77:1::{at}").get(f"/l/{link.public_id}/{place}") for at, place in enumerate(places)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429]
    assert Client(REMOTE_ADDR="2001:db8:77:2::1").get(f"/l/{link.public_id}/").status_code == 200


def test_who_opens_a_link_too_often_waits_and_a_network_of_addresses_is_one(link, monkeypatch):
    monkeypatch.setattr(links, "OPENS_AT_ONCE", 2)
    monkeypatch.setattr(links, "OPENS_PER_S", 0.001)

    answers = [Client(REMOTE_ADDR=f"2001:db8:78:1::{at}").post(f"/l/{link.public_id}/") for at in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert CheckoutSession.objects.count() == 2


def test_a_sale_through_a_link_is_split_like_any_other(acme, link, token, acme_api):
    session = session_of_link(link=link)

    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    assert status_of(link) == "used_up"
    told = acme_api.get(f"/v1/checkout/sessions/{session.public_id}").json()
    assert (told["payment_link"], told["status"]) == (link.public_id, "complete")
    assert [tender["approved_cents"] for tender in told["payment"]["tenders"]] == [3000, 700]
    shown = acme_api.get(f"/v1/payment_links/{link.public_id}").json()
    assert (shown["status"], shown["sales_count"]) == ("used_up", 1)


def test_of_two_shoppers_with_a_link_for_one_sale_the_second_is_charged_nothing(acme, link, token):
    first, second = session_of_link(link=link), session_of_link(link=link)
    pay_session(session=first, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    with pytest.raises(PaymentLinkClosed, match="good for no more sales"):
        pay_session(session=second, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    second.refresh_from_db()
    assert second.status == "open"
    assert Payment.objects.count() == 1
    page = Client().get(f"/l/{link.public_id}/")
    assert page.status_code == 410
    assert "takes no more payments" in page.content.decode()


def test_a_declined_card_does_not_use_the_link_up(acme, link, token):

    session = session_of_link(link=link)
    with pytest.raises(CardRefused):
        pay_session(session=session, benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))

    assert status_of(link) == "active"
    session.refresh_from_db()
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    assert status_of(link) == "used_up"


def test_a_link_that_is_off_or_over_takes_no_payment_even_from_an_open_page(acme, link, token):
    session = session_of_link(link=link)
    switch_link(link=link, is_active=False)
    with pytest.raises(PaymentLinkClosed, match="switched this link off"):
        pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    switch_link(link=link, is_active=True)
    session.refresh_from_db()
    PaymentLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(PaymentLinkClosed, match="time of this link is over"):
        pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    assert not Payment.objects.exists()


def test_prices_stay_as_they_were_when_the_link_was_made(acme):

    product = save_product(merchant=acme, sku="B1", title="Bandages", price_cents=500).product
    link = create_link(merchant=acme, lines=[BasketLine(quantity=1, unit_price_cents=None, product=product.public_id)])
    product.price_cents = 900
    product.save(update_fields=["price_cents"])

    assert session_of_link(link=link).amount_total_cents == link.amount_total_cents == 500


def test_the_svg_and_the_png_hold_the_same_modules():
    text = "http://127.0.0.1:8000/l/pl_01m82z817tzr3eepm7cb3t9wer92nb5yn9t0/"
    modules = modules_of(text)

    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1", qr_svg(text))}
    png = qr_png(text)
    side = int.from_bytes(png[16:20], "big")
    pixels = zlib.decompress(png[png.index(b"IDAT") + 4 : -16])
    scale = side // len(modules)
    dark = {
        (x, y) for y in range(len(modules)) for x in range(len(modules)) if pixels[(y * scale) * (side + 1) + 1 + x * scale] == 0
    }  # fmt: skip

    assert drawn == dark == {(x, y) for y, row in enumerate(modules) for x, is_dark in enumerate(row) if is_dark}
    assert not any(modules[0])
    assert not any(modules[3])  # four modules of quiet around


def test_the_qr_code_of_a_link_is_an_image_of_its_address(link):
    svg = Client().get(f"/l/{link.public_id}/qr.svg")
    png = Client().get(f"/l/{link.public_id}/qr.png")

    assert (svg.status_code, svg.headers["Content-Type"]) == (200, "image/svg+xml")
    assert (png.status_code, png.content[:8]) == (200, b"\x89PNG\r\n\x1a\n")


def test_the_list_of_one_state_holds_those_alone_and_no_other_word_is_taken(acme_api, acme, link, token):
    off = switch_link(link=create_link(merchant=acme, lines=[line(CHIPS, 700)], title="Off"), is_active=False)
    over = create_link(merchant=acme, lines=[line(CHIPS, 700)], title="Over", expires_at=timezone.now() + timedelta(hours=1))
    PaymentLink.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    free = create_link(merchant=acme, lines=[line(CHIPS, 700)], title="Free")
    pay_session(session=session_of_link(link=link), benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    def listed(status):
        return [row["id"] for row in acme_api.get(f"/v1/payment_links?status={status}").json()["data"]]

    ids = {"inactive": off.public_id, "expired": over.public_id, "used_up": link.public_id, "active": free.public_id}
    assert {status: listed(status) for status in ids} == {status: [known] for status, known in ids.items()}
    refused = acme_api.get("/v1/payment_links?status=paid")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "status")
    assert "active, inactive, expired, used_up" in refused.json()["error"]["message"]
