"""The public checker: what anybody may ask, whom it answers, and how a merchant switches it."""

from __future__ import annotations

import pytest
from django.test import Client

from eligibility.checker import views, words
from eligibility.checker.services import is_checker_on, switch_checker
from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.errors import ClassifierUnavailable
from eligibility.models import Product, ProductSearch, ReviewRequest
from eligibility.search.index import index_what_is_due
from eligibility.tests.search_cases import judge_as
from merchants.services import set_embed_origins
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
SITE = "https://shop.example"


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


@pytest.fixture
def page(acme):
    """Ask acme's checker: page(title="…")."""
    switch_checker(merchant=acme, is_on=True)

    def ask(**asked):
        return Client().get(f"/check/{acme.public_id}/", asked)

    return ask


def text_of(response):
    return response.content.decode()


# --- Asking ---


def test_a_title_is_answered_with_verdict_reason_rule_and_what_would_change_it(page):
    answer = page(title="Vitamin C 1000 mg dietary supplement, 100 tablets")

    text = text_of(answer)
    assert answer.status_code == 200
    assert words.HEADINGS["letter"] in text
    assert "Needs a doctor’s letter" in text
    assert "are for general health unless a doctor&#x27;s letter names the condition being treated." in text
    assert "A letter of medical necessity for" in text
    assert "health FSA, HSA or HRA" in text


def test_a_gtin_is_answered_by_the_list(page, listed_gtin):
    text = text_of(page(gtin="3-00450-44910-8"))

    assert words.HEADINGS["eligible"] in text
    assert words.EVIDENCE["list"] in text


def test_a_gtin_of_the_shop_is_answered_by_its_product(page, acme):
    Product.objects.create(merchant=acme, sku="A", title="Wireless Mouse", gtin14="00041167000182")

    text = text_of(page(gtin="00041167000182"))

    assert words.HEADINGS["not_eligible"] in text
    assert "Wireless Mouse" in text


def test_products_of_the_shop_that_a_card_may_pay_for_are_named(page, acme, globex):
    for merchant, title, code in [
        (acme, "Children's Ibuprofen Grape", "pain-relievers-oral"), (acme, "Fever Pitch Novel", "books-media-and-stationery"),
        (globex, "Ibuprofen of Globex", "pain-relievers-oral"),
    ]:  # fmt: skip
        judge_as(Product.objects.create(merchant=merchant, sku=title[:9], title=title, price_cents=799), code)
    index_what_is_due()

    text = text_of(page(title="ibuprofen for my child's fever"))

    assert "Children&#x27;s Ibuprofen Grape" in text
    assert "$7.99" in text
    assert "Fever Pitch" not in text
    assert "of Globex" not in text


def test_what_is_unknown_says_what_would_help(page):
    text = text_of(page(title="Qzv 7"))

    assert words.HEADINGS["unknown"] in text
    assert "A clearer title" in text


def test_asking_keeps_nothing_and_sets_no_cookie(page):
    answer = page(title="Qzv 7")

    assert not answer.cookies
    assert not Product.objects.exists()
    assert not ProductSearch.objects.exists()
    assert not ReviewRequest.objects.exists()


def test_the_page_has_no_script_and_tells_nobody_where_one_came_from(page):
    answer = page(title="Aspirin 81 mg")

    assert "<script" not in text_of(answer)
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"title": "", "gtin": ""}, words.NOTHING_ASKED), ({"gtin": "12345"}, words.NOT_A_GTIN), ({"title": "x" * 301}, words.TOO_LONG),
        ({"title": "x", "gtin": "300450449109"}, words.NOT_A_GTIN),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_says_what_to_write(page, asked, told):
    answer = page(**asked)

    assert answer.status_code == 200
    assert told in text_of(answer)
    assert 'id="verdict"' not in text_of(answer)


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "💊 ماسك", "'; DROP TABLE x; --", "{{ 7|add:7 }}"])
def test_a_title_of_any_kind_is_shown_as_it_is(page, title):
    answer = page(title=title)

    assert answer.status_code == 200
    assert "<script>alert" not in text_of(answer)


def test_without_the_classifier_it_says_so(page, monkeypatch):
    def fails(*args, **kwargs):
        raise ClassifierUnavailable

    monkeypatch.setattr(views, "answer", fails)

    answer = page(title="Aspirin")

    assert answer.status_code == 503
    assert words.NOT_NOW in text_of(answer)


def test_who_asks_too_much_is_asked_to_wait(page, monkeypatch):
    monkeypatch.setattr(views, "BURST", 2)
    monkeypatch.setattr(views, "PER_S", 0.001)

    answers = [page(title="Aspirin 81 mg") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert words.TOO_MANY in text_of(answers[-1])


def test_whoever_has_a_network_of_addresses_is_counted_as_one(acme, globex, monkeypatch):
    monkeypatch.setattr(views, "BURST", 2)
    monkeypatch.setattr(views, "PER_S", 0.001)
    switch_checker(merchant=acme, is_on=True)

    def asked_from(address):
        return Client(REMOTE_ADDR=address).get(f"/check/{acme.public_id}/", {"title": "Aspirin 81 mg"}).status_code

    assert [asked_from(f"2001:db8:7:1::{host:x}") for host in range(1, 5)] == [200, 200, 429, 429]
    assert asked_from("2001:db8:7:2::1") == 200
    assert [asked_from(address) for address in ("203.0.113.7", "203.0.113.8", "::ffff:203.0.113.7", "203.0.113.7")] == [
        200,
        200,
        200,
        429,
    ]


def test_whoever_asks_from_many_networks_slows_one_merchants_page_and_no_other(acme, globex, monkeypatch):
    monkeypatch.setattr(views, "PAGE_BURST", 3)
    monkeypatch.setattr(views, "PAGE_PER_S", 0.001)
    for merchant in (acme, globex):
        switch_checker(merchant=merchant, is_on=True)

    def asked(merchant, at):
        return Client(REMOTE_ADDR=f"2001:db8:{at:x}::1").get(f"/check/{merchant.public_id}/", {"title": "Aspirin 81 mg"})

    answers = [asked(acme, at) for at in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert words.BUSY in text_of(answers[-1])
    assert asked(globex, 9).status_code == 200


# --- Whose page it is ---


def test_it_is_off_until_it_is_switched_on(acme):
    assert Client().get(f"/check/{acme.public_id}/").status_code == 404


def test_switched_off_it_is_gone(page, acme):
    assert page().status_code == 200

    switch_checker(merchant=acme, is_on=False)

    assert Client().get(f"/check/{acme.public_id}/").status_code == 404


def test_nobody_is_at_an_unknown_address(db):
    assert Client().get("/check/mer_nobody/").status_code == 404


def test_only_reading_is_possible(page, acme):
    assert Client().post(f"/check/{acme.public_id}/", {"title": "x"}).status_code == 405


def test_no_site_may_frame_it_but_those_that_the_merchant_named(page, acme):
    before = page()
    set_embed_origins(merchant=acme, origins=[SITE])

    after = page()

    assert before["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in before["Content-Security-Policy"]
    assert "X-Frame-Options" not in after
    assert f"frame-ancestors {SITE}" in after["Content-Security-Policy"]


# --- Switching ---


def test_a_merchant_switches_it_in_the_portal(acme, acme_owner, signed_in):
    portal = signed_in(acme_owner)

    switched = portal.post("/checker/switch/", {"is_on": "yes"}, follow=True)

    assert is_checker_on(acme)
    assert "Your checker is on" in switched.content.decode()
    assert f"/check/{acme.public_id}/" in switched.content.decode()
    assert AuditEntry.objects.filter(action="merchant.checker_switched").count() == 1


def test_switching_twice_is_switching_once(acme):
    switch_checker(merchant=acme, is_on=True)
    switch_checker(merchant=acme, is_on=True)

    assert AuditEntry.objects.filter(action="merchant.checker_switched").count() == 1


def test_who_may_only_look_switches_nothing(acme, acme_viewer, signed_in):
    refused = signed_in(acme_viewer).post("/checker/switch/", {"is_on": "yes"})

    assert refused.status_code == 403
    assert not is_checker_on(acme)


def test_the_frame_is_offered_once_a_site_is_named(acme, acme_owner, signed_in):
    switch_checker(merchant=acme, is_on=True)
    portal = signed_in(acme_owner)

    without = portal.get("/checker/").content.decode()
    set_embed_origins(merchant=acme, origins=[SITE])
    named = portal.get("/checker/").content.decode()

    assert "&lt;iframe" not in without
    assert "&lt;iframe" in named
