"""Families of the starting set as tables, and cells of chosen values: what is kept, and what is refused."""

from __future__ import annotations

import pytest

from rules.builder.drafts import create_rule
from rules.builder.errors import TableUneven
from rules.builder.table import table_of
from rules.definition.parse import to_json
from rules.models import Rule, RuleSave
from rules.starting_set.files import starting_set

pytestmark = pytest.mark.django_db
PAGE = "/admin/rules/rule/table/"
VALUES = "conditions.all.1.values"


@pytest.fixture
def families(cleo) -> dict[str, list[Rule]]:
    made: dict[str, list[Rule]] = {}
    for one in starting_set():
        if one.family:
            rule = create_rule(name=one.name, draft=to_json(one.definition), by=cleo, family=one.family)
            made.setdefault(one.family, []).append(rule)
    return made


def post(client, family, rules, **cells):
    body = {f"{one.pk}-number": one.draft_number for one in rules}
    return client.post(f"{PAGE}?family={family}", {**body, **cells})


def saved_drafts():
    return list(Rule.objects.order_by("pk").values_list("draft", "draft_number")), RuleSave.objects.count()


def test_families_of_the_starting_set_make_tables(families):
    even = {}
    for family, rules in families.items():
        try:
            even[family] = {one.key for one in table_of(rules).columns}
        except TableUneven:
            continue

    assert {"Declined cards", "Seasons"} <= even.keys()
    assert VALUES in even["Declined cards"]
    assert {"conditions.all.0.values", VALUES, "starts_on", "ends_on"} <= even["Seasons"]


def test_chosen_values_are_shown_and_edited_in_one_cell(cleo, signed_in, families):
    client, rules = signed_in(cleo), families["Declined cards"]
    first = next(one for one in rules if one.draft["conditions"]["all"][1]["values"] == ["other"])

    shown = client.get(f"{PAGE}?family=Declined cards").content.decode()
    answer = post(client, "Declined cards", rules, **{f"{first.pk}-{VALUES}": "other, card,\r\n other"})

    assert "of funds, merchant, card, other" in shown
    assert answer.status_code == 302
    changed = Rule.objects.get(pk=first.pk)
    assert (sorted(changed.draft["conditions"]["all"][1]["values"]), changed.draft_number) == (["card", "other"], 2)
    assert RuleSave.objects.filter(number=2).count() == 1


@pytest.mark.parametrize(
    ("family", "typed", "why"),
    [
        ("Declined cards", "weather", "“weather” is none of"),
        ("Declined cards", " , ", "Give at least one under"),
        ("Seasons", "sunscreeen", "There is no category with the code “sunscreeen”"),
        ("Seasons", "a\x07b", "printable"),
        ("Seasons", ",".join(f"c{number}" for number in range(61)), "At most 60"),
    ],
)
def test_a_wrong_chosen_value_saves_nothing(cleo, signed_in, families, family, typed, why):
    rules, before = families[family], saved_drafts()

    page = post(signed_in(cleo), family, rules, **{f"{rules[0].pk}-{VALUES}": typed})

    assert page.status_code == 400
    assert why in page.content.decode()
    assert saved_drafts() == before
