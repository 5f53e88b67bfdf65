"""Rules where the law is crisp: what they decide, what they spare, and that no title of the corpus contradicts them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from eligibility.classifier.training.corpus import load_corpus
from eligibility.decision import Item
from eligibility.guards import GuardsBroken, guard_for, guards
from eligibility.guards.conditions import Condition
from eligibility.guards.table import load_guards
from eligibility.lists.by_hand import enter_list
from eligibility.services import decide as deciding
from eligibility.services.decide import decide
from eligibility.services.reviews import record_review
from eligibility.taxonomy import taxonomy
from eligibility.text import normalise

DOG_CHEWS = Item(title="Glucosamine Chews for Dogs, 120 ct")
GTIN = "00300450449108"
MOST_GUARDS = 20  # few: what needs weighing is the classifier's and people's


# --- What they decide ---


@pytest.mark.django_db
def test_a_guard_decides_with_its_own_reason_and_citation(acme):
    [decision] = decide([DOG_CHEWS], acme)

    assert (decision.status, decision.evidence, decision.guard) == ("not_eligible", "guard", "for-animals")
    assert decision.reason == "It is made for animals, and benefit cards pay for the care of people alone."
    assert decision.citation == 'IRS Pub. 502, "Veterinary Fees"'
    assert (decision.confidence, decision.model_version, decision.is_vouched_for) == (1.0, "", False)
    assert "“for dogs”: made for animals" in decision.cues


@pytest.mark.django_db
def test_a_guard_that_forbids_needs_no_classifier(acme, monkeypatch):
    monkeypatch.setattr(deciding, "classify", lambda titles: pytest.fail("asked the classifier"))

    assert decide([DOG_CHEWS], acme)[0].status == "not_eligible"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "title",
    [
        "Gold necklace 18 carat with condoms",
        "Gold necklace 18 carat, condoms",
        "65 inch 4K LED television with covid test",
        "Smartphone 256 GB unlocked bundle breast pump",
        "Medical Marijuana Pre-Rolls test",
    ],
)
def test_one_word_of_medical_care_does_not_make_another_thing_eligible(acme, title):
    [decision] = decide([Item(title=title)], acme)

    assert decision.status != "eligible"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "guard", [guard for guard in guards() if guard.category.status == "eligible"], ids=lambda guard: guard.id
)
def test_a_guard_that_makes_eligible_still_speaks_for_its_examples(acme, guard):
    decisions = decide([Item(title=title) for title in guard.matches], acme)

    assert {(decision.evidence, decision.guard) for decision in decisions} == {("guard", guard.id)}


@pytest.mark.django_db
def test_a_person_overrules_a_guard(acme, globex):
    record_review(merchant=acme, item=DOG_CHEWS, category_code="vitamins-and-multivitamins", reviewer=None)

    assert (decide([DOG_CHEWS], acme)[0].evidence, decide([DOG_CHEWS], globex)[0].evidence) == ("human", "guard")


@pytest.mark.django_db
def test_a_list_overrules_a_guard(acme):
    enter_list(list_id="l", name="the list", version="1", rows=[(GTIN, DOG_CHEWS.title, "pain-relievers-oral")])

    assert decide([Item(title=DOG_CHEWS.title, gtin=GTIN)], acme)[0].evidence == "list"


@pytest.mark.django_db
def test_guarded_and_other_items_keep_their_order(acme):
    items = [Item(title="Wireless Mouse"), DOG_CHEWS, Item(title="Knee Brace"), Item(title="Ultra Thin Latex Condoms, 36 ct")]

    assert [decision.evidence for decision in decide(items, acme)] == ["model", "guard", "model", "guard"]


@pytest.mark.django_db
def test_the_api_names_the_guard(acme_api):
    [row] = acme_api.post("/v1/eligibility/check", {"items": [{"title": "Wearable Breast Pump Hands Free"}]}).json()["data"]

    assert (row["status"], row["evidence"], row["guard"]) == ("eligible", "guard", "breast-pumps")


# --- That they are right ---


@pytest.mark.parametrize("guard", guards(), ids=lambda guard: guard.id)
def test_a_guard_is_the_one_that_answers_for_its_examples(guard):
    assert [getattr(guard_for(normalise(title)), "id", None) for title in guard.matches] == [guard.id] * len(guard.matches)


def test_no_title_of_the_corpus_contradicts_a_guard():
    contradictions = []
    for row in load_corpus(taxonomy()):
        guard = guard_for(normalise(row.title, row.brand))
        if guard and guard.category.status != taxonomy().by_code[row.category].status:
            contradictions.append((guard.id, row.title, row.category))

    assert contradictions == []


def test_they_are_few_and_each_has_its_source_and_its_sentence():
    assert len(guards()) <= MOST_GUARDS
    for guard in guards():
        assert guard.citation.startswith(("IRC §", "IRS ", "CARES Act")), guard.id
        assert guard.explanation.endswith("."), guard.id
        assert 20 <= len(guard.explanation) <= 180, guard.id
        assert min(len(guard.matches), len(guard.spares)) >= 2, guard.id


def test_every_guard_stands_in_the_documents():
    text = (Path(settings.BASE_DIR) / "docs" / "eligibility.md").read_text("utf-8")

    assert [g.id for g in guards() if f"| `{g.id}` |" not in text or g.citation not in text or g.explanation not in text] == []


# --- Conditions ---


@pytest.mark.parametrize(
    ("title", "is_met"),
    [
        ("gum for dogs", True), ("gum for-dogs!", True), ("gum  for dogs.", True), ("gum for dogsled", False), ("reform dogs", False),
        ("chews for dogs", False), ("gum for dogs sugarless", False), ("gums for dogs", True),
    ],
)  # fmt: skip
def test_phrases_are_whole_words(title, is_met):
    assert Condition(has=("for dogs",), beside=("gum*",), lacks=("sugar*",)).is_met(title) is is_met


def test_a_long_hostile_title_is_read_in_linear_time():
    assert guard_for(normalise("for " * 20_000 + "-" * 20_000)) is None


# --- A table that is wrong ---

ROW = {
    "id": "g", "category": "insulin", "has": ["novolin"], "citation": "IRC §213(b)", "explanation": "It is named by the law.",
    "matches": ["Novolin N"], "spares": ["Needle"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"citation": ""}, "citation is empty"), ({"citation": None}, "citation is empty"), ({"has": []}, "has is empty"),
        ({"category": "gone"}, "no category “gone”"), ({"matches": ["Needle"]}, "does not match its example"),
        ({"spares": ["Novolin pen"]}, "which it must spare"), ({"lack": ["pen"]}, "lack is not known"),
    ],
)  # fmt: skip
def test_a_wrong_guard_is_refused_by_name(tmp_path, change, complaint):
    path = tmp_path / "guards.json"
    path.write_text(json.dumps([ROW | change]))

    with pytest.raises(GuardsBroken, match=f"g: .*{complaint}"):
        load_guards(path)


def test_a_guard_without_a_source_is_refused(tmp_path):
    path = tmp_path / "guards.json"
    path.write_text(json.dumps([{name: value for name, value in ROW.items() if name != "citation"}]))

    with pytest.raises(GuardsBroken, match="citation is missing"):
        load_guards(path)


def test_two_guards_of_one_name_are_refused(tmp_path):
    path = tmp_path / "guards.json"
    path.write_text(json.dumps([ROW, ROW]))

    with pytest.raises(GuardsBroken, match="same id"):
        load_guards(path)
