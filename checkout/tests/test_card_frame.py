"""The table of card ranges as it travels to a browser."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from checkout.bins import bin_spans
from checkout.pages.card_frame import pack_spans

pytestmark = pytest.mark.django_db


def test_neighbours_of_one_kind_are_one_range_and_only_differing_digits_travel():
    packed = pack_spans(
        [("40000000000", "40000099999", "fsa"), ("40000100000", "40000199999", "fsa"), ("51000000000", "51000000000", "hsa")]
    )

    assert packed == {"fsa": "40000000000-199999", "hsa": "51000000000"}


def test_the_table_is_named_by_its_content_and_kept_by_browsers(acme, open_session):
    frame = Client().get(f"/card-frame/{open_session(acme).public_id}/").content.decode()
    url = frame.partition('data-bins-url="')[2].partition('"')[0]

    answer = Client().get(url)

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    spans = {
        (span.partition("-")[0], span.partition("-")[0][: 11 - len(span.partition("-")[2])] + span.partition("-")[2], kind)
        for kind, text in json.loads(answer.content).items() for span in text.split()
    }  # fmt: skip
    assert {kind for _, _, kind in spans} == {found.account_kind if found.is_benefit else "none" for _, _, found in bin_spans()}
    for start, end, found in bin_spans():
        kind = found.account_kind if found.is_benefit else "none"
        assert any(one <= start and end <= other and kind == its for one, other, its in spans), (start, end, kind)


def test_another_version_of_the_table_is_not_there(acme):
    assert Client().get("/card-frame/bins/0123456789abcdef.json").status_code == 404


def test_a_real_table_is_small_on_the_wire():
    kinds = ("fsa", "hsa", "hra", "multi")
    spans = [(f"{400000 + i}00000", f"{400000 + i}49999", kinds[i % 4]) for i in range(10_000)]

    assert len(json.dumps(pack_spans(spans))) < 200_000  # 10,000 ranges; two thirds of it go in compression
