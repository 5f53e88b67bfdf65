"""What products are judged to be, what they were, and who is told of a change."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common.scopes import across_merchants
from eligibility.catalogue.products import Wanted, save_product, save_products
from eligibility.classifier import ModelMissing
from eligibility.lists.by_hand import enter_list
from eligibility.models import CurrentDecision, Product, ProductDecision
from eligibility.services import decide as deciding
from merchants.models import Event

pytestmark = pytest.mark.django_db
PRODUCTS, CHANGES = "/v1/products", "/v1/eligibility/changes"
MOUSE, PILLS = "Logitech M185 Wireless Mouse", "Ibuprofen Tablets 200 mg, 100 Count"


def add(api, **fields):
    return api.post(PRODUCTS, {"sku": "S1", "title": MOUSE} | fields).json()


def history(api, product):
    return api.get(f"{PRODUCTS}/{product['id']}/decisions").json()["data"]


def test_a_product_keeps_its_decision_and_shows_it_in_the_list(acme_api):
    added = add(acme_api)

    [listed] = acme_api.get(PRODUCTS).json()["data"]
    assert listed == added == acme_api.get(f"{PRODUCTS}/{added['id']}").json()
    assert (listed["decision"]["status"], listed["decision"]["evidence"]) == ("not_eligible", "model")
    assert listed["decision"]["checked_at"] >= listed["decision"]["decided_at"]


def test_its_history_begins_with_the_first_decision(acme_api):
    added = add(acme_api)

    [first] = history(acme_api, added)
    assert (first["status"], first["previous_status"], first["cause"]) == ("not_eligible", None, "saved")
    assert first["decision"]["model_version"] == added["decision"]["model_version"] != ""


def test_another_title_is_another_decision_and_the_old_one_stays_as_it_was(acme_api, listed_gtin):
    added = add(acme_api)

    changed = acme_api.patch(f"{PRODUCTS}/{added['id']}", {"gtin": listed_gtin}).json()

    newest, first = history(acme_api, added)
    assert (changed["decision"]["status"], changed["decision"]["evidence"]) == ("eligible", "list")
    assert (newest["status"], newest["previous_status"], newest["decision"]["list_version"]) == (
        "eligible", "not_eligible", "test-list 2026-11",
    )  # fmt: skip
    assert first["decision"]["status"] == "not_eligible"


@pytest.mark.parametrize("change", [{"price_cents": 5}, {"is_active": False}, {}])
def test_what_says_nothing_about_eligibility_makes_no_new_decision(acme_api, change):
    added = add(acme_api)

    acme_api.patch(f"{PRODUCTS}/{added['id']}", change)

    assert len(history(acme_api, added)) == 1
    assert acme_api.get(f"{PRODUCTS}/{added['id']}").json()["decision"] == added["decision"]


def test_a_new_title_of_the_same_kind_touches_the_decision_in_force_alone(acme_api, listed_gtin):
    added = add(acme_api, gtin=listed_gtin)

    changed = acme_api.patch(f"{PRODUCTS}/{added['id']}", {"title": "Another name"}).json()

    assert len(history(acme_api, added)) == 1
    assert changed["decision"]["decided_at"] == added["decision"]["decided_at"]
    assert changed["decision"]["checked_at"] > added["decision"]["checked_at"]


def test_a_change_of_status_is_told_in_the_feed_and_as_an_event(acme, acme_api, globex_api, listed_gtin):
    added = add(acme_api)
    acme_api.patch(f"{PRODUCTS}/{added['id']}", {"gtin": listed_gtin})

    [change] = acme_api.get(CHANGES).json()["data"]
    event = Event.objects.get(merchant=acme, type="product.eligibility_changed")
    assert (change["product"], change["sku"], change["old_status"], change["new_status"]) == (
        added["id"], "S1", "not_eligible", "eligible",
    )  # fmt: skip
    assert (event.object_id, event.data) == (added["id"], change)
    assert globex_api.get(CHANGES).json() == {"data": [], "next_cursor": None, "resume_cursor": None}


def test_a_first_decision_is_no_change(acme_api):
    add(acme_api)

    assert acme_api.get(CHANGES).json()["data"] == []
    assert not Event.objects.filter(type="product.eligibility_changed").exists()


def test_the_feed_goes_on_where_it_was_left(acme_api, listed_gtin):
    products = [add(acme_api, sku=f"S{n}") for n in range(5)]
    for product in products[:3]:
        acme_api.patch(f"{PRODUCTS}/{product['id']}", {"gtin": listed_gtin})

    first = acme_api.get(CHANGES, {"limit": 2}).json()
    second = acme_api.get(CHANGES, {"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["sku"] for row in first["data"] + second["data"]] == ["S0", "S1", "S2"]
    assert (first["next_cursor"], second["next_cursor"]) == (first["resume_cursor"], None)

    nothing_yet = acme_api.get(CHANGES, {"cursor": second["resume_cursor"]}).json()
    assert nothing_yet == {"data": [], "next_cursor": None, "resume_cursor": second["resume_cursor"]}
    acme_api.patch(f"{PRODUCTS}/{products[4]['id']}", {"gtin": listed_gtin})
    assert [row["sku"] for row in acme_api.get(CHANGES, {"cursor": second["resume_cursor"]}).json()["data"]] == ["S4"]


def test_the_feed_since_a_moment(acme_api, listed_gtin):
    before = timezone.now().isoformat()
    added = add(acme_api)
    acme_api.patch(f"{PRODUCTS}/{added['id']}", {"gtin": listed_gtin})

    assert len(acme_api.get(CHANGES, {"since": before}).json()["data"]) == 1
    assert acme_api.get(CHANGES, {"since": timezone.now().isoformat()}).json()["data"] == []


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01T00:00:00Z", "2026-11-22T09:30:00", "0001-01-01T00:00:00Z"])
def test_a_moment_that_is_none_is_refused(acme_api, since):
    refused = acme_api.get(CHANGES, {"since": since})

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "moment_invalid")


def test_products_are_found_by_status_and_sku(acme_api, listed_gtin):
    add(acme_api)
    add(acme_api, sku="S2", gtin=listed_gtin)

    assert [row["sku"] for row in acme_api.get(PRODUCTS, {"status": "eligible"}).json()["data"]] == ["S2"]
    assert [row["sku"] for row in acme_api.get(PRODUCTS, {"sku": "S1"}).json()["data"]] == ["S1"]
    assert acme_api.get(PRODUCTS, {"status": "good"}).json()["error"]["code"] == "status_unknown"


def test_another_merchants_history_is_a_404(acme_api, globex_api):
    added = add(acme_api)

    assert globex_api.get(f"{PRODUCTS}/{added['id']}/decisions").status_code == 404


def test_a_history_comes_in_pages(acme_api, listed_gtin):
    added = add(acme_api)
    for gtin in (listed_gtin, "", listed_gtin):
        acme_api.patch(f"{PRODUCTS}/{added['id']}", {"gtin": gtin})

    path = f"{PRODUCTS}/{added['id']}/decisions"
    first = acme_api.get(path, {"limit": 3}).json()
    rest = acme_api.get(path, {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [row["status"] for row in first["data"] + rest["data"]] == ["eligible", "not_eligible", "eligible", "not_eligible"]
    assert rest["next_cursor"] is None


def test_where_nothing_can_be_judged_nothing_is_saved(acme_api, monkeypatch):
    def missing(*args, **kwargs):
        raise ModelMissing("no model")

    monkeypatch.setattr(deciding, "classify", missing)
    refused = acme_api.post(PRODUCTS, {"sku": "S1", "title": "Never seen before 17"})

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "classifier_unavailable")
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "sql", ["UPDATE eligibility_productdecision SET status = 'rx'", "DELETE FROM eligibility_productdecision"]
)
def test_history_is_never_changed_not_even_by_sql(acme, sql):
    save_product(merchant=acme, sku="S1", title=MOUSE)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert ProductDecision.objects.get().status == "not_eligible"


def test_many_at_once_are_saved_each_by_its_sku(acme, listed_gtin):
    save_product(merchant=acme, sku="A", title=MOUSE, brand="Logitech")
    wanted = [
        Wanted("A", {"title": MOUSE}), Wanted("B", {"title": "Pills", "gtin": listed_gtin}), Wanted("C", {"title": "Qzv 7"}),
    ]  # fmt: skip

    saved = save_products(merchant=acme, wanted=wanted, cause="imported")
    again = save_products(merchant=acme, wanted=wanted, cause="imported")

    assert [(row.product.sku, row.action, row.decision.status) for row in saved] == [
        ("A", "unchanged", "not_eligible"), ("B", "added", "eligible"), ("C", "added", "unknown"),
    ]  # fmt: skip
    assert {row.action for row in again} == {"unchanged"}
    assert Product.objects.get(sku="A").brand == "Logitech"
    assert ProductDecision.objects.count() == CurrentDecision.objects.count() == 3


def test_a_dry_run_says_what_would_be_and_saves_nothing(acme):
    [would] = save_products(merchant=acme, wanted=[Wanted("A", {"title": MOUSE})], cause="imported", is_dry_run=True)

    assert (would.action, would.decision.status) == ("added", "not_eligible")
    assert not Product.objects.exists()


def test_what_was_kept_before_decisions_were_is_judged_when_asked_for(acme, acme_api):
    old = Product.objects.create(merchant=acme, sku="OLD", title=MOUSE)

    assert acme_api.get(f"{PRODUCTS}/{old.public_id}").json()["decision"]["status"] == "not_eligible"
    assert acme_api.get(PRODUCTS).json()["data"][0]["decision"] is None
    assert not CurrentDecision.objects.exists()


def test_a_new_list_is_seen_when_the_product_is_saved_again(acme):
    save_product(merchant=acme, sku="A", title=MOUSE, gtin="00300450449108")
    enter_list(list_id="l", name="s", version="2", rows=[("00300450449108", "x", "pain-relievers-oral")])

    assert save_product(merchant=acme, sku="A", title=MOUSE).decision.status == "eligible"


@pytest.mark.django_db(transaction=True)
def test_two_that_save_one_sku_at_once_leave_one_product_with_the_decision_of_its_title(acme):
    start, failures = threading.Barrier(4), []

    def save(title):
        try:
            with across_merchants("a test"):
                start.wait()
                for _ in range(3):
                    save_product(merchant=acme, sku="A", title=title)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(title,)) for title in (MOUSE, "Qzv 7", MOUSE, "Qzv 7")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    product = Product.objects.get(merchant=acme)
    expected = "not_eligible" if product.title == MOUSE else "unknown"
    assert product.current_decision.status == product.decisions.order_by("-pk")[0].status == expected
