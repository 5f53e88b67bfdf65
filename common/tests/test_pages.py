"""Cursor pages, through the lists of the API."""

from __future__ import annotations

import pytest
from django.apps import apps

from common.api.pages import encode_cursor

pytestmark = pytest.mark.django_db
LISTS = ["/v1/products", "/v1/payments", "/v1/events", "/v1/balance/entries"]


@pytest.fixture
def add(acme_api, listed_gtin):
    """Add products with these SKUs."""

    def added(*skus):
        for sku in skus:
            assert (
                acme_api.post("/v1/products", {"sku": sku, "title": f"Ibuprofen {sku}", "gtin": listed_gtin}).status_code == 201
            )

    return added


def skus(page):
    return [row["sku"] for row in page["data"]]


def follow(api, limit):
    """Every page of the products, one after the other."""
    cursor = ""
    while cursor is not None:
        page = api.get("/v1/products", {"limit": limit, "cursor": cursor}).json()
        yield page
        cursor = page["next_cursor"]


@pytest.mark.parametrize(
    ("count", "limit", "sizes"), [(0, 2, [0]), (1, 2, [1]), (2, 2, [2]), (3, 2, [2, 1]), (5, 2, [2, 2, 1]), (4, 1, [1, 1, 1, 1])]
)
def test_pages_hold_every_row_once_newest_first(acme_api, add, count, limit, sizes):
    names = [f"{number:02d}" for number in range(count)]
    add(*names)

    pages = list(follow(acme_api, limit))

    assert [len(page["data"]) for page in pages] == sizes
    assert [sku for page in pages for sku in skus(page)] == names[::-1]
    assert pages[-1]["next_cursor"] is None


def test_rows_added_while_paging_neither_hide_nor_repeat_one(acme_api, add):
    add(*"abcdefg")
    seen = []

    for number, page in enumerate(follow(acme_api, 2)):
        seen += skus(page)
        add(f"new-{number}", f"newer-{number}")

    assert seen == [*"gfedcba"]


def test_a_row_that_goes_while_paging_takes_no_other_with_it(acme, acme_api, add):
    add(*"ab")
    unjudged = apps.get_model("eligibility", "Product").objects.create(merchant=acme, sku="c", title="C")  # decisions hold theirs
    add("d")
    first = acme_api.get("/v1/products", {"limit": 2}).json()
    assert skus(first) == ["d", "c"]
    unjudged.delete()

    assert skus(acme_api.get("/v1/products", {"limit": 2, "cursor": first["next_cursor"]}).json()) == ["b", "a"]


def test_a_list_holds_only_the_callers_rows_and_another_merchants_cursor_opens_nothing(acme_api, globex_api, add):
    add("a", "b", "c")
    cursor = acme_api.get("/v1/products", {"limit": 1}).json()["next_cursor"]

    assert globex_api.get("/v1/products", {"cursor": cursor}).json() == {"data": [], "next_cursor": None}


def test_a_page_has_twenty_rows_unless_told_otherwise(acme_api, add):
    add(*[f"{number}" for number in range(22)])

    assert len(acme_api.get("/v1/products").json()["data"]) == 20
    assert len(acme_api.get("/v1/products?limit=100").json()["data"]) == 22


@pytest.mark.parametrize("limit", ["0", "101", "abc", "１", "-1", "", "1.5", "+5", " 5", "1e1", "9" * 5000, "0x10", "٣"])
def test_a_limit_that_is_no_whole_number_from_1_to_100_is_refused(acme_api, limit):
    for path in LISTS:
        response = acme_api.get(path, {"limit": limit})

        assert (response.status_code, response.json()["error"]["code"]) == (400, "limit_invalid")
        assert response.json()["error"]["param"] == "limit"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "abc",
        "ключ",
        "%00",
        "k1",
        "' OR 1=1",
        encode_cursor(10**19),
        encode_cursor(-1),
        "a" * 10_000,
        "azE=garbage",
        "azE\n",
    ],
    ids=range(11),
)
def test_a_cursor_that_no_list_gave_out_is_refused(acme_api, cursor):
    for path in LISTS:
        response = acme_api.get(path, {"cursor": cursor})

        assert (response.status_code, response.json()["error"]["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("path", LISTS)
def test_every_list_answers_in_the_same_shape(acme_api, path):
    assert acme_api.get(path, {"limit": 1}).json() == {"data": [], "next_cursor": None}
