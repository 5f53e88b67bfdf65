"""The curator's pages in a real browser: a rule built by keyboard, one by mouse, two editors, and every page at both widths."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser_testing import Window
from people.models import User
from rules.builder.drafts import create_rule
from rules.models import Customer, Rule, RuleExample
from rules.publishing.revisions import approve, submit
from rules.publishing.versions import publish
from rules.tests.builder.conftest import make_staff

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]


def editor(page: Page) -> None:
    """Wait until the page has read the rule and the server answered its first preview."""
    expect(page.locator("#rb-live")).not_to_have_attribute("aria-busy", "true")


def look(window: Window, name: str) -> None:
    """In the admin's light and in its dark theme, which is a class and no wish of the browser."""
    window.look(name)
    window.page.evaluate("document.documentElement.classList.add('dark')")
    window.look(f"{name}-dark-theme")


def pick(page: Page, opener: Any, words: str) -> None:
    """opener: the button that opens the list; nothing where it opened by itself, as a new condition's does."""
    if opener is not None:
        opener.click()
    page.keyboard.type(words)
    expect(page.locator(".rb-option").first).to_contain_text(words, ignore_case=True)
    page.keyboard.press("Enter")


def test_a_rule_is_built_by_keyboard_alone(open_window: OpenWindow, site: object, cleo: User, people: list[Customer]) -> None:
    page = open_window(user=cleo).open("/admin/rules/rule/add/")
    page.get_by_label("Name").focus()
    page.keyboard.type("Balance at risk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    editor(page)
    keys = page.keyboard

    page.get_by_label("Category").focus()
    keys.type("Ins")
    page.get_by_label("People with an account").focus()
    keys.press("Space")
    page.get_by_role("button", name="Add condition").focus()
    keys.press("Enter")  # the new condition's list of fields opens by itself
    keys.type("money at risk")
    expect(page.locator(".rb-option").first).to_contain_text("health FSA money at risk")
    keys.press("Enter")
    expect(page.get_by_label("Condition 1, test")).to_be_focused()
    page.get_by_label("Condition 1, value").focus()
    keys.type("59.99")
    page.get_by_label("Everybody who gets it begins with").fill("250")
    page.get_by_label("Title", exact=True).focus()
    keys.type("You may lose ")
    page.get_by_role("button", name="Insert a value into the title: Insert a value").focus()
    keys.press("Enter")
    keys.type("money at risk")
    expect(page.locator(".rb-option").first).to_contain_text("health FSA money at risk")
    keys.press("Enter")
    expect(page.get_by_label("Title", exact=True)).to_have_value("You may lose {health_fsa_at_risk_cents}")
    page.get_by_label("Text", exact=True).focus()
    keys.type("Spend it in time.")

    expect(page.locator("#rb-sentence")).to_contain_text(
        "Tells people with an account when health FSA money at risk is at least $59.99"
    )
    expect(page.locator("#rb-count")).to_have_text("9 of 13 customers (69.2%)")
    expect(page.locator("#rb-card-title")).to_have_text("You may lose $60.00")
    expect(page.locator("#rb-saved")).to_have_text("Not saved yet")
    keys.press("Control+s")
    expect(page.locator("#rb-saved")).to_have_text("Saved")

    rule = Rule.objects.get()
    assert rule.draft["conditions"] == {"all": [{"field": "health_fsa_at_risk_cents", "test": "at_least", "value": 5999}]}
    assert (rule.draft["score"], rule.draft["category"], rule.draft["audience"]) == (
        {"base": 250, "terms": []},
        "insight",
        ["person"],
    )


def test_conditions_are_moved_copied_and_removed_by_keyboard(
    open_window: OpenWindow, site: object, rule: Rule, cleo: User
) -> None:
    page = open_window(user=cleo).open(f"/admin/rules/rule/{rule.pk}/change/")
    editor(page)

    page.get_by_role("group", name="Condition 2").get_by_label("Condition 2, test").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("group", name="Condition 1", exact=True)).to_contain_text("last day to spend the health FSA")
    page.get_by_role("button", name="Duplicate condition").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Condition 3", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove condition").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Condition 3", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Condition 3", exact=True)).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator("#rb-saved")).to_have_text("Saved")

    rule.refresh_from_db()
    assert [one["field"] for one in rule.draft["conditions"]["all"]] == [
        "health_fsa_spend_by_on",
        "health_fsa_spend_by_on",
        "health_fsa_at_risk_cents",
    ]


def test_a_rule_is_built_by_mouse(open_window: OpenWindow, site: object, cleo: User, acme: Any, people: list[Customer]) -> None:
    rule = create_rule(
        name="By mouse", draft={"conditions": {"all": []}, "title": "", "body": "", "audience": ["person"]}, by=cleo
    )
    page = open_window(user=cleo).open(f"/admin/rules/rule/{rule.pk}/change/")
    editor(page)

    page.get_by_role("button", name="Add group").click()
    pick(page, None, "main benefit account")
    page.get_by_role("group", name="Condition 1.1, choices").get_by_label("HSA", exact=True).check()
    page.get_by_role("button", name="Add condition").last.click()
    pick(page, None, "merchants bought at")
    pick(page, page.get_by_role("button", name="Condition 2, choices: Choose a merchant"), "Acme")
    page.get_by_role("button", name="Add condition").last.click()
    pick(page, None, "last day to spend the health FSA")
    page.get_by_label("Condition 3, what of the date").select_option("value")
    page.get_by_label("Condition 3, value, in days").fill("30")
    page.get_by_role("button", name="Add what makes it more relevant").click()
    pick(page, page.get_by_role("button", name="Term 1, field: Choose a field"), "money at risk")
    page.get_by_label("Term 1, no points at").fill("20")
    page.get_by_label("Term 1, all points at").fill("220")
    page.get_by_label("Term 1, points").fill("500")
    expect(page.locator(".rb-points li").nth(1)).to_have_text("$120: 250")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#rb-saved")).to_have_text("Saved")

    rule.refresh_from_db()
    assert rule.draft["conditions"] == {"all": [
        {"any": [{"field": "main_account_kind", "test": "is_one_of", "values": ["hsa"]}]},
        {"field": "merchants_365d", "test": "has_any_of", "values": [acme.public_id]},
        {"field": "health_fsa_spend_by_on", "test": "on_or_after", "value": {"from_today": 30}},
    ]}  # fmt: skip
    assert rule.draft["score"]["terms"] == [{"field": "health_fsa_at_risk_cents", "low": 2000, "high": 22000, "points": 500}]


def test_two_editors_see_both_drafts_and_choose(
    open_window: OpenWindow, site: object, rule: Rule, cleo: User, otto: User
) -> None:
    cleos, ottos = (open_window(user=user).open(f"/admin/rules/rule/{rule.pk}/change/") for user in (cleo, otto))
    editor(cleos), editor(ottos)
    ottos.get_by_label("Title", exact=True).fill("Otto’s <b>title</b>")
    ottos.keyboard.press("Control+s")
    expect(ottos.locator("#rb-saved")).to_have_text("Saved")

    cleos.get_by_label("Title", exact=True).fill("Cleo’s title")
    cleos.keyboard.press("Control+s")

    expect(cleos.get_by_role("heading", name="Somebody else changed this draft")).to_be_focused()
    expect(cleos.locator("#rb-conflict")).to_contain_text("Otto’s <b>title</b>")
    expect(cleos.locator("#rb-conflict")).to_contain_text("Cleo’s title")
    expect(cleos.get_by_label("Title", exact=True)).to_have_value("Cleo’s title")
    cleos.get_by_role("button", name="Save mine over theirs").click()
    expect(cleos.locator("#rb-saved")).to_have_text("Saved")
    rule.refresh_from_db()
    assert rule.draft["title"] == "Cleo’s title"
    assert [save.draft["title"] for save in rule.saves.all()][:2] == ["Cleo’s title", "Otto’s <b>title</b>"]


def test_when_the_server_fails_nothing_typed_is_lost(open_window: OpenWindow, site: object, rule: Rule, cleo: User) -> None:
    page = open_window(user=cleo).open(f"/admin/rules/rule/{rule.pk}/change/")
    editor(page)
    page.get_by_label("Title", exact=True).fill("Typed with care")
    page.route("**/change/", lambda route: route.abort())

    page.keyboard.press("Control+s")

    expect(page.locator("#rb-fault")).to_contain_text("What you typed is still here")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Typed with care")
    expect(page.locator("#rb-saved")).to_have_text("Not saved yet")
    page.unroute("**/change/")
    page.keyboard.press("Control+s")
    expect(page.locator("#rb-saved")).to_have_text("Saved")


@pytest.fixture
def house(rule: Rule, cleo: User, people: list[Customer], settings: Any, tmp_path: Any) -> User:
    """A family of three, one of them live and then changed, with examples, a comment and one revision that waits; and its approver."""
    settings.RULES_STORE = str(tmp_path)
    lead = make_staff("lena", "lead_curator", "Lena")
    for number, days in enumerate((30, 14, 3)):
        draft = json.loads(json.dumps(rule.draft))
        draft["conditions"]["all"][1]["high"] = days
        draft["priority"] = number + 1
        made = create_rule(name=f"Deadline in {days} days", family="Deadlines", draft=draft, by=cleo)
        for should, cents in ((True, 9_000), (False, 100)):
            RuleExample.objects.create(
                rule=made, name=f"${cents // 100} at risk", should_qualify=should, today="2026-11-20",
                values={"health_fsa_at_risk_cents": cents, "health_fsa_spend_by_on": "2026-11-22", "customer_kind": "person"},
            )  # fmt: skip
        revision = submit(rule=made, by=cleo, draft_number=1, comment="For the end of the year")
        if number < 2:
            approve(revision=revision, by=lead)
    publish(by=lead, note="First of the season")
    live = Rule.objects.get(slug="deadline-in-30-days")
    live.comments.create(by=lead, text="Could it begin earlier?\nMany ask in October.")
    live.draft["conditions"]["all"][1]["high"] = 60
    live.draft["title"] = "Spend {health_fsa_at_risk_cents} in time"
    live.save()
    return lead


PAGES = {
    "list": "", "add": "add/", "editor": "{live}/change/", "examples": "{live}/examples/", "history": "{live}/history/", "compare": "{live}/compare/",
    "duplicate": "{live}/duplicate/", "submit": "{live}/submit/", "answer": "{waiting}/answer/", "waiting": "waiting/", "publish": "publish/",
    "roll-back": "roll-back/?to=1", "retire": "retire/?ids={live}", "table": "table/?family=Deadlines", "table-all": "table/?family=Deadlines&all=1",
}  # fmt: skip


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_is_sound_at_both_widths_light_and_dark(open_window: OpenWindow, site: object, house: User, size: str) -> None:
    window = open_window(size, house)
    ids = {"live": Rule.objects.get(slug="deadline-in-30-days").pk, "waiting": Rule.objects.get(slug="deadline-in-3-days").pk}
    for name, address in PAGES.items():
        page = window.open(f"/admin/rules/rule/{address.format(**ids)}")
        if name == "editor":
            editor(page)
        look(window, f"snoops-{name}")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_empty_pages_teach(open_window: OpenWindow, site: object, size: str) -> None:
    window = open_window(size, make_staff("lena", "lead_curator", "Lena"))
    for name in ("list", "table", "waiting", "publish"):
        window.open(f"/admin/rules/rule/{PAGES[name].split('?')[0]}")
        look(window, f"snoops-empty-{name}")
