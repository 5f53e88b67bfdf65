"""What is wrong with one item of a check leaves the others alone."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
CHECK = "/v1/eligibility/check"


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({}, "items[1].title"), ({"title": ""}, "items[1].title"), ({"title": None}, "items[1].title"), ({"title": 7}, None),
        ({"title": ["x"]}, "items[1].title"), ({"title": "x" * 501}, "items[1].title"), ({"title": "x", "brand": "b" * 121}, "items[1].brand"),
        ({"title": "x", "gtin": "123"}, "items[1].gtin"), ({"title": "x", "price_cents": "12"}, "items[1].price_cents"),
        ({"title": "x", "price_cents": -1}, "items[1].price_cents"), ("Ibuprofen", "items[1]"), (None, "items[1]"), ([], "items[1]"), (7, "items[1]"),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be_used_has_an_error_in_its_place(acme_api, listed_gtin, item, param):
    good = {"title": "Ibuprofen", "gtin": listed_gtin}

    answer = acme_api.post(CHECK, {"items": [good, item, good]})

    assert answer.status_code == 200
    before, middle, after = answer.json()["data"]
    assert (before["status"], after["status"]) == ("eligible", "eligible")
    if param is None:  # a number is read as text
        assert middle["status"] in {"unknown", "not_eligible"}
    else:
        assert set(middle) == {"error"}
        assert (middle["error"]["code"], middle["error"]["param"]) == ("parameter_invalid", param)
        assert len(middle["error"]["message"]) > 10


def test_nothing_but_errors_is_an_answer_too(acme_api):
    answer = acme_api.post(CHECK, {"items": [{}, {"title": ""}]})

    assert [row["error"]["param"] for row in answer.json()["data"]] == ["items[0].title", "items[1].title"]


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": {}}, {"items": "x"}, {"items": None}, [], {"items": [{"title": "x"}] * 501}]
)
def test_a_wrong_envelope_fails_the_whole_call(acme_api, body):
    refused = acme_api.post(CHECK, body)

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "parameter_invalid"
