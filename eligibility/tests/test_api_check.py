"""Judging items, and keeping products, through the API."""

from __future__ import annotations

import pytest

from eligibility.models import Product

pytestmark = pytest.mark.django_db
CHECK, PRODUCTS = "/v1/eligibility/check", "/v1/products"
MOUSE = "Logitech M185 Wireless Mouse"


def product(listed_gtin, **fields):
    return {"sku": "IBU-200", "title": "Ibuprofen 200 mg", "gtin": listed_gtin, "price_cents": 899} | fields


# --- Judging ---


def test_a_check_answers_in_the_order_asked_with_all_the_evidence(acme_api, listed_gtin):
    answer = acme_api.post(CHECK, {"items": [{"title": MOUSE}, {"title": "Pills", "gtin": listed_gtin}, {"title": "Qzv 7"}]})

    assert answer.status_code == 200
    mouse, pills, nonsense = answer.json()["data"]
    assert [(row["status"], row["evidence"]) for row in (mouse, pills, nonsense)] == [
        ("not_eligible", "model"),
        ("eligible", "list"),
        ("unknown", "none"),
    ]
    assert pills == {
        "agreed_by": None,
        "status": "eligible", "category": "pain-relievers-oral", "category_name": "Pain relievers, oral", "bucket": "otc",
        "account_kinds": ["fsa", "hsa", "hra"], "eligible_fraction": 1.0, "evidence": "list",
        "evidence_detail": "GTIN 00300450449108 is on the test list, version 2026-11", "confidence": 1.0,
        "list_version": "test-list 2026-11", "model_version": "", "taxonomy_version": pills["taxonomy_version"],
        "reason": pills["reason"], "citation": "CARES Act §3702", "decided_at": pills["decided_at"], "likely_category": "",
        "guard": "", "cues": [], "similar": [], "would_change": "", "letter": "",
    }  # fmt: skip
    assert mouse["reason"] == "Electronics and computers are bought for everyday life, not medical care."


@pytest.mark.parametrize("written", ["00300450449108", "0300450449108", "300450449108", "3-00450-44910-8", "3 00450 44910 8"])
def test_a_gtin_is_found_however_it_is_written(acme_api, listed_gtin, written):
    [row] = acme_api.post(CHECK, {"items": [{"title": "x", "gtin": written}]}).json()["data"]

    assert row["evidence"] == "list"


@pytest.mark.parametrize(
    "written", ["300450449109", "12345", "30045044910X", "3" * 20, "000000000000", "３００４５０４４９１０８"]
)
def test_a_wrong_gtin_is_an_error_not_a_guess(acme_api, listed_gtin, written):
    answer = acme_api.post(CHECK, {"items": [{"title": "x", "gtin": written}]})

    assert (answer.status_code, answer.json()["data"][0]["error"]["param"]) == (200, "items[0].gtin")


def test_five_hundred_items_are_judged_and_keep_their_order(acme_api, listed_gtin):
    items = [{"title": f"Ibuprofen {number}", "gtin": listed_gtin} if number % 2 else {"title": MOUSE} for number in range(500)]

    rows = acme_api.post(CHECK, {"items": items}).json()["data"]

    assert [row["evidence"] for row in rows] == ["model", "list"] * 250


def test_the_501st_is_one_too_many(acme_api, listed_gtin):
    refused = acme_api.post(CHECK, {"items": [{"title": "x", "gtin": listed_gtin}] * 501})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "items")


def test_checking_keeps_nothing(acme_api, listed_gtin):
    acme_api.post(CHECK, {"items": [{"title": "x", "gtin": listed_gtin}, {"title": "Qzv 7"}]})

    assert not Product.objects.exists()
    assert acme_api.get(PRODUCTS).json()["data"] == []


@pytest.mark.parametrize(
    "title",
    ["💊", "איבופרופן 200", "ไอบูโพรเฟน", "<b>Ibuprofen</b>", "Ibu\x00profen", "a" * 500, "'; DROP TABLE eligibility_product; --"],
)
def test_a_title_of_any_kind_is_judged(acme_api, listed_gtin, title):
    answer = acme_api.post(CHECK, {"items": [{"title": title}]})

    assert answer.status_code == 200
    assert answer.json()["data"][0]["status"] in {"eligible", "rx", "letter", "not_eligible", "unknown"}


# --- Products ---


def test_a_product_is_added_with_its_decision(acme_api, listed_gtin):
    added = acme_api.post(PRODUCTS, product("300450449108", brand="Acme", description="Tablets"))

    row = added.json()
    assert (added.status_code, row["id"][:5], row["sku"], row["gtin"], row["is_active"]) == (
        201,
        "prod_",
        "IBU-200",
        listed_gtin,
        True,
    )
    assert (row["decision"]["status"], row["decision"]["evidence"]) == ("eligible", "list")
    assert acme_api.get(f"{PRODUCTS}/{row['id']}").json() | {"decision": None} == row | {"decision": None}


def test_a_known_sku_is_changed_not_added(acme_api, listed_gtin):
    first = acme_api.post(PRODUCTS, product(listed_gtin)).json()

    again = acme_api.post(PRODUCTS, product(listed_gtin, title="Ibuprofen 400 mg"))

    assert (again.status_code, again.json()["id"], again.json()["title"]) == (200, first["id"], "Ibuprofen 400 mg")
    assert Product.objects.count() == 1


def test_the_same_sku_at_two_merchants_is_two_products(acme_api, globex_api, listed_gtin):
    acme_api.post(PRODUCTS, product(listed_gtin, title="Acme's"))
    globex_api.post(PRODUCTS, product(listed_gtin, title="Globex's"))

    assert [row["title"] for row in acme_api.get(PRODUCTS).json()["data"]] == ["Acme's"]
    assert [row["title"] for row in globex_api.get(PRODUCTS).json()["data"]] == ["Globex's"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({}, {}),
        ({"title": "Other"}, {"title": "Other"}),
        ({"price_cents": 0}, {"price_cents": 0}),
        ({"price_cents": None}, {"price_cents": None}),
        ({"gtin": ""}, {"gtin": ""}),
        ({"brand": "Advil", "description": "d"}, {"brand": "Advil", "description": "d"}),
        ({"is_active": False}, {"is_active": False}),
    ],
)
def test_a_change_changes_what_it_names_and_nothing_else(acme_api, listed_gtin, change, seen):
    before = acme_api.post(PRODUCTS, product(listed_gtin, brand="B")).json()

    answer = acme_api.patch(f"{PRODUCTS}/{before['id']}", change)

    assert answer.status_code == 200
    assert answer.json() | {"decision": None} == before | seen | {"decision": None}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"title": ""}, "title"), ({"title": None}, "title"), ({"title": "x" * 501}, "title"), ({"price_cents": -1}, "price_cents"),
        ({"price_cents": "1"}, "price_cents"), ({"gtin": "1"}, "gtin"), ({"is_active": "perhaps"}, "is_active"), ({"brand": "x" * 121}, "brand"),
        ({"description": "x" * 5001}, "description"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(acme_api, listed_gtin, change, param):
    before = acme_api.post(PRODUCTS, product(listed_gtin)).json()

    refused = acme_api.patch(f"{PRODUCTS}/{before['id']}", change)

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    assert acme_api.get(f"{PRODUCTS}/{before['id']}").json() | {"decision": None} == before | {"decision": None}


@pytest.mark.parametrize(
    "body", [{"title": "x"}, {"sku": "", "title": "x"}, {"sku": "x" * 65, "title": "x"}, {"sku": "\x00", "title": "x"}]
)
def test_a_product_needs_an_sku(acme_api, body):
    refused = acme_api.post(PRODUCTS, body)

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "sku")
    assert not Product.objects.exists()


def test_another_merchants_product_is_a_404_and_stays_as_it_is(acme_api, globex_api, listed_gtin):
    path = f"{PRODUCTS}/{acme_api.post(PRODUCTS, product(listed_gtin)).json()['id']}"

    answers = [globex_api.get(path), globex_api.patch(path, {"title": "Mine"})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert acme_api.get(path).json()["title"] == "Ibuprofen 200 mg"
