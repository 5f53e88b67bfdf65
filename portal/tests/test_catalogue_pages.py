"""The whole catalogue on its pages: coverage, filters, a file of what they find, and deeds for many products."""

from __future__ import annotations

import csv
import io

import pytest
from django.utils import timezone

from conftest import make_member
from eligibility.catalogue import tasks
from eligibility.catalogue.coverage import coverage_of
from eligibility.catalogue.deeds import run
from eligibility.catalogue.products import save_product
from eligibility.models import CatalogueDeed, Product, ReviewRequest
from portal.coverage_pages import percent
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
MOUSE, UNKNOWN = "Logitech M185 Wireless Mouse", "Qzv 7"
PAGE, ASK = "/products/", "/products/deeds/ask/"


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    monkeypatch.setattr(tasks.run_catalogue_deed, "delay", lambda pk: None)


@pytest.fixture
def browser(acme_owner, signed_in):
    return signed_in(acme_owner)


@pytest.fixture
def goods(acme, listed_gtin):
    """Listed and dear; not eligible and cheap; unknown, without a price; and one that is not on sale."""
    save_product(merchant=acme, sku="PILLS", title="Pills", gtin=listed_gtin, price_cents=3_000)
    save_product(merchant=acme, sku="MOUSE", title=MOUSE, brand="=Logitech", price_cents=1_000)
    save_product(merchant=acme, sku="WHAT", title=UNKNOWN)
    save_product(merchant=acme, sku="OFF", title=MOUSE, is_active=False)


def titles(browser, **filters):
    return [row["title"] for row in browser.get(PAGE, filters).context["products"]]


def asked(browser, deed, **fields):
    answer = browser.post(ASK, {"deed": deed, "sure": "yes", **fields})
    assert answer.status_code == 302, answer.content.decode()
    return CatalogueDeed.objects.latest("pk"), answer["Location"]


def work(deed):
    while run.carry_on(deed.pk):
        pass
    deed.refresh_from_db()
    return deed


# --- Coverage


def test_coverage_counts_what_is_on_sale_by_verdict_and_evidence(browser, goods, acme):
    found = coverage_of(acme)

    assert {key: cell.count for key, cell in found.cells.items() if cell.count} == {
        ("eligible", "list"): 1, ("not_eligible", "model"): 1, ("unknown", "none"): 1,
    }  # fmt: skip
    assert (found.total().count, found.inactive_count) == (3, 1)
    shown = browser.get("/products/coverage/")
    assert shown.context["listed"] == {"count": 1, "percent": "33%", "percent_of_value": "75%"}
    assert "prices of the 2 products that have one" in shown.content.decode()


def test_coverage_of_nothing_teaches(browser):
    assert "Nothing on sale yet" in browser.get("/products/coverage/").content.decode()


def test_another_merchants_products_are_not_counted(globex, goods):
    assert coverage_of(globex).total().count == 0


def test_what_was_never_judged_counts_as_unknown(browser, acme):
    Product.objects.create(merchant=acme, sku="OLD", title=UNKNOWN)

    assert coverage_of(acme).cells["unknown", "none"].count == 1
    assert titles(browser, status="unknown", evidence="none") == [UNKNOWN]


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(0, 0, "–"), (0, 9, "0%"), (1, 1_000, "under 1%"), (999, 1_000, "over 99%"), (1, 1, "100%"), (1, 3, "33%")]
)  # fmt: skip
def test_shares_are_never_rounded_to_nothing_or_all(part, whole, words):
    assert percent(part, whole) == words


# --- Filters and export


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"active": "no"}, [MOUSE]), ({"active": "yes", "status": "not_eligible"}, [MOUSE]), ({"evidence": "list"}, ["Pills"]),
        ({"gtin": "yes"}, ["Pills"]), ({"gtin": "no", "status": "unknown"}, [UNKNOWN]), ({"q": "logi", "active": "yes"}, [MOUSE]),
        ({"q": "PILLS"}, ["Pills"]), ({"status": "nonsense", "evidence": "list"}, ["Pills"]),
        ({"category": "pain-relievers-oral"}, ["Pills"]),
    ],
)  # fmt: skip
def test_products_are_found_by_filters(browser, goods, filters, found):
    assert titles(browser, **filters) == found


def test_pages_keep_their_filters_and_say_how_many_match(browser, acme):
    Product.objects.bulk_create(Product(merchant=acme, sku=f"S{n}", title=f"Thing {n}") for n in range(120))

    first = browser.get(PAGE, {"q": "thing", "gtin": "no"})
    second = browser.get(PAGE + first.context["next_url"])

    assert (first.context["count"], second.context["count"], len(second.context["products"])) == (120, 120, 50)
    assert "120 products" in first.content.decode()
    assert second.context["filters"] == {"q": "thing", "gtin": "no"}


def test_what_a_filter_finds_is_downloaded(browser, goods):
    answer = browser.get("/products/list.csv", {"active": "yes"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))

    assert [row["sku"] for row in rows] == ["WHAT", "MOUSE", "PILLS"]
    assert [row["price"] for row in rows] == ["", "10.00", "30.00"]
    assert rows[2]["eligibility_status"] == "eligible"
    assert rows[2]["eligibility_evidence"] == "list"
    assert rows[1]["brand"] == "'=Logitech"
    assert answer["Content-Disposition"] == 'attachment; filename="products.csv"'


# --- Deeds


def test_all_that_match_are_switched_off_after_a_second_click_and_on_again(browser, goods, acme_owner):
    question = browser.post(ASK, {"deed": "switch_off", "all": "yes", "active": "yes", "gtin": "no"}).content.decode()
    assert "2 products" in question
    assert "without a GTIN" in question
    assert Product.objects.filter(is_active=True).count() == 3

    deed, page = asked(browser, "switch_off", all="yes", active="yes", gtin="no")
    assert f'data-follow="{page}status/"' in browser.get(page).content.decode()
    work(deed)

    assert set(Product.objects.filter(is_active=True).values_list("sku", flat=True)) == {"PILLS"}
    assert (deed.state, deed.rows_total, deed.rows_done, deed.rows_changed, deed.by) == ("done", 2, 2, 2, acme_owner.username)
    assert "were switched off" in browser.get(page).content.decode()
    assert AuditEntry.objects.filter(action="catalogue_deed.finished").count() == 1
    work(asked(browser, "switch_on", all="yes")[0])
    assert Product.objects.filter(is_active=True).count() == 4


def test_the_chosen_ones_alone_are_judged_again(browser, goods):
    chosen = Product.objects.get(sku="MOUSE")
    Product.objects.filter(sku__in=["MOUSE", "WHAT"]).update(title="Ibuprofen 200 mg tablets")

    deed = work(asked(browser, "judge", product=[chosen.public_id])[0])

    chosen.refresh_from_db()
    assert (deed.rows_total, deed.rows_changed, chosen.current_decision.status) == (1, 1, "eligible")
    assert [row.cause for row in chosen.decisions.order_by("pk")] == ["saved", "asked"]
    assert Product.objects.get(sku="WHAT").current_decision.status == "unknown"


def test_people_are_asked_where_they_can_add_something(browser, goods):
    deed = work(asked(browser, "review", all="yes")[0])
    again = work(asked(browser, "review", all="yes")[0])

    assert (deed.rows_done, deed.rows_changed) == (4, 1)
    assert again.rows_changed == 1
    assert ReviewRequest.objects.get().title == UNKNOWN


def test_what_came_after_the_question_is_not_meant(browser, goods, acme):
    deed, _ = asked(browser, "switch_off", all="yes")
    save_product(merchant=acme, sku="NEW", title=MOUSE)

    work(deed)

    assert list(Product.objects.filter(is_active=True).values_list("sku", flat=True)) == ["NEW"]


def test_a_deed_goes_on_from_its_checkpoint_after_a_death_and_twice_does_no_harm(browser, acme, monkeypatch):
    monkeypatch.setattr(run, "CHUNK", 2)
    Product.objects.bulk_create(Product(merchant=acme, sku=f"S{n}", title=f"Thing {n}") for n in range(5))
    deed, _ = asked(browser, "switch_off", all="yes", active="yes")
    worker = run.take(run.Deeds, deed.pk)
    run._advance(deed.pk, worker)

    assert not run.carry_on(deed.pk)  # somebody lives who holds it
    CatalogueDeed.objects.update(leased_until=timezone.now())
    assert tasks.resume_catalogue_deeds() == 1
    work(deed)
    work(deed)

    assert (deed.state, deed.rows_done, deed.rows_changed) == ("done", 5, 5)


def test_a_deed_is_stopped_once(browser, goods):
    deed, page = asked(browser, "judge", all="yes")

    browser.post(f"{page}stop/")
    again = browser.post(f"{page}stop/", follow=True).content.decode()

    assert work(deed).state == "cancelled"
    assert "can no longer be cancelled" in again
    assert "Cancelled" in browser.get("/products/deeds/").content.decode()


@pytest.mark.parametrize(
    "fields", [{"deed": "judge"}, {"deed": "burn", "all": "yes"}, {"all": "yes"}], ids=["none", "odd", "no deed"]
)
def test_nothing_is_done_without_a_choice(browser, goods, fields):
    assert "Nothing was done" in browser.post(ASK, {"sure": "yes", **fields}, follow=True).content.decode()
    assert not CatalogueDeed.objects.exists()


def test_a_filter_that_finds_nothing_is_refused_in_words(browser, goods):
    refused = browser.post(ASK, {"deed": "judge", "all": "yes", "sure": "yes", "q": "no such thing"}, follow=True)

    assert "none matches any more" in refused.content.decode()


def test_another_merchants_products_cannot_be_chosen(goods, globex_owner, signed_in):
    other = signed_in(globex_owner)

    answer = other.post(
        ASK, {"deed": "switch_off", "sure": "yes", "product": [Product.objects.get(sku="MOUSE").public_id]}, follow=True
    )

    assert "No product was chosen" in answer.content.decode()
    assert Product.objects.get(sku="MOUSE").is_active


def test_who_may_only_look_does_nothing(browser, goods, acme, signed_in):
    deed, page = asked(browser, "judge", all="yes")
    viewer = signed_in(make_member(acme, "viewer"))

    assert 'id="picked"' not in viewer.get(PAGE).content.decode()
    assert viewer.get(page).status_code == 200
    assert [viewer.post(f"{page}stop/").status_code, viewer.post(ASK, {"deed": "judge", "all": "yes"}).status_code] == [403, 403]
    deed.refresh_from_db()
    assert deed.state == "queued"
