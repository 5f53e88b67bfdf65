"""The catalogue's pages in a real browser: coverage, filters, deeds for many, feeds; empty, full and in trouble."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from browser_testing import WIDTHS, Window
from eligibility.catalogue.products import save_product
from eligibility.models import CatalogueDeed, CatalogueFeed, CatalogueFeedRun, CatalogueJob, Product
from merchants.models import Merchant
from people.models import User

pytestmark = pytest.mark.browser


def made_feed(merchant: Merchant, **fields: object) -> CatalogueFeed:
    return CatalogueFeed.objects.create(
        merchant=merchant, url="https://shop.example/exports/google/merchant-feed.xml", next_at=timezone.now(), **fields
    )


def made_job(merchant: Merchant, state: str = "done") -> CatalogueJob:
    now = timezone.now()
    return CatalogueJob.objects.create(
        merchant=merchant, kind="import", source_format="xml", state=state, rows_total=1200, rows_done=1200 if state == "done" else 400,
        rows_failed=3, counts={"added": 7, "changed": 20, "unchanged": 1170}, created_at=now, started_at=now, expires_at=now,
    )  # fmt: skip


@pytest.mark.parametrize("size", WIDTHS)
def test_an_empty_catalogue_teaches(open_window: Callable[..., Window], size: str, acme_owner: User) -> None:
    window = open_window(size, acme_owner)
    for path, words, picture in (
        ("/products/coverage/", "Nothing on sale yet", "coverage-empty"), ("/products/feeds/", "No feed yet", "feeds-empty"),
        ("/products/deeds/", "Nothing yet", "deeds-empty"),
    ):  # fmt: skip
        expect(window.open(path).get_by_text(words)).to_be_visible()
        window.look(picture)


@pytest.mark.parametrize("size", WIDTHS)
def test_many_products_are_filtered_counted_and_switched_off(
    open_window: Callable[..., Window], size: str, acme: Merchant, acme_owner: User, listed_gtin: str
) -> None:
    save_product(merchant=acme, sku="PILLS", title="Pills", gtin=listed_gtin, price_cents=1299)
    for n, title in enumerate(
        ["Logitech M185 Wireless Mouse", "Qzv 7", "Ibuprofen 200 mg tablets, 100 count", "Compression socks"] * 2
    ):
        save_product(merchant=acme, sku=f"S-{n}", title=f"{title} {n}", brand="Northfield", price_cents=900 + n)
    save_product(merchant=acme, sku="OLD", title="Logitech M185 Wireless Mouse", is_active=False)
    window = open_window(size, acme_owner)
    page = window.open("/products/coverage/")
    expect(page.get_by_role("heading", name="Verdict and evidence")).to_be_visible()
    window.look("coverage")

    page = window.open("/products/")
    window.look("products-many")
    page.get_by_label("Choose all on this page").check()
    expect(page.get_by_label("Choose Pills")).to_be_checked()
    page.get_by_label("What to do").select_option("switch_off")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Switch them off?")
    expect(page.get_by_text("10 products")).to_be_visible()
    window.look("deed-ask")

    asked = CatalogueDeed.objects.create(
        merchant=acme, kind="judge", by="Ann Hale", filters={"status": "unknown", "gtin": "no"}, rows_total=4000, rows_done=1250,
        rows_changed=80, state="running", started_at=timezone.now(), up_to_id=1,
    )  # fmt: skip
    page = window.open(f"/products/deeds/{asked.public_id}/")
    expect(page.get_by_text("1,250 of 4,000 products")).to_be_visible()
    window.look("deed")
    window.open("/products/deeds/")
    window.look("deeds")
    page = window.open("/products/?q=nothing+like+it")
    expect(page.get_by_text("No product matches")).to_be_visible()
    window.look("products-no-match")


@pytest.mark.parametrize("size", WIDTHS)
def test_feeds_are_added_and_their_trouble_is_understood(
    open_window: Callable[..., Window], size: str, acme: Merchant, acme_owner: User
) -> None:
    window = open_window(size, acme_owner)
    page = window.open("/products/feeds/new/")
    window.look("feed-new")
    page.get_by_label("Name", exact=True).fill("Web shop")
    page.get_by_label("Address").fill("https://10.0.0.1/feed.xml")
    page.get_by_role("button", name="Add the feed").click()
    expect(page.get_by_text("private, reserved or local")).to_be_visible()
    window.look("feed-error")

    failing = made_feed(acme, name="Outlet", failures_in_a_row=4)
    CatalogueFeedRun.objects.create(
        feed=failing, cause="schedule", state="done", outcome="failed", http_status=401,
        words="The server answered 401: it does not let us in. Check user name, password or header.",
    )  # fmt: skip
    held = made_feed(acme, name="Web shop", every_hours=6, switches_off_missing=True, last_success_at=timezone.now())
    Product.objects.create(merchant=acme, sku="A", title="Pills", feed=held)
    CatalogueFeedRun.objects.create(feed=held, cause="schedule", state="done", outcome="taken", job=made_job(acme))
    CatalogueFeedRun.objects.create(
        feed=held, cause="asked", state="held", outcome="held", vanished_count=412, job=made_job(acme),
        words="412 products are no longer in the feed, which is too many to switch off unasked.",
    )  # fmt: skip
    busy = made_feed(acme, name="Pharmacy, a name as long as names of feeds may be and then a little", state="paused")
    busy.paused_by, busy.paused_at = "Ann Hale", timezone.now()
    busy.save()
    CatalogueFeedRun.objects.create(feed=busy, cause="asked", state="taking", job=made_job(acme, "running"))
    window.open("/products/feeds/")
    window.look("feeds")
    expect(window.open(f"/products/feeds/{failing.public_id}/").get_by_text("The last pull failed.")).to_be_visible()
    window.look("feed-failing")
    page = window.open(f"/products/feeds/{busy.public_id}/")
    expect(page.get_by_text("400 of 1,200 rows")).to_be_visible()
    window.look("feed-busy")
    page = window.open(f"/products/feeds/{held.public_id}/")
    window.look("feed-held")
    page.get_by_role("button", name="Switch them off").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Switch these products off?")
    window.look("feed-approve")
    CatalogueFeedRun.objects.create(feed=held, cause="asked", state="done", outcome="unchanged", words="Nothing has changed.")
    page = window.open(f"/products/feeds/{held.public_id}/")
    expect(page.get_by_text("412 products are no longer in the feed.")).to_be_visible()
    page.get_by_role("button", name="Fetch now").click()
    expect(page.get_by_text("ask again in")).to_be_visible()
    window.look("feed-too-soon")


@pytest.mark.parametrize("size", WIDTHS)
def test_a_feed_that_moves_to_another_server_asks_for_its_password(
    open_window: Callable[..., Window], size: str, acme: Merchant, acme_owner: User
) -> None:
    feed = made_feed(acme, name="Web shop", auth_kind="basic", auth_name="ann", auth_secret="s3cret")
    window = open_window(size, acme_owner)
    page = window.open(f"/products/feeds/{feed.public_id}/change/")
    page.get_by_label("Address").fill("https://other.example/feed.xml")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The new address is on another server")).to_be_visible()
    window.look("feed-moved")
