"""Finding products through the API, and keeping what search looks into."""

from __future__ import annotations

import csv

import pytest

from conftest import api_for
from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.models import Product, ProductSearch
from eligibility.search import index
from eligibility.search.index import index_what_is_due
from eligibility.search.question import NEEDS_PATH, needs, read_question
from eligibility.tasks import index_products
from eligibility.taxonomy import taxonomy
from eligibility.tests.search_cases import judge_as
from merchants.models import ApiKey

SEARCH = "/v1/products/search"
SITE = "https://shop.example"
SHELF = [
    ("Adult Ibuprofen 200 mg Caplets, 100 ct", "pain-relievers-oral"),
    ("Children's Ibuprofen Oral Suspension Grape, 4 oz", "pain-relievers-oral"),
    ("Children's Vitamin C Gummies, 60 ct", "vitamins-and-multivitamins"),
    ("Children's Picture Book of Feelings", "books-media-and-stationery"),
    ("Knee Brace with Hinges, Large", "orthopedic-braces-supports-and-splints"),
    ("Hypoallergenic Body Lotion", "moisturisers-lotions-and-body-care"),
]


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


def stock(merchant, shelf=SHELF):
    products = [Product.objects.create(merchant=merchant, sku=f"S{at}", title=title) for at, (title, _) in enumerate(shelf)]
    for product, (_, code) in zip(products, shelf, strict=True):
        judge_as(product, code)
    index_what_is_due()
    return products


def titles(answer):
    assert answer.status_code == 200, answer.json()
    return [row["title"] for row in answer.json()["data"]]


pytestmark = pytest.mark.django_db


# --- Finding ---


def test_what_helps_a_childs_fever_comes_first_and_says_why(acme, acme_api):
    stock(acme)

    first, second, *_ = acme_api.get(SEARCH, {"q": "something for my child's fever"}).json()["data"]

    assert first["title"] == "Children's Ibuprofen Oral Suspension Grape, 4 oz"
    assert second["title"] == "Adult Ibuprofen 200 mg Caplets, 100 ct"
    assert (first["status"], first["citation"]) == ("eligible", "CARES Act §3702")
    assert first["why"] == "Pain relievers, oral can help with “fever”."
    assert set(first) == {
        "id", "title", "brand", "gtin", "price_cents", "status", "category_name", "reason", "citation", "would_change", "why",
    }  # fmt: skip


def test_typing_mistakes_are_forgiven(acme, acme_api):
    stock(acme)

    assert titles(acme_api.get(SEARCH, {"q": "ibuprofin"}))[0].endswith("Ibuprofen 200 mg Caplets, 100 ct")
    assert titles(acme_api.get(SEARCH, {"q": "hinged knee brase"}))[0] == "Knee Brace with Hinges, Large"


def test_a_short_word_is_no_misspelt_long_one(acme, acme_api):
    stock(
        acme,
        [
            ("Guaifenesin Expectorant Tablets, 40 ct", "cold-cough-and-flu-medicine"),
            ("Massage Gun with Six Heads", "toys-and-games"),
        ],
    )

    found = acme_api.get(SEARCH, {"q": "massage gun"}).json()["data"]

    assert found[0]["title"] == "Massage Gun with Six Heads"
    assert not any("gun" in row["why"] for row in found[1:])


def test_of_what_suits_alike_the_eligible_comes_first(acme, acme_api):
    stock(
        acme,
        [
            ("Grape Chews", "snacks-and-sweets"),
            ("Grape  Chews", "vitamins-and-multivitamins"),
            ("Grape   Chews", "pain-relievers-oral"),
        ],
    )

    rows = acme_api.get(SEARCH, {"q": "grape chews"}).json()["data"]

    assert [row["status"] for row in rows] == ["eligible", "letter", "not_eligible"]


def test_a_shop_sees_its_own_products_alone(acme, globex, acme_api, globex_api):
    stock(acme)
    stock(globex, [("Ibuprofen of Globex", "pain-relievers-oral")])

    assert titles(globex_api.get(SEARCH, {"q": "ibuprofen"})) == ["Ibuprofen of Globex"]
    assert "Ibuprofen of Globex" not in titles(acme_api.get(SEARCH, {"q": "ibuprofen"}))


def test_what_is_not_on_sale_is_not_found(acme, acme_api):
    products = stock(acme)
    Product.objects.filter(pk=products[1].pk).update(is_active=False)

    assert products[1].title not in titles(acme_api.get(SEARCH, {"q": "children's ibuprofen"}))


def test_at_most_as_many_as_asked_for(acme, acme_api):
    stock(acme)

    assert len(titles(acme_api.get(SEARCH, {"q": "children's ibuprofen", "limit": 2}))) == 2


@pytest.mark.parametrize(
    "asked", ["the and of", "!!!", "💊", "'; DROP TABLE eligibility_productsearch; --", "% _ \\", "a" * 200, "發燒"]
)
def test_a_question_of_any_kind_has_an_answer(acme, acme_api, asked):
    stock(acme)

    assert acme_api.get(SEARCH, {"q": asked}).status_code == 200
    assert ProductSearch.objects.count() == len(SHELF)


def test_an_empty_shop_has_nothing(acme_api):
    assert titles(acme_api.get(SEARCH, {"q": "fever"})) == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "x", "limit": 0}, "limit"),
        ({"q": "x", "limit": 51}, "limit"),
    ],
)
def test_a_question_that_cannot_be_is_refused(acme_api, query, param):
    refused = acme_api.get(SEARCH, query)

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


# --- Who may ask ---


def test_a_publishable_key_may_ask_from_its_sites_alone(acme):
    stock(acme)
    pages = api_for(acme, ApiKey.Kind.PUBLISHABLE, allowed_origins=[SITE])

    allowed = pages.get(SEARCH, {"q": "ibuprofen"}, HTTP_ORIGIN=SITE)
    elsewhere = pages.get(SEARCH, {"q": "ibuprofen"}, HTTP_ORIGIN="https://elsewhere.example")

    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"]) == (200, "*")
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (403, "origin_not_allowed")


def test_a_restricted_key_needs_the_products(acme):
    refused = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"payments": "read"}).get(SEARCH, {"q": "x"})
    allowed = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"products": "read"}).get(SEARCH, {"q": "x"})

    assert (refused.status_code, allowed.status_code) == (403, 200)


# --- Keeping it up to date ---


def test_a_product_is_found_after_the_next_round_under_its_newest_title(acme_api):
    added = acme_api.post("/v1/products", {"sku": "A", "title": "Digital Ear Thermometer"}).json()
    index_products()
    acme_api.patch(f"/v1/products/{added['id']}", {"title": "Wrist Blood Pressure Monitor"})

    index_products()

    assert titles(acme_api.get(SEARCH, {"q": "blood pressure"})) == ["Wrist Blood Pressure Monitor"]
    assert titles(acme_api.get(SEARCH, {"q": "thermometer"})) == []


def test_what_is_as_it_was_is_not_encoded_again(acme, monkeypatch):
    products = stock(acme)
    monkeypatch.setattr(index, "encode", lambda texts: pytest.fail("encoded again"))
    Product.objects.get(pk=products[0].pk).save()  # a newer time, the same words

    assert (index_what_is_due(), index_what_is_due()) == (1, 0)


def test_products_of_the_same_words_are_encoded_once(acme, monkeypatch):
    seen = []
    encode = index.encode
    monkeypatch.setattr(index, "encode", lambda texts: (seen.extend(texts), encode(texts))[1])

    stock(
        acme,
        [
            ("Cotton Balls", "cotton-swabs-toilet-paper-and-paper-goods"),
            ("Cotton  balls", "cotton-swabs-toilet-paper-and-paper-goods"),
        ],
    )

    assert seen == ["cotton balls"]


def test_a_product_that_goes_takes_its_entry_along(acme):
    product = Product.objects.create(merchant=acme, sku="A", title="Cotton Balls")
    index_what_is_due()

    product.delete()

    assert not ProductSearch.objects.exists()


# --- Reading a question ---


@pytest.mark.parametrize(
    ("asked", "words", "audience", "named"),
    [
        ("Something for my child's fever", ("child's", "fever"), "children", ("fever",)),
        ("my baby has a feverr!", ("baby", "fever"), "babies", ("fever",)),
        ("sore throat", ("sore", "throat"), "", ("sore throat",)),
        ("the", ("the",), "", ()),
        ("", (), "", ()),
    ],
)
def test_a_question_is_read_for_what_carries_it(asked, words, audience, named):
    question = read_question(asked)

    assert (question.words, question.audience, question.named) == (words, audience, named)


def test_the_table_of_needs_names_categories_that_a_card_or_a_document_opens():
    with NEEDS_PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == len(needs()) >= 60
    codes = {code for row in rows for code in row["categories"].split()}
    assert {taxonomy().by_code[code].status for code in codes} <= {"eligible", "letter", "rx"}
