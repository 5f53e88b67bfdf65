"""Examples, comments, comparing, families as tables, retiring, approval and publication: what they do and whom they refuse."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from rules.builder.compare import differences
from rules.builder.drafts import create_rule
from rules.models import Rule, RuleApproval, RuleComment, RuleExample, RuleRevision, RuleSave, RuleSetVersion
from rules.publishing.revisions import approve, submit
from rules.publishing.selectors import version_in_force
from rules.publishing.versions import publish
from rules.tests.builder.conftest import make_staff

pytestmark = pytest.mark.django_db
HOME = "/admin/rules/rule/"
AT_RISK = {"customer_kind": "person", "health_fsa_at_risk_cents": 9_000, "health_fsa_spend_by_on": "2026-11-25"}
EXAMPLE = {"name": "$90, five days", "should_qualify": "yes", "today": "2026-11-20", "values": json.dumps(AT_RISK)}


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.RULES_STORE = str(tmp_path)


@pytest.fixture
def lena(db):
    return make_staff("lena", "lead_curator", "Lena")


def everything():
    tables = (Rule, RuleSave, RuleExample, RuleComment, RuleRevision, RuleApproval, RuleSetVersion)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def with_examples(client, rule):
    assert client.post(f"{HOME}{rule.pk}/examples/", EXAMPLE).status_code == 302
    poor = json.dumps({**AT_RISK, "health_fsa_at_risk_cents": 10})
    assert (
        client.post(
            f"{HOME}{rule.pk}/examples/", {**EXAMPLE, "name": "Ten cents", "should_qualify": "no", "values": poor}
        ).status_code
        == 302
    )


def published(cleo, lena, signed_in, rule):
    with_examples(signed_in(cleo), rule)
    assert signed_in(cleo).post(f"{HOME}{rule.pk}/submit/", {"draft_number": rule.draft_number}).status_code == 302
    assert signed_in(lena).post(f"{HOME}{rule.pk}/answer/", {"revision": 1, "answer": "approve"}).status_code == 302
    seen = version_in_force()
    assert signed_in(lena).post(f"{HOME}publish/", {"note": "One", "instead_of": seen.number if seen else ""}).status_code == 302
    rule.refresh_from_db()


def test_examples_are_written_run_changed_and_taken_away(cleo, signed_in, rule):
    client = signed_in(cleo)
    with_examples(client, rule)
    page = client.get(f"{HOME}{rule.pk}/examples/")
    assert [(one.example.name, one.passed) for one in page.context["trials"]] == [("$90, five days", True), ("Ten cents", True)]
    first = RuleExample.objects.get(name="$90, five days")

    client.post(f"{HOME}{rule.pk}/examples/", {**EXAMPLE, "example": first.pk, "lowest_score": "990"})

    (failed, _) = client.get(f"{HOME}{rule.pk}/examples/").context["trials"]
    assert not failed.passed
    assert "less than the 990" in failed.why
    assert client.post(f"{HOME}{rule.pk}/examples/", {"example": first.pk, "remove": "1"}).status_code == 302
    assert list(RuleExample.objects.values_list("name", flat=True)) == ["Ten cents"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": " "}, "Give the example a name"), ({"today": "soon"}, "Choose the day"), ({"should_qualify": ""}, "Say whether"),
        ({"values": '{"health_fsa_at_risk_cents": "much"}'}, "cannot be read"), ({"lowest_score": "5", "highest_score": "4"}, "above the highest"),
        ({"lowest_score": "1001"}, "from 0 to 1000"), ({"name": "Ten cents"}, "is an example “Ten cents” already"),
    ],
)  # fmt: skip
def test_an_example_that_makes_no_sense_is_refused_and_what_was_typed_stays(cleo, signed_in, rule, wrong, why):
    client = signed_in(cleo)
    with_examples(client, rule)
    before = everything()

    page = client.post(f"{HOME}{rule.pk}/examples/", {**EXAMPLE, "name": "New", **wrong})

    assert page.status_code == 400
    assert why in page.content.decode()
    assert page.context["typed"]["today"] == {**EXAMPLE, **wrong}["today"]
    assert everything() == before


def test_another_rules_example_is_not_found(cleo, signed_in, rule):
    with_examples(signed_in(cleo), rule)
    other = create_rule(name="Other", draft=rule.draft, by=cleo)

    assert (
        signed_in(cleo)
        .post(f"{HOME}{other.pk}/examples/", {"example": RuleExample.objects.first().pk, "remove": "1"})
        .status_code
        == 404
    )
    assert RuleExample.objects.count() == 2


def test_an_example_may_begin_from_a_real_customer(cleo, signed_in, rule, people):
    page = signed_in(cleo).get(f"{HOME}{rule.pk}/examples/?customer=cus_nobody")

    assert page.status_code == 200
    assert page.context["typed"]["values"] == {}


def test_comments_are_texts_and_kept_once(cleo, signed_in, rule):
    client, text = signed_in(cleo), "<script>alert(1)</script>\nLonger?"
    for _ in range(2):
        assert client.post(f"{HOME}{rule.pk}/comment/", {"text": text}).status_code == 302

    assert RuleComment.objects.get().text == text
    assert "<script>alert" not in client.get(f"{HOME}{rule.pk}/history/").content.decode()
    assert client.post(f"{HOME}{rule.pk}/comment/", {"text": " "}).status_code == 400
    assert RuleComment.objects.count() == 1


def test_two_drafts_are_compared_in_words(rule):
    changed = json.loads(json.dumps(rule.draft))
    changed["conditions"]["all"][0]["value"] = 5_000
    changed["conditions"]["all"].append({"field": "bank_linked", "test": "is_true"})
    changed["score"]["base"], changed["hold_out_percent"] = 250, 10

    found = differences(rule.draft, changed)

    assert [one.words for one in found] == [
        "Condition: from health FSA money at risk is at least $25.00 to health FSA money at risk is at least $50.00",
        f"Condition added: {found[1].after}", "Score to begin with: from 300 to 250", "Held out: from 5% to 10%",
    ]  # fmt: skip
    assert differences(rule.draft, json.loads(json.dumps(rule.draft))) == []


def test_stages_that_do_not_exist_are_not_found(cleo, signed_in, rule):
    assert signed_in(cleo).get(f"{HOME}{rule.pk}/compare/?a=s1&b=draft").status_code == 200
    assert signed_in(cleo).get(f"{HOME}{rule.pk}/compare/?a=r9&b=draft").status_code == 404


@pytest.fixture
def family(cleo, rule):
    made = []
    for days in (30, 14):
        draft = json.loads(json.dumps(rule.draft))
        draft["conditions"]["all"][1]["high"] = days
        made.append(create_rule(name=f"In {days} days", family="Deadlines", draft=draft, by=cleo))
    return made


def cell(rule, path="conditions.all.1.high"):
    return f"{rule.pk}-{path}"


def test_a_family_is_edited_as_a_table_all_together(cleo, signed_in, family):
    client, (first, second) = signed_in(cleo), family
    page = client.get(f"{HOME}table/?family=Deadlines")
    assert [one.key for one in page.context["columns"]] == ["conditions.all.1.high"]

    numbers = {f"{one.pk}-number": one.draft_number for one in family}
    body = {**numbers, cell(first): "21", cell(first, "conditions.all.0.value"): "30.50", cell(second): "14"}
    answer = client.post(f"{HOME}table/?family=Deadlines&all=1", body)

    assert answer.status_code == 302
    first.refresh_from_db()
    assert (first.draft["conditions"]["all"][1]["high"], first.draft["conditions"]["all"][0]["value"], first.draft_number) == (
        21,
        3_050,
        2,
    )
    assert Rule.objects.get(pk=second.pk).draft_number == 1


def test_a_table_with_a_wrong_cell_saves_nothing_and_keeps_what_was_typed(cleo, signed_in, family):
    first, second = family
    before = everything()

    page = signed_in(cleo).post(
        f"{HOME}table/?family=Deadlines",
        {f"{first.pk}-number": 1, f"{second.pk}-number": 1, cell(first): "soon", cell(second): "9"},
    )

    assert page.status_code == 400
    assert "“soon” cannot stand under" in page.content.decode()
    assert 'value="9"' in page.content.decode()
    assert everything() == before


def test_a_table_overtaken_by_somebody_saves_nothing(cleo, otto, signed_in, family):
    first, second = family
    numbers = {f"{first.pk}-number": 1, f"{second.pk}-number": 1}
    signed_in(otto).post(f"{HOME}table/?family=Deadlines", {**numbers, cell(second): "10"})
    before = everything()

    page = signed_in(cleo).post(f"{HOME}table/?family=Deadlines", {**numbers, cell(first): "20", cell(second): "9"})

    assert page.status_code == 400
    assert "changed by somebody else meanwhile" in page.content.decode()
    assert everything() == before


def test_rules_that_are_built_differently_make_no_table(cleo, signed_in, family):
    odd = json.loads(json.dumps(family[0].draft))
    odd["conditions"]["all"][0]["test"] = "more_than"
    create_rule(name="Odd", family="Deadlines", draft=odd, by=cleo)

    page = signed_in(cleo).get(f"{HOME}table/?family=Deadlines")

    assert "“Odd” is built differently from “In 14 days”" in page.context["uneven"]


def test_from_draft_to_live_and_back(cleo, lena, signed_in, rule):
    published(cleo, lena, signed_in, rule)
    assert "Live in version 1" in signed_in(cleo).get(HOME).content.decode()
    changed = {**rule.draft, "title": "Spend it"}
    signed_in(cleo).post(
        f"{HOME}{rule.pk}/change/", {"draft": json.dumps(changed), "draft_number": rule.draft_number, "name": rule.name}
    )
    assert "Changed since live" in signed_in(cleo).get(HOME).content.decode()

    page = signed_in(cleo).get(f"{HOME}{rule.pk}/submit/")
    assert [one.what for one in page.context["differences"]] == ["Title"]
    signed_in(cleo).post(f"{HOME}{rule.pk}/submit/", {"draft_number": rule.draft_number + 1, "comment": "Shorter"})
    assert [row[0].rule for row in signed_in(lena).get(f"{HOME}waiting/").context["for_me"]] == [rule]
    signed_in(lena).post(f"{HOME}{rule.pk}/answer/", {"revision": 2, "answer": "approve"})
    assert signed_in(lena).get(f"{HOME}publish/").context["changes"][0].words.startswith("Title: from ")
    signed_in(lena).post(f"{HOME}publish/", {"instead_of": "1"})
    assert version_in_force().number == 2

    answer = signed_in(lena).post(f"{HOME}roll-back/?to=1", {"instead_of": "2", "reason": "Too short."})

    assert answer.status_code == 302
    assert version_in_force().number == 1


def test_an_author_cannot_approve_and_a_curator_cannot_publish(cleo, lena, signed_in, rule):
    mine = create_rule(name="Lena's", draft=rule.draft, by=lena)
    with_examples(signed_in(lena), mine)
    signed_in(lena).post(f"{HOME}{mine.pk}/submit/", {"draft_number": 1})
    before = everything()

    assert signed_in(lena).post(f"{HOME}{mine.pk}/answer/", {"revision": 1, "answer": "approve"}).status_code == 400
    assert signed_in(cleo).post(f"{HOME}{mine.pk}/answer/", {"revision": 1, "answer": "approve"}).status_code == 403
    assert signed_in(cleo).post(f"{HOME}publish/", {}).status_code == 403
    assert signed_in(cleo).post(f"{HOME}roll-back/?to=1", {"reason": "for fun now"}).status_code == 403
    assert everything() == before


def test_what_changed_meanwhile_is_not_answered_published_or_rolled_back(cleo, lena, signed_in, rule):
    published(cleo, lena, signed_in, rule)
    before = everything()

    assert signed_in(cleo).post(f"{HOME}{rule.pk}/submit/", {"draft_number": rule.draft_number + 5}).status_code == 400
    assert (
        signed_in(lena)
        .post(f"{HOME}{rule.pk}/answer/", {"revision": 7, "answer": "return", "comment": "not like this"})
        .status_code
        == 400
    )
    assert (
        signed_in(lena).post(f"{HOME}{rule.pk}/answer/", {"revision": 1, "answer": "return", "comment": "no"}).status_code == 400
    )
    assert signed_in(lena).post(f"{HOME}publish/", {"instead_of": "9"}).status_code == 400
    assert signed_in(lena).post(f"{HOME}roll-back/?to=1", {"instead_of": "1", "reason": "no"}).status_code == 400
    assert everything() == before


def test_an_unfinished_or_failing_draft_is_not_put_up(cleo, signed_in, rule):
    client = signed_in(cleo)
    client.post(f"{HOME}{rule.pk}/examples/", {**EXAMPLE, "should_qualify": "no"})
    unfinished = create_rule(name="Unfinished", draft={"conditions": {"all": [{"field": ""}]}}, by=cleo)
    before = everything()

    assert client.get(f"{HOME}{unfinished.pk}/submit/").status_code == 200
    assert client.post(f"{HOME}{unfinished.pk}/submit/", {"draft_number": 1}).status_code == 400
    failing = client.post(f"{HOME}{rule.pk}/submit/", {"draft_number": 1})

    assert failing.status_code == 400
    assert "Should not qualify, but does" in failing.content.decode()
    assert everything() == before


def test_rules_are_retired_together_with_a_reason_and_come_back(cleo, lena, signed_in, family):
    client, ids = signed_in(lena), ",".join(str(one.pk) for one in family)
    chosen = client.post(HOME, {"action": "retire", "_selected_action": [one.pk for one in family]})
    assert chosen["Location"] == f"{HOME}retire/?ids={ids}"
    assert client.post(f"{HOME}retire/?ids={ids}", {"reason": "old"}).status_code == 400
    assert not Rule.objects.filter(is_retired=True).exists()

    assert client.post(f"{HOME}retire/?ids={ids}", {"reason": "Season is over"}).status_code == 302

    assert set(Rule.objects.filter(is_retired=True)) == set(family)
    assert "In 30 days" not in client.get(HOME).content.decode()
    assert "In 30 days" in client.get(f"{HOME}?state=retired").content.decode()
    assert signed_in(cleo).post(f"{HOME}retire/?ids={ids}&back=1", {"reason": "needed again"}).status_code == 403
    client.post(f"{HOME}retire/?ids={ids}&back=1", {"reason": "needed again"})
    assert not Rule.objects.filter(is_retired=True).exists()


def test_a_copy_takes_draft_and_examples_along_under_another_name(cleo, signed_in, rule):
    client = signed_in(cleo)
    with_examples(client, rule)

    assert client.post(f"{HOME}{rule.pk}/duplicate/", {"name": rule.name}).status_code == 400
    answer = client.post(f"{HOME}{rule.pk}/duplicate/", {"name": "The same, later"})

    copy = Rule.objects.get(slug="the-same-later")
    assert answer["Location"] == f"{HOME}{copy.pk}/change/"
    assert (copy.draft, copy.draft_number, copy.examples.count(), rule.examples.count()) == (rule.draft, 1, 2, 2)


def test_the_list_finds_filters_and_asks_the_same_few_questions_for_many(cleo, signed_in, rule, django_assert_max_num_queries):
    Rule.objects.bulk_create(
        Rule(slug=f"r{n}", name=f"Rule {n:04}", draft=rule.draft, created_by=cleo, changed_by=cleo) for n in range(150)
    )
    client = signed_in(cleo)
    client.get(HOME)

    with django_assert_max_num_queries(40):
        page = client.get(HOME)

    assert page.context["cl"].result_count == 151
    assert client.get(f"{HOME}?q=Rule+0149").context["cl"].result_count == 1
    assert client.get(f"{HOME}?category=insight&audience=person&state=draft").context["cl"].result_count == 151
    assert client.get(f"{HOME}?audience=merchant").context["cl"].result_count == 0


def test_what_a_release_approved_and_published_is_shown_as_its_own(lena, signed_in, rule):
    with_examples(signed_in(lena), rule)
    revision = submit(rule=rule, by=None, draft_number=1)
    approve(revision=revision, by=None)
    publish(by=None)

    for address in ("publish/", "waiting/", "roll-back/?to=1", f"{rule.pk}/answer/", f"{rule.pk}/history/"):
        page = signed_in(lena).get(f"{HOME}{address}")
        assert page.status_code == 200, address
    assert "a release" in signed_in(lena).get(f"{HOME}publish/").content.decode()


def test_a_form_where_json_belongs_is_refused(cleo, signed_in, rule):
    assert signed_in(cleo).post(f"{HOME}{rule.pk}/preview/", {"draft": "{}"}).status_code == 400


def test_results_are_a_tab_of_a_rule_that_was_published_and_each_page_says_which_it_is(cleo, signed_in, rule):
    client = signed_in(cleo)
    results = reverse("admin:rules_results", args=[rule.public_id])

    before = client.get(f"{HOME}{rule.pk}/examples/").content.decode()
    Rule.objects.filter(pk=rule.pk).update(slot=7)
    after = client.get(f"{HOME}{rule.pk}/examples/").content.decode()

    assert results not in before
    assert results in after
    assert f"{rule.name} · Examples" in after
    assert client.get(results).status_code == 200


def test_the_page_of_families_begins_with_one_that_makes_a_table(cleo, signed_in, family):
    for name, test in (("Older", "at_least"), ("Newer", "at_most")):
        leaf = {"field": "purchases_365d", "test": test, "value": 3}
        create_rule(
            name=name, family="A family that makes none", draft={**family[0].draft, "conditions": {"all": [leaf]}}, by=cleo
        )

    assert signed_in(cleo).get(f"{HOME}table/").context["family"] == "Deadlines"
