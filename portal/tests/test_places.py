"""The page of stores: chain, region and store, each beside the days before; sorted, taken as a file, and quick with thousands."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from merchants.models import Member
from merchants.team.reach import Reach
from pos_monitor.models import Store
from pos_monitor.tests.estate_samples import a_store
from sales.models import ItemDay, SalesDay

pytestmark = pytest.mark.django_db
PAGE = "portal:places"


def sold(store, cents, *, merchant, days_ago=1, benefit=0, refunded=0, missed=0, sales=1):
    """One day's sums of a store, or of none; all of it eligible, `missed` of it on other cards."""
    day = timezone.now().astimezone(merchant.zone).date() - timedelta(days=days_ago)
    SalesDay.objects.create(
        merchant=merchant, day_on=day, channel="pos" if store else "online", store=store, sales_count=sales, gross_cents=cents, benefit_cents=benefit,
        ordinary_cents=cents - benefit, eligible_cents=cents, refunds_count=bool(refunded), refunded_cents=refunded,
    )  # fmt: skip
    for fate, part in (("benefit", cents - missed), ("no_card", missed)):
        if part:
            ItemDay.objects.create(
                merchant=merchant, day_on=day, store=store, item_key="p1", title="Ibuprofen", category="x", status="eligible", fate=fate,
                lines_count=1, units=1, total_cents=part, benefit_cents=benefit if fate == "benefit" else 0,
            )  # fmt: skip


@pytest.fixture
def chain(acme):
    """Texas with two stores, California with one that sold nothing, and a sale online."""
    austin, dallas = a_store(acme, "Austin", region="TX"), a_store(acme, "Dallas", region="TX")
    a_store(acme, "Fresno", region="CA")
    sold(austin, 10_000, merchant=acme, benefit=2_500, refunded=400, missed=1_000)
    sold(austin, 8_000, merchant=acme, days_ago=31)
    sold(dallas, 2_000, merchant=acme)
    sold(None, 5_000, merchant=acme)
    return {"Austin": austin, "Dallas": dallas}


def shown(client, **asked):
    answer = client.get(reverse(PAGE), asked)
    assert answer.status_code == 200
    return answer.context


def test_without_stores_the_page_says_what_will_be_here(signed_in, acme_viewer):
    assert "No stores yet" in signed_in(acme_viewer).get(reverse(PAGE)).content.decode()


def test_the_chain_by_region_with_what_was_sold_online_beside_the_days_before(signed_in, acme_viewer, chain):
    found = shown(signed_in(acme_viewer))

    rows = {row["place"].name: row["sums"] for row in found["rows"]}
    assert list(rows) == ["TX", "Online, no store", "CA"]
    texas = rows["TX"]
    assert (texas["gross_cents"], texas["benefit_cents"], texas["benefit_share"], texas["missed_cents"]) == (
        12_000,
        2_500,
        "21%",
        1_000,
    )
    assert (texas["sales_count"], texas["refunded_cents"], texas["eligible_share"]) == (2, 400, "100%")
    assert (texas["before_cents"], texas["change"], texas["change_words"]) == (8_000, "+50 %", "50 % more than the days before")
    assert (rows["CA"]["gross_cents"], rows["CA"]["change"], rows["CA"]["benefit_share"]) == (0, "–", "–")
    assert [row["place"].stores_count for row in found["rows"]] == [2, 0, 1]
    assert found["sums"]["gross_cents"] == 17_000


def test_a_region_by_store_and_a_store_by_its_items(signed_in, acme_viewer, chain):
    client = signed_in(acme_viewer)
    found = shown(client, region="TX")
    assert [(row["place"].name, row["sums"]["gross_cents"]) for row in found["rows"]] == [("Austin", 10_000), ("Dallas", 2_000)]
    assert found["sums"]["gross_cents"] == 12_000

    page = client.get(reverse("portal:place", args=[chain["Austin"].public_id])).context
    assert (page["sums"]["gross_cents"], page["trend"]["total"].gross_cents) == (10_000, 10_000)
    assert [(row["name"], row["sold"]) for row in page["missed"]] == [("Ibuprofen", 1_000)]
    assert len(page["trend"]["points"]) == 30


def test_a_region_or_store_that_there_is_not_is_a_404(signed_in, acme_viewer, globex, chain):
    client = signed_in(acme_viewer)

    assert client.get(reverse(PAGE), {"region": "NV"}).status_code == 404
    assert client.get(reverse("portal:places_export"), {"region": "NV"}).status_code == 403  # a viewer exports nothing
    assert client.get(reverse("portal:place", args=[a_store(globex).public_id])).status_code == 404


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "CA"),
        ("-name", "TX"),
        ("gross", "CA"),
        ("-gross", "TX"),
        ("change", "TX"),
        ("stores", "Online, no store"),
        ("odd", "TX"),
    ],
)
def test_the_table_is_sorted_as_asked_and_what_cannot_be_compared_comes_last(signed_in, acme_viewer, chain, sort, first):
    found = shown(signed_in(acme_viewer), sort=sort)

    assert found["rows"][0]["place"].name == first
    assert [head["sorted"] for head in found["heads"]].count("") == len(found["heads"]) - 1


def test_the_level_that_is_seen_is_taken_as_a_file(signed_in, acme_owner, chain):
    client = signed_in(acme_owner)

    def rows(**asked):
        answer = client.get(reverse("portal:places_export"), asked)
        return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert [(row["region"], row["stores"], row["gross_cents"]) for row in rows()] == [
        ("TX", "2", "12000"),
        ("Online, no store", "0", "5000"),
        ("CA", "1", "0"),
    ]
    assert [(row["store"], row["id"], row["gross_before_cents"]) for row in rows(region="TX")] == [
        ("Austin", chain["Austin"].public_id, "8000"), ("Dallas", chain["Dallas"].public_id, "0"),
    ]  # fmt: skip


def test_who_is_limited_sees_their_part_and_its_totals(signed_in, acme, acme_viewer, chain):
    reach = Reach.of([], [chain["Dallas"].public_id])
    Member.objects.filter(user=acme_viewer).update(reach=reach.as_json())
    client = signed_in(acme_viewer)

    found = shown(client)

    assert [(row["place"].name, row["sums"]["gross_cents"], row["place"].stores_count) for row in found["rows"]] == [
        ("TX", 2_000, 1)
    ]
    assert found["sums"]["gross_cents"] == 2_000
    assert [row["place"].name for row in shown(client, region="TX")["rows"]] == ["Dallas"]
    assert client.get(reverse(PAGE), {"region": "CA"}).status_code == 404
    page = client.get(reverse("portal:place", args=[chain["Dallas"].public_id])).context
    assert (page["trend"]["total"].gross_cents, page["people"]) == (2_000, [])


def test_a_store_names_who_is_limited_to_it(signed_in, acme, acme_owner, acme_viewer, chain):
    Member.objects.filter(user=acme_viewer).update(reach=Reach.of(["TX"], []).as_json())

    page = signed_in(acme_owner).get(reverse("portal:place", args=[chain["Austin"].public_id])).context

    assert [(person["name"], person["works_in"]) for person in page["people"]] == [("acme_viewer", "TX")]


def test_thousands_of_stores_take_no_more_questions_than_one(signed_in, acme, acme_viewer, chain, django_assert_max_num_queries):
    client = signed_in(acme_viewer)
    with django_assert_max_num_queries(60) as few:
        shown(client, region="TX")
    Store.objects.bulk_create(Store(merchant=acme, name=f"Store {n}", region="TX") for n in range(2_000))

    with django_assert_max_num_queries(len(few)):
        assert len(shown(client, region="TX")["rows"]) == 2_002
