"""Insights: what benefit cards pay for, what was missed and why, by store and days, and what December may bring."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse

from checkout.models import LineItem, Tender
from portal.tests.admin_samples import make_sale
from pos_monitor.models import TillSale
from pos_monitor.tests.estate_samples import a_terminal
from sales import forecast
from sales.counting.recount import count_noted
from sales.insights import Asked, why_no_fsa
from sales.models import ItemDay, SalesDay

pytestmark = pytest.mark.django_db
PAGE = "portal:insights"


def shown(client, **asked):
    answer = client.get(reverse(PAGE), asked)
    assert answer.status_code == 200
    return answer.context


def test_without_sales_the_page_says_what_will_be_here(signed_in, acme_viewer):
    html = signed_in(acme_viewer).get(reverse(PAGE)).content.decode()

    assert "Nothing was sold in these days" in html
    assert "you have no captured sale yet" in html


def test_items_are_told_by_what_cards_paid_and_what_was_missed(signed_in, acme, acme_viewer):
    make_sale(acme)
    missed = make_sale(acme, order="A-2", number=2)
    Tender.objects.filter(payment__session=missed).update(kind="ordinary")
    count_noted()

    found = shown(signed_in(acme_viewer))

    assert found["sums"] == {"sold": 6000, "eligible": 4000, "benefit": 2000, "missed": 2000}
    assert [(row["name"], row["sold_units"], row["benefit"]) for row in found["top"]] == [("Ibuprofen 200 mg", 1, 2000)]
    assert [(row["name"], row["sold"]) for row in found["missed"]] == [("Ibuprofen 200 mg", 2000)]
    assert [(row["eligible"], row["percent"]) for row in found["categories"]] == [(4000, "67%")]


@pytest.mark.parametrize("status", ["letter", "rx", "unknown"])
def test_items_that_lack_something_are_near_misses_with_what_mends_them(signed_in, acme, acme_viewer, status):
    make_sale(acme)
    count_noted()
    ItemDay.objects.filter(fate="never").update(status=status, fate=status)

    (row,) = shown(signed_in(acme_viewer))["near"]

    assert (row["fate"], row["lines"], row["cents"]) == (status, 1, 1000)
    assert row["advice"]


def test_a_line_that_the_card_could_carry_and_did_not_says_why(acme):
    sales = [make_sale(acme, order=f"A-{n}", number=n) for n in range(3)]
    for sale in sales:  # the eligible line is paid by the ordinary card, the other by the benefit card
        benefit = Tender.objects.get(payment__session=sale, kind="benefit")
        Tender.objects.filter(pk=benefit.pk).update(kind="ordinary")
        Tender.objects.filter(payment__session=sale).exclude(pk=benefit.pk).update(kind="benefit", account_kind="fsa")
    Tender.objects.filter(payment__session=sales[0], kind="benefit").update(line_weights={"0": 100})
    Tender.objects.filter(payment__session=sales[1], kind="benefit").update(account_kind="lpfsa")
    count_noted()

    assert sorted(ItemDay.objects.filter(status="eligible").values_list("fate", flat=True)) == ["account", "kept_off", "short"]


def test_stores_and_regions_narrow_and_another_merchants_store_finds_nothing(signed_in, acme, acme_viewer, globex):
    first, _ = make_sale(acme), make_sale(acme, order="A-2", number=2)
    till, theirs = a_terminal(acme), a_terminal(globex, serial="X-2")
    TillSale.objects.create(
        merchant=acme, terminal=till, store=till.store, sale_number="1", session=first, sold_at=first.created_at
    )
    count_noted()
    client = signed_in(acme_viewer)

    assert shown(client)["sums"]["sold"] == 6000
    assert shown(client, store=till.store.public_id)["sums"]["sold"] == 3000
    assert shown(client, region=till.store.region)["sums"]["sold"] == 3000
    assert shown(client, store=theirs.store.public_id)["sums"]["sold"] == 0


def test_a_till_that_moved_leaves_its_sales_where_they_were_made(acme):
    sale, till = make_sale(acme), a_terminal(acme)
    TillSale.objects.create(
        merchant=acme, terminal=till, store=till.store, sale_number="1", session=sale, sold_at=sale.created_at
    )
    till.store = None
    till.state = "stock"
    till.save()

    count_noted()

    assert SalesDay.objects.get().store is not None


def test_every_item_is_exported_and_only_by_whoever_may(signed_in, acme, acme_owner, acme_viewer, globex_owner):
    make_sale(acme)
    LineItem.objects.all()
    count_noted()
    address = reverse("portal:insights_export")

    answer = signed_in(acme_owner).get(address)

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["title"], row["card"], row["benefit_cents"]) for row in rows] == [
        ("Ibuprofen 200 mg", "Paid by a benefit card", "2000"), ("Potato chips", "Not eligible", "0"),
    ]  # fmt: skip
    assert signed_in(acme_viewer).get(address).status_code == 403
    theirs = b"".join(signed_in(globex_owner).get(address).streaming_content).decode("utf-8-sig")
    assert len(theirs.splitlines()) == 1


def test_thousands_of_items_show_the_first_fifty_and_say_so(signed_in, acme, acme_viewer):
    today = date(2026, 3, 2)
    ItemDay.objects.bulk_create(
        ItemDay(
            merchant=acme, day_on=today, item_key=f"t{n}", title=f"Thing {n}", category="", status="eligible", fate="benefit", lines_count=1, units=1,
            total_cents=100 + n, benefit_cents=100 + n,
        )
        for n in range(2_000)
    )  # fmt: skip

    answer = signed_in(acme_viewer).get(reverse(PAGE), {"from": "2026-03-01", "to": "2026-03-31"})

    assert [row["name"] for row in answer.context["top"]][:2] == ["Thing 1999", "Thing 1998"]
    assert len(answer.context["top"]) == 50
    assert "The first 50; the export has every item." in answer.content.decode()


def days(acme, first, last, cents):
    count = (last - first).days + 1
    SalesDay.objects.bulk_create(
        SalesDay(
            merchant=acme, day_on=first + timedelta(n), channel="online", sales_count=1, gross_cents=cents, benefit_cents=cents
        )
        for n in range(count)
    )


def test_a_forecast_is_last_december_moved_by_how_the_last_weeks_compare(acme, monkeypatch):
    monkeypatch.setattr(forecast, "today_of", lambda merchant: date(2026, 11, 20))
    days(acme, date(2025, 9, 1), date(2025, 11, 30), 100)
    days(acme, date(2025, 12, 1), date(2025, 12, 31), 300)
    days(acme, date(2026, 9, 1), date(2026, 11, 19), 150)

    found = forecast.december(Asked(acme, date(2026, 11, 1), date(2026, 11, 20)))

    assert (found.years, found.growth_percent) == ((2025,), 50)
    assert (found.last_year_cents, found.expected_cents) == (31 * 300, 31 * 450)
    assert [part.expected_cents for part in found.parts] == [7 * 450, 7 * 450, 7 * 450, 10 * 450]


def test_too_short_a_history_gives_no_forecast_and_says_since_when_it_is_needed(acme, monkeypatch):
    monkeypatch.setattr(forecast, "today_of", lambda merchant: date(2026, 11, 20))
    days(acme, date(2025, 11, 1), date(2026, 11, 19), 100)

    found = forecast.december(Asked(acme, date(2026, 11, 1), date(2026, 11, 20)))

    assert (found.years, found.parts, found.has_from) == ((), (), date(2025, 11, 1))
    assert found.needs_from == date(2025, 9, 26)


def test_a_store_that_cannot_take_fsa_cards_is_told_why(acme):
    acme.mcc, acme.is_iias_certified, acme.is_ninety_percent = "5411", False, False

    assert "certified" in why_no_fsa(acme)
    acme.is_iias_certified = True
    assert why_no_fsa(acme) == ""
