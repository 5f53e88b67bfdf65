"""Texts that a form or a script can send and a database or a query cannot take as they are."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from common.admin_cells import row_url
from rules.builder.sample import judge_sample
from rules.customers.today import rules_today
from rules.definition.parse import parse
from rules.models import Rule, RuleComment, RuleExample, RuleSave
from rules.tests.builder.conftest import make_person
from rules.tests.snoops import UNUSED

pytestmark = pytest.mark.django_db
ODD = "50% off's \\ {0} %s"
DEEP = '{"conditions": ' + '{"all": [' * 200 + "]}" * 200 + "}"


def test_a_category_of_odd_signs_is_found_in_the_sample():
    make_person(1, categories_90d=[ODD])
    make_person(2, categories_90d=["50"])
    asked = {"field": "categories_90d", "test": "has_any_of", "values": [ODD]}
    definition = parse({**UNUSED, "title": "T", "body": "B", "score": {"base": 1}, "conditions": {"all": [asked]}})

    assert judge_sample(definition, rules_today()).qualifies.tolist() == [True, False]


@pytest.mark.parametrize("draft", ['{"title": "\\ud800"}', '{"priority": 1e400}', '{"priority": -1e999}', DEEP])
def test_a_draft_that_cannot_be_kept_is_refused_in_words(signed_in, cleo, rule, draft):
    client = signed_in(cleo)
    before = RuleSave.objects.count()

    saved = client.post(
        row_url("rules.Rule", rule.pk),
        {"draft": draft, "draft_number": 1, "name": rule.name},
        headers={"Accept": "application/json"},
    )
    seen = client.post(
        reverse("admin:rules_rule_preview", args=[rule.pk]), f'{{"draft": {draft}}}', content_type="application/json"
    )

    assert (saved.status_code, seen.status_code) == (400, 400)
    assert "Save it again" in saved.json()["message"]
    assert RuleSave.objects.count() == before


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("rules_rule_add", {"name": "A\x00B", "pattern": "blank"}),
        ("rules_rule_change", {"name": "A\x00B", "draft": json.dumps(UNUSED), "draft_number": "1"}),
        ("rules_rule_change", {"name": "A", "draft": json.dumps(UNUSED), "draft_number": "9" * 5_000}),
        ("rules_rule_comment", {"text": "A\x00B"}),
        ("rules_rule_duplicate", {"name": "A\x00B"}),
        ("rules_rule_submit", {"comment": "A\x00B", "draft_number": "1"}),
        ("rules_rule_submit", {"comment": "AB", "draft_number": "9" * 5_000}),
        ("rules_rule_examples", {"name": "A\x00B", "should_qualify": "yes", "today": "2026-11-20", "values": "{}"}),
    ],
)
def test_a_form_with_what_no_column_holds_changes_nothing(signed_in, cleo, rule, page, typed):
    client = signed_in(cleo)
    address = reverse(f"admin:{page}", args=[] if page == "rules_rule_add" else [rule.pk])

    assert client.post(address, typed).status_code in (200, 400)
    assert not RuleExample.objects.exists()
    assert not RuleComment.objects.exists()
    assert list(Rule.objects.values_list("pk", "draft_number")) == [(rule.pk, 1)]
