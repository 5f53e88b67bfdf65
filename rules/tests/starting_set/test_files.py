"""The files of the starting set: of one shape, well worded, each with examples near its thresholds and a basis."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from django.urls import resolve

from eligibility.taxonomy import taxonomy
from rules.checks.check import check
from rules.definition.parse import to_json
from rules.definition.texts import fill, placeholders, unsure_placeholders
from rules.definition.tree import Group, SetCondition
from rules.fields.catalogue import BY_NAME
from rules.starting_set.files import FOLDER, StartingSnoop, starting_set

SNOOPS = starting_set()
each_snoop = pytest.mark.parametrize("snoop", SNOOPS, ids=[snoop.slug for snoop in SNOOPS])
LONGEST_TITLE, LONGEST_BODY, LEAST_OF_EACH = 60, 200, 2
# As wide as values plausibly get: texts must still fit.
WIDE = {
    "cents": 12_345_67,
    "date": date(2027, 9, 30),
    "integer": 128,
    "number": 33.3,
    "flag": True,
    "text": "",
    "set": frozenset(),
}
SHOUTS = re.compile(r"!|\b(hurry|act now|last chance|don't miss|free money|guaranteed|limited time)\b", re.IGNORECASE)
CAPITALS = {"FSA", "HSA", "HRA", "SPF", "CSV", "GTIN", "GTINs", "DCFSA", "LPFSA"}
NAMES = {"FSAs", "HSAs", "December", "April", "January", "November", "Snoop"}


def test_there_are_enough_and_for_everybody():
    assert len(SNOOPS) >= 45
    assert {kind for snoop in SNOOPS for kind in snoop.definition.audience} == {"person", "shopper", "merchant"}
    assert {snoop.definition.category for snoop in SNOOPS} == {"insight", "saving", "offer", "reward", "tip", "guidance"}


def test_slugs_and_names_are_each_used_once():
    assert len({snoop.slug for snoop in SNOOPS}) == len({snoop.name for snoop in SNOOPS}) == len(SNOOPS)


@each_snoop
def test_a_file_lies_where_its_category_and_slug_say(snoop: StartingSnoop):
    assert snoop.path == FOLDER / snoop.definition.category / f"{snoop.slug}.json"


@each_snoop
def test_a_file_is_written_in_the_canonical_way(snoop: StartingSnoop):
    data = json.loads(snoop.path.read_text("utf-8"))

    assert data["definition"] == to_json(snoop.definition)
    assert snoop.path.read_text("utf-8") == json.dumps(data, indent=1, ensure_ascii=False) + "\n"


@each_snoop
def test_it_has_examples_of_both_kinds_and_a_basis(snoop: StartingSnoop):
    should = [example for example in snoop.examples if example.should_qualify]

    assert len(should) >= LEAST_OF_EACH
    assert len(snoop.examples) - len(should) >= LEAST_OF_EACH
    assert len({example.name for example in snoop.examples}) == len(snoop.examples)
    assert snoop.source
    assert snoop.says.endswith(".")


@each_snoop
def test_its_texts_fit_also_with_wide_values(snoop: StartingSnoop):
    named = {
        name: WIDE[BY_NAME[name].type] for text in (snoop.definition.title, snoop.definition.body) for name in placeholders(text)
    }
    today = WIDE["date"] - timedelta(days=400)

    title, body = (fill(text, named, today=today) for text in (snoop.definition.title, snoop.definition.body))

    assert len(title) <= LONGEST_TITLE, title
    assert len(body) <= LONGEST_BODY, body


@each_snoop
def test_its_words_are_calm_and_in_sentence_case(snoop: StartingSnoop):
    definition = snoop.definition
    title = re.sub(r"\{[^}]+\}|(?<=\? )[A-Z]", "", definition.title)
    words = re.findall(r"[A-Za-z']+", title)

    assert not SHOUTS.search(f"{definition.title} {definition.body} {definition.action_label}")
    assert [word for word in words[1:] if word[0].isupper() and word not in CAPITALS | NAMES] == []
    assert not definition.title.endswith(".")
    assert re.search(r"[.?]$", definition.body)


@each_snoop
def test_no_placeholder_can_be_without_a_value(snoop: StartingSnoop):
    assert unsure_placeholders(snoop.definition) == ()


@each_snoop
def test_it_says_what_to_do_next_on_a_page_that_exists(snoop: StartingSnoop):
    assert snoop.definition.action_label
    assert resolve(snoop.definition.action_url.partition("?")[0])
    portal = "merchant" in snoop.definition.audience
    assert portal != snoop.definition.action_url.startswith("/me/")


@each_snoop
def test_the_categories_it_names_are_of_the_taxonomy(snoop: StartingSnoop):
    named = {
        value for leaf in _leaves(snoop.definition.conditions) if isinstance(leaf, SetCondition) and leaf.field.startswith("categories")
        for value in leaf.values
    }  # fmt: skip

    assert named <= set(taxonomy().by_code)


@each_snoop
def test_only_deadlines_come_first_and_those_are_no_matter_of_taste(snoop: StartingSnoop):
    if snoop.definition.priority <= 2:
        assert not snoop.definition.uses_learned_relevance
    if snoop.definition.priority == 1:
        assert snoop.definition.hold_out_percent == 0


@each_snoop
def test_the_checks_find_no_error_and_no_warning(snoop: StartingSnoop):
    found = check(snoop.definition, today=date(2026, 11, 22))

    assert [finding for finding in found if finding.level != "hint"] == []


def _leaves(condition):
    if isinstance(condition, Group):
        for each in condition.conditions:
            yield from _leaves(each)
    else:
        yield condition
