"""The editor's doors: the page, saving, previewing, and everybody whom they refuse."""

from __future__ import annotations

import json

import pytest

from rules.models import Rule, RuleSave

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def url(rule, verb="change"):
    return f"/admin/rules/rule/{rule.pk}/{verb}/"


def save(client, rule, draft, number, **more):
    body = {"draft": json.dumps(draft), "draft_number": number, "name": rule.name, "family": rule.family, **more}
    return client.post(url(rule), body, headers=JSON)


def preview(client, rule, draft):
    answer = client.post(url(rule, "preview"), json.dumps({"draft": draft}), content_type="application/json")
    assert answer.status_code == 200
    return answer.json()


def state_of_everything():
    return list(Rule.objects.order_by("pk").values()), RuleSave.objects.count()


def test_the_page_shows_the_draft(cleo, signed_in, rule):
    page = signed_in(cleo).get(url(rule))

    assert page.status_code == 200
    assert "Money before a deadline" in page.content.decode()
    assert page.context["draft"] == rule.draft


def test_a_save_keeps_the_draft_its_editor_and_a_copy(otto, signed_in, rule):
    draft = {**rule.draft, "title": "Spend it soon"}

    answer = save(signed_in(otto), rule, draft, 1)

    assert answer.status_code == 200
    assert answer.json()["draft_number"] == 2
    rule.refresh_from_db()
    assert (rule.draft["title"], rule.draft_number, rule.changed_by) == ("Spend it soon", 2, otto)
    assert list(rule.saves.values_list("number", "draft__title", "by__username")) == [
        (2, "Spend it soon", "otto"), (1, "{health_fsa_at_risk_cents} may be lost on {health_fsa_spend_by_on}", "cleo"),
    ]  # fmt: skip


def test_a_save_that_is_repeated_counts_once(cleo, signed_in, rule):
    client, draft = signed_in(cleo), {**rule.draft, "title": "Spend it soon"}

    answers = [save(client, rule, draft, 1).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert Rule.objects.get().draft_number == 2
    assert RuleSave.objects.count() == 2


def test_two_editors_notice_each_other_and_see_both(cleo, otto, signed_in, rule):
    save(signed_in(otto), rule, {**rule.draft, "title": "Otto's"}, 1)
    before = state_of_everything()

    answer = save(signed_in(cleo), rule, {**rule.draft, "title": "Cleo's"}, 1)

    assert answer.status_code == 409
    told = answer.json()
    assert "Otto saved this draft" in told["message"]
    assert told["draft"]["title"] == "Otto's"
    assert told["differences"] == [{"what": "Title", "before": "Otto's", "after": "Cleo's"}]
    assert state_of_everything() == before
    assert save(signed_in(cleo), rule, {**rule.draft, "title": "Cleo's"}, told["draft_number"]).status_code == 200


def test_an_unfinished_draft_is_saved_as_it_is(cleo, signed_in, rule):
    draft = {
        "conditions": {"all": [{"field": "hsa_balance_cents", "test": "at_least"}, {"field": "", "test": ""}]},
        "title": "",
        "body": "",
    }

    assert save(signed_in(cleo), rule, draft, 1).status_code == 200

    assert Rule.objects.get().draft == draft


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"title": NaN}', '{"title": "' + "x" * 70_000 + '"}', '{"title": "\\u0000"}', "[" * 50_000]
)
def test_what_is_no_draft_is_refused_in_words(cleo, signed_in, rule, text):
    before = state_of_everything()

    answer = signed_in(cleo).post(url(rule), {"draft": text, "draft_number": 1}, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["message"]
    assert state_of_everything() == before


def test_without_the_script_a_refusal_keeps_what_was_typed(cleo, otto, signed_in, rule):
    save(signed_in(otto), rule, {**rule.draft, "title": "Otto's"}, 1)

    body = {"draft": json.dumps({**rule.draft, "title": "Mine & <b>"}), "draft_number": 1, "name": "Renamed", "family": "F"}
    page = signed_in(cleo).post(url(rule), body)

    assert page.status_code == 200
    assert page.context["draft"]["title"] == "Mine & <b>"
    assert page.context["draft_number"] == "1"
    assert "Otto saved this draft" in page.content.decode()
    assert "<b>" not in page.content.decode().partition('id="rb-draft"')[2].partition("</script>")[0]


def test_a_stranger_to_rules_is_refused_everywhere(sue, signed_in, rule):
    client, before = signed_in(sue), state_of_everything()

    assert client.get("/admin/rules/rule/").status_code == 403
    assert client.get(url(rule)).status_code == 403
    assert save(client, rule, rule.draft, 1).status_code == 403
    assert client.post(url(rule, "preview"), "{}", content_type="application/json").status_code == 403
    assert client.get("/admin/rules/rule/words/?of=merchant").status_code == 403
    assert client.post(url(rule, "examples"), {}).status_code == 403
    assert client.post(url(rule, "comment"), {"text": "x"}).status_code == 403
    assert client.post(url(rule, "duplicate"), {"name": "x"}).status_code == 403
    assert client.post(f"/admin/rules/rule/retire/?ids={rule.pk}", {"reason": "not needed"}).status_code == 403
    assert client.post("/admin/rules/rule/table/", {}).status_code == 403
    assert client.post("/admin/rules/rule/add/", {"name": "x", "pattern": "blank"}).status_code == 403
    assert state_of_everything() == before


def test_who_may_only_look_sees_the_preview_and_saves_nothing(signed_in, rule, people):
    from rules.tests.builder.conftest import make_staff

    client, before = signed_in(make_staff("ada", "auditor")), state_of_everything()

    assert client.get(url(rule)).status_code == 200
    assert preview(client, rule, rule.draft)["count"]["words"].startswith("10 of 13")
    assert save(client, rule, {**rule.draft, "title": "x"}, 1).status_code == 403
    assert state_of_everything() == before


def test_the_preview_counts_and_explains(cleo, signed_in, rule, people):
    told = preview(signed_in(cleo), rule, rule.draft)

    assert told["sentence"].startswith("Tells people with an account when health FSA money at risk is at least $25.00")
    assert told["count"] == {
        "words": "10 of 13 customers (76.9%)",
        "note": "All of the audience were judged, by what is known of them now.",
        "share": 0.769231,
    }
    assert told["findings"] == []
    assert [one["qualifies"] for one in told["examples"]] == [True] * 8 + [False] * 2
    best = told["examples"][0]
    assert best["customer"] == people[11].public_id
    assert best["title"].startswith("$220.00 may be lost on ")
    assert best["facts"][0] == {"label": "health FSA money at risk", "value": "$220.00"}
    assert [(one["held"], one["depth"]) for one in best["reasons"]] == [(True, 0), (True, 0)]
    assert [one["score"] for one in told["examples"]] == sorted((one["score"] for one in told["examples"][:8]), reverse=True) + [
        one["score"] for one in told["examples"][8:]
    ]


def test_the_preview_of_an_unfinished_draft_says_what_lacks_and_counts_the_rest(cleo, signed_in, rule, people):
    draft = {
        **rule.draft,
        "title": "",
        "conditions": {
            "all": [
                *rule.draft["conditions"]["all"],
                {"field": "", "test": ""},
                {"any": [{"field": "hsa_balance_cents", "test": "at_least"}]},
            ]
        },
    }

    told = preview(signed_in(cleo), rule, draft)

    assert told["unfinished"] == 2
    assert {(one["path"], one["message"]) for one in told["findings"]} == {
        ("title", "Write the title."), ("conditions.all[2].field", "Choose a field."), ("conditions.all[3].any[0].value", "Type a value."),
    }  # fmt: skip
    assert {one["level"] for one in told["findings"]} == {"open"}
    assert told["count"]["words"].startswith("10 of 13")


@pytest.mark.parametrize(
    ("unfinished", "words"),
    [
        ({"audience": []}, "Choose for whom it is"),
        ({"title": "", "conditions": {"all": []}}, "Add a condition"),
        ({"conditions": {"all": [{"field": "", "test": ""}]}}, "Add a condition"),
        ({"audience": [], "conditions": {"all": []}}, "Choose for whom it is"),
    ],
)
def test_the_preview_counts_nobody_before_it_is_said_for_whom(cleo, signed_in, rule, people, unfinished, words):
    told = preview(signed_in(cleo), rule, {**rule.draft, **unfinished})

    assert told["count"] == {"words": words, "note": "", "share": 0.0}
    assert (told["examples"], told["scores"], told["sentence"]) == (
        [],
        "",
        "Too little of it is finished to say it in a sentence.",
    )


def test_the_preview_of_an_empty_rule_asks_for_whom_it_is(cleo, signed_in, rule, people):
    told = preview(signed_in(cleo), rule, {"conditions": {"all": []}})

    assert told["count"]["words"] == "Choose for whom it is"


def test_a_preview_that_makes_no_sense_is_refused(cleo, signed_in, rule):
    for body in ("", "[]", "{}", '{"draft": 1}'):
        assert signed_in(cleo).post(url(rule, "preview"), body, content_type="application/json").status_code == 400


def test_categories_and_merchants_are_found_by_words(cleo, signed_in, acme):
    client = signed_in(cleo)

    merchants = client.get("/admin/rules/rule/words/?of=merchant&q=acm").json()["data"]
    categories = client.get("/admin/rules/rule/words/?of=category&q=pain oral").json()["data"]

    assert merchants == [{"value": acme.public_id, "words": "Acme", "soft": acme.public_id}]
    assert "pain-relievers-oral" in {one["value"] for one in categories}
    assert client.get("/admin/rules/rule/words/?of=people&q=x").json() == {"data": []}


def test_a_new_rule_begins_from_an_example_once(cleo, signed_in):
    client, body = signed_in(cleo), {"name": "Refill  soon", "family": "Refills", "pattern": "refill"}

    answer = client.post("/admin/rules/rule/add/", body)
    again = client.post("/admin/rules/rule/add/", body)

    made = Rule.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == url(made)
    assert (made.name, made.slug, made.family, made.created_by, made.draft["category"]) == (
        "Refill soon",
        "refill-soon",
        "Refills",
        cleo,
        "tip",
    )
    assert again.status_code == 200
    assert "There is a rule “Refill soon” already" in again.content.decode()
