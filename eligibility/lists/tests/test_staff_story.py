"""“Why did this GTIN change?”: the story of one GTIN, for staff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from freezegun import freeze_time

from eligibility.admin.products import category_name
from eligibility.catalogue.products import save_product
from eligibility.lists.by_hand import enter_list
from eligibility.models import ListItem, Product

pytestmark = pytest.mark.django_db
GTIN, OTHER = "00300450449108", "00312547427036"
PAIN, BANDAGES = "pain-relievers-oral", "bandages-gauze-and-wound-care"
MARCH = datetime(2026, 3, 1, 5, tzinfo=UTC)  # midnight in New York


@pytest.fixture
def curators(curator, signed_in):
    return signed_in(curator)


def ask(client, gtin=GTIN, **more):
    return client.get(reverse("admin:eligibility_listitem_why"), {"gtin": gtin, **more})


def said(version, rows, at):
    with freeze_time(at):
        return enter_list(list_id="l", name="the list", version=version, rows=rows)


@pytest.fixture
def story(db):
    """On the list as a pain reliever since March; since May as a bandage."""
    said("2026-03", [(GTIN, "Ibuprofen", PAIN)], MARCH)
    return said("2026-05", [(GTIN, "Ibuprofen", BANDAGES)], MARCH + timedelta(days=61))


def words(answer):
    return " ".join(answer.content.decode().split())


def test_without_a_gtin_the_page_says_what_it_answers(curators):
    answer = curators.get(reverse("admin:eligibility_listitem_why"))

    assert answer.status_code == 200
    assert "A GTIN’s whole story" in words(answer)


@pytest.mark.parametrize("written", ["00300450449109", "ibuprofen", "123"])
def test_what_is_no_gtin_is_refused(curators, story, written):
    answer = ask(curators, written)

    assert answer.status_code == 400
    assert "This is no GTIN" in words(answer)


def test_one_that_no_list_named_is_told_so(curators, story, acme):
    Product.objects.create(merchant=acme, sku="x", title="Another thing", gtin14=OTHER)

    answer = ask(curators, OTHER)

    assert "No list has ever named it." in words(answer)
    assert "Another thing" in words(answer)


@pytest.mark.parametrize("written", [GTIN, "300450449108", "3-00450-44910-8", "30045044910"])
def test_every_spelling_finds_it(curators, story, written):
    assert ask(curators, written).context["gtin"] == GTIN


def test_its_story_says_when_what_by_which_version_and_what_holds_now(curators, story):
    answer = ask(curators)

    newest, first = answer.context["story"].turns
    assert (newest.change.old_category, newest.change.new_category, newest.version.version) == (PAIN, BANDAGES, "2026-05")
    assert (first.change.old_category, first.change.new_category, first.version.version) == ("", PAIN, "2026-03")
    assert [(period.since.version, period.until.version if period.until else "") for period in answer.context["story"].periods] == [
        ("2026-05", ""), ("2026-05", ""), ("2026-03", "2026-05"),
    ]  # fmt: skip
    assert "Holds now" in words(answer)
    [holding] = answer.context["holding"]
    assert category_name(BANDAGES) in holding["category"]


def test_the_list_as_it_was_on_a_day_and_as_it_was_known_then(curators, story):
    april = ask(curators, day="2026-04-10").context["as_of"]
    june = ask(curators, day="2026-06-10").context["as_of"]
    june_as_known_in_april = ask(curators, day="2026-06-10", known="2026-04-10").context["as_of"]
    before = ask(curators, day="2026-02-27").context["as_of"]

    assert (april.row.category_code, april.version) == (PAIN, "2026-03")
    assert (june.row.category_code, june.version) == (BANDAGES, "2026-05")
    assert june_as_known_in_april.row.category_code == PAIN
    assert before.row is None


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_told_so(curators, story, day):
    answer = ask(curators, day=day)

    assert answer.status_code == 200
    assert answer.context["day_fault"]


def test_what_comes_is_told_and_what_was_taken_back_is_not(curators, db):
    today = datetime.now(UTC)
    enter_list(list_id="l", name="the list", version="1", rows=[(GTIN, "Ibuprofen", PAIN)])
    enter_list(list_id="l", name="the list", version="2", rows=[], effective_at=today + timedelta(days=30))
    coming = ask(curators)
    enter_list(list_id="l", name="the list", version="3", rows=[(GTIN, "Ibuprofen", PAIN)])
    undone = ask(curators)

    assert len(coming.context["coming"]) == 1
    assert "leaves" in words(coming).lower()
    assert undone.context["coming"] == []
    assert "Taken back" in words(undone)


def test_one_that_left_says_who_replaced_it(curators, story):
    ListItem.objects.filter(gtin14=GTIN).update(replaced_by=OTHER)

    assert f"gtin={OTHER}" in words(ask(curators))


def test_merchants_that_sell_it_are_shown_with_what_it_is_judged_to_be(curators, story, acme, globex):
    save_product(merchant=acme, sku="IBU", title="Ibuprofen tablets", gtin=GTIN)
    Product.objects.create(merchant=globex, sku="G", title="Ibuprofen of Globex", gtin14=GTIN)

    told = words(ask(curators))

    assert "Ibuprofen tablets" in told
    assert "not judged yet" in told


def test_many_sellers_and_versions_cost_no_more_questions(curators, story, acme):
    def count():
        with CaptureQueriesContext(connection) as asked:
            assert ask(curators, day="2026-04-10").status_code == 200
        return len(asked)

    few = count()
    Product.objects.bulk_create(Product(merchant=acme, sku=f"{n}", title="x", gtin14=GTIN) for n in range(1_000))
    for number in range(12):
        enter_list(list_id="l", name="the list", version=f"v{number}", rows=[(GTIN, f"Ibuprofen {number}", PAIN)])

    assert count() <= few + 1
