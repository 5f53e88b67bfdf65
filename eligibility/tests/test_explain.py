"""What a decision says about itself: cues, what would change it, the share and the accounts that may pay."""

from __future__ import annotations

import csv

import pytest

from eligibility.decision import Decision, Item
from eligibility.explain import found_cues, would_change
from eligibility.explain.changes import CHANGES_PATH, CONFIRMED, ITEMISED, UNCLEAR
from eligibility.explain.meanings import MEANINGS
from eligibility.lexicon import PHRASES, WORDS
from eligibility.services.decide import decide
from eligibility.services.reviews import record_review
from eligibility.taxonomy import taxonomy

CHECK = "/v1/eligibility/check"
LETTER = "A letter of medical necessity for {} from a licensed provider would make it eligible."


def judged(merchant, category):
    """The decision about an item of this category, as a person put it there."""
    item = Item(title=f"Sample of {category}")
    record_review(merchant=merchant, item=item, category_code=category, reviewer=None)
    return decide([item], merchant)[0]


# --- Which accounts, and how much of the price ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("category", "kinds", "fraction"),
    [
        ("pain-relievers-oral", ("fsa", "hsa", "hra"), 1.0),
        ("denture-care", ("fsa", "hsa", "hra", "lpfsa"), 1.0),
        ("reading-glasses-otc-magnifying", ("fsa", "hsa", "hra", "lpfsa"), 1.0),
        ("prescription-drugs-and-biologics", ("fsa", "hsa", "hra"), 1.0),
        ("vitamins-and-multivitamins", ("fsa", "hsa", "hra"), 1.0),
        ("genetic-health-tests", ("fsa", "hsa", "hra"), None),
        ("diet-foods-meal-plans-and-special-foods", ("fsa", "hsa", "hra"), None),
        ("specialty-and-medical-infant-formula", ("fsa", "hsa", "hra"), None),
        ("snacks-and-sweets", (), 0.0),
        ("child-and-elder-day-care-dependent-care", (), 0.0),
    ],
)
def test_each_status_has_its_accounts_and_its_share(acme, category, kinds, fraction):
    decision = judged(acme, category)

    assert (decision.account_kinds, decision.eligible_fraction) == (kinds, fraction)


def test_limited_accounts_are_for_dental_and_vision_alone():
    limited = {c.code: c.bucket for c in taxonomy().categories if "lpfsa" in c.accounts}

    assert {code for code, bucket in limited.items() if bucket not in {"dental", "vision"}} == {"prescription-oral-care"}


# --- What would change the answer ---


@pytest.mark.parametrize(
    ("category", "sentence"),
    [
        ("vitamins-and-multivitamins", LETTER.format("vitamins and multivitamins")),
        ("otc-weight-loss-drug-and-supplements", LETTER.format("OTC weight-loss drug and supplements")),
        ("joint-supplements-glucosamine-and-collagen", LETTER.format("joint supplements")),
        ("prescription-dermatology", "A prescription from a licensed provider would make it eligible."),
        ("orthopedic-and-diabetic-shoes", LETTER.format("orthopedic and diabetic shoes").replace(
            "make it", "make what it costs beyond an ordinary one")),
        ("genetic-health-tests", ITEMISED),
        ("pain-relievers-oral", ""),
        ("teeth-whitening", "Treatment of the teeth by a dentist is eligible; whitening is not."),
        ("toys-and-games", ""),
    ],
)  # fmt: skip
def test_a_decision_that_stands_says_what_would_change_it(category, sentence):
    row = taxonomy().by_code[category]

    assert would_change(row, status=row.status, is_vouched_for=True) == sentence


def test_what_rests_on_the_classifier_says_how_it_is_confirmed():
    assert would_change(taxonomy().by_code["pain-relievers-oral"], status="eligible", is_vouched_for=False) == CONFIRMED


@pytest.mark.django_db
def test_what_is_unknown_asks_for_a_clearer_title(acme):
    assert decide([Item(title="Qzv 7")], acme)[0].would_change == UNCLEAR


def test_each_sentence_is_for_a_category_that_is_not_eligible_and_is_one():
    with CHANGES_PATH.open(encoding="utf-8", newline="") as file:
        rows = {row["category"]: row["would_change"] for row in csv.DictReader(file)}

    assert {taxonomy().by_code[code].status for code in rows} == {"not_eligible"}
    assert all(text.endswith(".") and text[0].isupper() and len(text) <= 180 for text in rows.values())


# --- Cues ---


def test_cues_name_the_word_and_what_it_means_weightiest_first():
    assert found_cues("Children's Ibuprofen Oral Suspension 100 mg Fever Reducer, 4 fl oz") == (
        "“100 mg”: a dose",
        "“ibuprofen”: an active ingredient for pain or fever",
        "“reducer”: says what it treats",
        "“fever”: names a symptom or condition",
        "“children's”: for children",
    )


def test_several_words_of_one_list_are_one_cue():
    assert found_cues("Cough Cold Flu Fever") == ("“cough”: names a symptom or condition",)


@pytest.mark.parametrize(
    ("title", "cue"),
    [("Sun Lotion SPF 50", "“SPF 50”: sun protection of 15 or more"), ("Tanning Oil SPF 4", "“SPF 4”: sun protection below 15")],
)
def test_the_sun_protection_factor_is_weighed(title, cue):
    assert cue in found_cues(title)


def test_a_title_without_cues_has_none():
    assert found_cues("Qzv Blorp") == ()


def test_every_meaning_is_of_a_list_that_the_lexicon_has():
    assert set(MEANINGS) <= {*WORDS, *PHRASES}


# --- Kept and told ---


def test_a_decision_of_an_older_release_still_opens():
    old = {
        "status": "eligible", "category": "pain-relievers-oral", "category_name": "Pain relievers, oral", "bucket": "otc",
        "account_kinds": ["fsa"], "eligible_fraction": 1.0, "evidence": "list", "evidence_detail": "x", "confidence": 1.0,
        "list_version": "v", "model_version": "", "taxonomy_version": "t", "reason": "r", "citation": "c",
        "decided_at": "2026-11-01T00:00:00.000Z",
    }  # fmt: skip

    opened = Decision.from_json(old)

    assert (opened.guard, opened.cues, opened.similar, opened.would_change, opened.letter) == ("", (), (), "", "")
    assert Decision.from_json(opened.as_json() | {"of_a_later_release": 1}) == opened


@pytest.mark.django_db
def test_the_api_tells_cues_and_what_would_change(acme_api):
    [row] = acme_api.post(CHECK, {"items": [{"title": "Vitamin C 1000 mg dietary supplement, 100 tablets"}]}).json()["data"]

    assert row["status"] == "letter"
    assert row["would_change"].startswith("A letter of medical necessity for vitamins")
    assert "“dietary supplement”: labelled as a supplement" in row["cues"]
    assert (row["similar"], row["guard"], row["letter"]) == ([], "", "")
