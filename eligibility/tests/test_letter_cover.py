"""A letter as evidence: what becomes eligible, for whom, when, and at what cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import make_merchant
from eligibility.decision import Decision
from eligibility.letters import services
from eligibility.letters.cover import cover
from eligibility.letters.signing import issue_letter
from eligibility.services.decide import decide
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import MASSAGE, VITAMINS, a_clinician, a_shopper, in_review, issued, item

pytestmark = pytest.mark.django_db
GUN, PILLS, CHARGER, TABLETS = item(), item("Vitamin D3 softgels"), item("Phone charger"), item("Ibuprofen 200 mg")
JUDGED = ((GUN, MASSAGE), (PILLS, VITAMINS), (CHARGER, "electronics-and-computers"), (TABLETS, "pain-relievers-oral"))


@pytest.fixture
def shop(acme):
    """Acme, where a person has judged four things."""
    for thing, category in JUDGED:
        record_review(merchant=acme, item=thing, category_code=category, reviewer=None)
    return acme


@pytest.fixture
def doctor(db):
    return a_clinician()


def statuses(shop, shopper):
    return [decision.status for decision in decide([thing for thing, _ in JUDGED], shop, shopper)]


def test_what_the_letter_covers_becomes_eligible_and_nothing_else_does(shop, doctor):
    letter = issued(shop, doctor, now=datetime.now(UTC))

    gun, pills, charger, tablets = decide([thing for thing, _ in JUDGED], shop, letter.shopper)

    assert [gun.status, pills.status, charger.status, tablets.status] == ["eligible", "letter", "not_eligible", "eligible"]
    assert (gun.letter, pills.letter, charger.letter, tablets.letter) == (letter.public_id, "", "", "")
    assert gun.reason.startswith("Covered by your letter of ")
    assert gun.account_kinds == ("fsa", "hsa", "hra")
    assert Decision.from_json(gun.as_json()) == gun


def test_another_shopper_and_nobody_are_covered_by_nothing(shop, doctor):
    issued(shop, doctor)

    assert statuses(shop, a_shopper(shop, "other@example.com"))[0] == "letter"
    assert statuses(shop, None)[0] == "letter"


def test_the_same_person_at_another_store_is_covered_by_nothing(shop, globex, doctor):
    letter = issued(globex, doctor)

    assert statuses(shop, a_shopper(shop))[0] == "letter"
    assert statuses(shop, letter.shopper)[0] == "letter"  # globex's row, should it ever come here


def test_only_a_signed_letter_covers_and_only_until_it_is_taken_back(shop, doctor):
    shopper = a_shopper(shop)
    in_review(shop, doctor)
    assert statuses(shop, shopper)[0] == "letter"
    letter = issued(shop, doctor)
    assert statuses(shop, shopper)[0] == "eligible"

    services.revoke_letter(letter=letter, by=doctor, reason="Signed for the wrong patient")

    assert statuses(shop, shopper)[0] == "letter"


def test_an_amendment_covers_what_it_says_from_its_signature(shop, doctor):
    old = issued(shop, doctor)
    new = services.amend_letter(letter=old, by=doctor)
    new.categories, new.rationale = (
        [VITAMINS],
        "Vitamin supplements treat the low back pain that comes with her deficiency, as her bone scan shows.",
    )
    new.save()
    assert statuses(shop, old.shopper)[:2] == ["eligible", "letter"]

    issue_letter(letter=new, by=doctor, factor="totp")

    assert statuses(shop, old.shopper)[:2] == ["letter", "eligible"]


@pytest.mark.parametrize(
    ("zone", "signed", "bought", "expected"),
    [
        # Signed in New York just after midnight: in Los Angeles it is still the day before, and the receipt would say so.
        ("America/Los_Angeles", (2026, 11, 23, 5, 30), (2026, 11, 23, 5, 40), "letter"),
        ("America/Los_Angeles", (2026, 11, 23, 5, 30), (2026, 11, 23, 8, 0), "eligible"),
        ("America/New_York", (2026, 11, 23, 5, 30), (2026, 11, 23, 5, 31), "eligible"),
        # The last day counts to its end where the store is.
        ("America/New_York", (2026, 11, 22, 17, 0), (2027, 11, 22, 4, 59), "eligible"),
        ("America/New_York", (2026, 11, 22, 17, 0), (2027, 11, 22, 5, 0), "letter"),
        ("Pacific/Honolulu", (2026, 11, 22, 17, 0), (2027, 11, 22, 9, 59), "eligible"),
        ("Pacific/Honolulu", (2026, 11, 22, 17, 0), (2027, 11, 22, 10, 0), "letter"),
        # Twelve months from a leap day.
        ("America/New_York", (2028, 2, 29, 17, 0), (2029, 3, 1, 4, 59), "eligible"),
        ("America/New_York", (2028, 2, 29, 17, 0), (2029, 3, 1, 5, 0), "letter"),
    ],
)
def test_a_purchase_counts_on_the_date_of_sale_at_the_store(doctor, monkeypatch, zone, signed, bought, expected):
    shop = make_merchant("Zoned", time_zone=zone)
    record_review(merchant=shop, item=GUN, category_code=MASSAGE, reviewer=None)
    letter = issued(shop, doctor, now=datetime(*signed, tzinfo=UTC))

    monkeypatch.setattr("eligibility.services.decide.timezone.now", lambda: datetime(*bought, tzinfo=UTC))

    assert decide([GUN], shop, letter.shopper)[0].status == expected
    letter.refresh_from_db()
    assert letter.status == "issued"  # the sweeper has not been by: the dates decided


def test_unknown_items_stay_unknown_whatever_a_letter_says(shop, doctor):
    letter = issued(shop, doctor, categories=[MASSAGE], items=[GUN])
    known = decide([GUN], shop)[0]
    unknown = replace(known, status="unknown", category="", evidence="none", likely_category=MASSAGE)

    assert cover([GUN], [unknown], letter.shopper, shop, datetime.now(UTC)) == [unknown]


@pytest.mark.parametrize(
    ("named", "evidence", "is_vouched_for"),
    [("Therapeutic massage gun", "human", True), ("massage gun", "model", False), (None, "model", False)],
)
def test_a_letter_vouches_for_the_very_item_it_names_and_for_no_other(shop, doctor, named, evidence, is_vouched_for):
    scope = {"categories": [], "items": [item(named)]} if named else {}
    letter = issued(shop, doctor, **scope)
    by_model = replace(decide([GUN], shop)[0], evidence="model", confidence=0.97)

    found = cover([GUN], [by_model], letter.shopper, shop, datetime.now(UTC))[0]

    assert (found.status, found.evidence, found.is_vouched_for, found.letter) == (
        "eligible",
        evidence,
        is_vouched_for,
        letter.public_id,
    )


def test_a_letter_costs_one_query_with_a_shopper_and_none_without(shop, doctor):
    letter = issued(shop, doctor)
    things = [GUN, PILLS, CHARGER, TABLETS]
    asked = {}
    for name, shopper, items in (
        ("nobody", None, things),
        ("shopper", letter.shopper, things),
        ("no need", letter.shopper, [TABLETS]),
    ):
        with CaptureQueriesContext(connection) as queries:
            decide(items, shop, shopper)
        asked[name] = [query["sql"] for query in queries if "eligibility_letter" in query["sql"]]

    assert [len(asked[name]) for name in ("nobody", "shopper", "no need")] == [0, 1, 0]
    assert '"rationale"' not in asked["shopper"][0]
