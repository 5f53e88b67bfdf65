"""The page of sales: found, kept as views, taken away; and who may not."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.urls import reverse

from checkout.models import CheckoutSession, Payment
from conftest import make_member
from portal.tests.admin_samples import make_sale
from pos_monitor.models import TillSale
from pos_monitor.tests.estate_samples import a_terminal
from sales import finding
from sales.models import SavedView
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGE = "portal:sales"


@pytest.fixture
def sales(acme):
    """W-1 of $30.00 online, W-2 at a till and refunded in part, W-3 by an ordinary card alone and disputed by nobody."""
    first, second, third = (make_sale(acme, order=f"W-{n}", number=n, email=f"p{n}@example.com") for n in (1, 2, 3))
    till = a_terminal(acme)
    TillSale.objects.create(
        merchant=acme, terminal=till, store=till.store, sale_number="1", session=second, sold_at=second.created_at
    )
    CheckoutSession.objects.filter(pk=second.pk).update(channel="pos")
    Payment.objects.filter(session=second).update(refunded_cents=100)
    Payment.objects.get(session=third).tenders.filter(kind="benefit").update(kind="ordinary")
    return first, second, third


def orders(client, **filters):
    answer = client.get(reverse(PAGE), {"view": "all", **filters})
    assert answer.status_code == 200
    return [sale["order_number"] for sale in answer.context["sales"]]


def test_each_filter_finds_its_sales(signed_in, acme_viewer, sales):
    client, till = signed_in(acme_viewer), TillSale.objects.get().terminal

    assert orders(client) == ["W-3", "W-2", "W-1"]
    assert orders(client, channel="pos") == ["W-2"]
    assert orders(client, channel="online") == ["W-3", "W-1"]
    assert orders(client, till=till.public_id) == ["W-2"]
    assert orders(client, store=till.store.public_id) == ["W-2"]
    assert orders(client, refunded="1") == ["W-2"]
    assert orders(client, disputed="1") == []
    assert orders(client, cards="ordinary") == ["W-3"]
    assert orders(client, cards="mixed") == ["W-2", "W-1"]
    assert orders(client, cards="benefit") == []
    assert orders(client, least="30.01") == []
    assert orders(client, least="$30", most="30.00", status="complete") == ["W-3", "W-2", "W-1"]
    assert orders(client, least="much", channel="moon") == ["W-3", "W-2", "W-1"]  # what means nothing is no limit


def test_days_find_sales_of_now_and_of_long_ago(signed_in, acme_viewer, sales):
    client, (first, *_) = signed_in(acme_viewer), sales
    CheckoutSession.objects.filter(pk=first.pk).update(created_at="2026-03-02T04:30:00Z")  # still 1 March in New York

    assert orders(client, **{"from": "2026-03-01", "to": "2026-03-01"}) == ["W-1"]
    assert orders(client, **{"from": "2026-03-02", "to": "2026-03-02"}) == []
    assert orders(client, **{"from": "2026-03-02"}) == ["W-3", "W-2"]
    assert orders(client, to="2026-03-01") == ["W-1"]


def test_words_find_numbers_cards_ids_and_addresses(signed_in, acme_viewer, sales):
    client, (first, *_) = signed_in(acme_viewer), sales

    assert orders(client, q="w-2") == ["W-2"]
    assert orders(client, q="4242") == ["W-3", "W-2", "W-1"]
    assert orders(client, q="p1@example.com") == ["W-1"]
    assert orders(client, q=first.public_id) == ["W-1"]
    assert orders(client, q=Payment.objects.get(session=first).public_id) == ["W-1"]
    assert orders(client, q="4242", refunded="1") == ["W-2"]


def test_another_merchants_sales_are_not_found_by_words(signed_in, globex_owner, sales):
    client = signed_in(globex_owner)

    for words in ("W-1", "4242", sales[0].public_id, "p1@example.com"):
        assert orders(client, q=words) == []


def test_what_is_found_is_added_up_and_too_much_is_said_to_be(signed_in, acme_viewer, sales, monkeypatch):
    client = signed_in(acme_viewer)

    assert client.get(reverse(PAGE)).context["sums"] == finding.Sums(3, 9000, 4000)
    assert client.get(reverse(PAGE), {"q": "W-1"}).context["sums"] == finding.Sums(1, 3000, 2000)
    monkeypatch.setattr(finding, "MOST_SUMMED", 2)
    answer = client.get(reverse(PAGE))

    assert answer.context["sums"] is None
    assert "not added up here" in answer.content.decode()


def test_pages_follow_each_other_while_sales_are_added(signed_in, acme, acme_viewer, sales, monkeypatch):
    monkeypatch.setattr("portal.views.sales.ROWS_A_PAGE", 2)
    client = signed_in(acme_viewer)
    first = client.get(reverse(PAGE), {"q": "4242"})
    make_sale(acme, order="W-4", number=4)

    second = client.get(reverse(PAGE) + first.context["next_url"])

    assert [sale["order_number"] for sale in first.context["sales"]] == ["W-3", "W-2"]
    assert [sale["order_number"] for sale in second.context["sales"]] == ["W-1"]
    assert second.context["next_url"] is None


def save(client, name, share=False, **filters):
    return client.post(
        reverse("portal:sales_view_save"), {"name": name, **filters, **({"share": "on"} if share else {})}, follow=True
    )


def test_a_view_is_saved_opened_by_default_renamed_and_deleted(signed_in, acme_owner, sales):
    client = signed_in(acme_owner)
    assert "“At tills” is saved" in save(client, "At tills", channel="pos").content.decode()
    view = SavedView.objects.get()
    there = reverse("portal:sales_view", args=[view.public_id])

    assert orders(client, view=view.public_id) == ["W-2"]
    client.post(there, {"deed": "default"})
    assert client.get(reverse(PAGE)).url == f"{reverse(PAGE)}?view={view.public_id}"
    assert orders(client) == ["W-3", "W-2", "W-1"]
    client.post(there, {"deed": "no_default"})
    assert client.get(reverse(PAGE)).status_code == 200
    client.post(there, {"name": "Counter", "share": "on"})
    assert (SavedView.objects.get().name, SavedView.objects.get().is_shared) == ("Counter", True)
    client.post(there, {"deed": "delete"})
    assert SavedView.objects.count() == 0


def test_a_view_without_filters_or_name_is_refused(signed_in, acme_owner):
    client = signed_in(acme_owner)

    assert "filter the sales first" in save(client, "Nothing").content.decode()
    assert "Give the view a name" in save(client, " ", channel="pos").content.decode()
    assert SavedView.objects.count() == 0


def test_two_views_of_one_person_do_not_share_a_name(signed_in, acme_owner):
    client = signed_in(acme_owner)
    save(client, "One", channel="pos")
    save(client, "Two", channel="online")
    two = SavedView.objects.get(name="Two")

    answer = client.post(reverse("portal:sales_view", args=[two.public_id]), {"name": "One"}, follow=True)

    assert "choose another name" in answer.content.decode()
    assert set(SavedView.objects.values_list("name", flat=True)) == {"One", "Two"}


def test_views_are_ones_own_until_they_are_shared_and_another_merchants_is_a_404(
    signed_in, acme_owner, acme_viewer, globex_owner
):
    owner, viewer, stranger = signed_in(acme_owner), signed_in(acme_viewer), signed_in(globex_owner)
    save(owner, "Mine", channel="pos")
    view = SavedView.objects.get()
    page, there = f"{reverse(PAGE)}?view={view.public_id}", reverse("portal:sales_view", args=[view.public_id])

    assert viewer.get(page).status_code == 404
    owner.post(there, {"name": "Ours", "share": "on"})

    assert viewer.get(page).status_code == 200
    assert viewer.post(there, {"name": "Theirs"}).status_code == 403
    assert viewer.post(there, {"deed": "delete"}).status_code == 403
    assert viewer.post(there, {"deed": "default"}).status_code == 302
    assert stranger.get(page).status_code == 404
    for deed in ("delete", "default", ""):
        assert stranger.post(there, {"deed": deed, "name": "x"}).status_code == 404
    assert SavedView.objects.get().name == "Ours"


def test_a_viewer_keeps_views_but_shares_none(signed_in, acme_viewer):
    save(signed_in(acme_viewer), "All of it", share=True, channel="online")

    assert not SavedView.objects.get().is_shared


def test_a_view_that_is_shared_no_more_opens_by_default_for_nobody_else(signed_in, acme_owner, acme_viewer):
    owner, viewer = signed_in(acme_owner), signed_in(acme_viewer)
    save(owner, "Ours", share=True, channel="pos")
    there = reverse("portal:sales_view", args=[SavedView.objects.get().public_id])
    viewer.post(there, {"deed": "default"})

    owner.post(there, {"name": "Ours"})

    assert viewer.get(reverse(PAGE)).status_code == 200


def exported(client, kind, **asked):
    answer = client.get(reverse("portal:sales_export", args=[kind]), asked)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_sales_are_exported_as_they_are_filtered(signed_in, acme_owner, sales):
    client = signed_in(acme_owner)

    rows = list(csv.DictReader(io.StringIO(exported(client, "csv"))))
    assert [row["order_number"] for row in rows] == ["W-3", "W-2", "W-1"]
    assert (rows[2]["captured_cents"], rows[2]["benefit_cents"], rows[2]["ordinary_cents"]) == ("3000", "2000", "1000")
    assert (rows[1]["channel"], rows[1]["store"], rows[1]["refunded_cents"]) == ("pos", TillSale.objects.get().store.name, "100")
    (found,) = exported(client, "jsonl", q="W-1", lines="1").splitlines()
    assert [(line["title"], line["benefit_cents"]) for line in json.loads(found)["line_items"]] == [
        ("Ibuprofen 200 mg", 2000),
        ("Potato chips", 0),
    ]
    lines = list(csv.DictReader(io.StringIO(exported(client, "csv", lines="1", refunded="1"))))
    assert [(line["order_number"], line["title"]) for line in lines] == [("W-2", "Ibuprofen 200 mg"), ("W-2", "Potato chips")]
    assert AuditEntry.objects.filter(action="sales.exported").count() == 3


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(signed_in, acme, acme_owner):
    make_sale(acme, order="=HYPERLINK(1)")

    (row,) = csv.DictReader(io.StringIO(exported(signed_in(acme_owner), "csv")))

    assert row["order_number"] == "'=HYPERLINK(1)"


def test_whoever_may_only_look_exports_nothing_and_others_only_their_own(signed_in, acme, acme_viewer, globex_owner, sales):
    address = reverse("portal:sales_export", args=["csv"])

    assert signed_in(acme_viewer).get(address).status_code == 403
    assert signed_in(make_member(acme, "developer")).get(address).status_code == 403
    assert exported(signed_in(globex_owner), "jsonl") == ""
    assert signed_in(globex_owner).get(reverse("portal:sales_export", args=["pdf"])).status_code == 404
