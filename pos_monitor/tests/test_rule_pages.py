"""Alert rules as staff write them in the admin: made, changed, switched, otherwise in a group, tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from merchants.models import Merchant
from people.models import User
from people.roles import AUDITOR, SUPPORT, give_role
from pos_monitor.judging import loading, starting_set
from pos_monitor.judging.kinds import KINDS, parameters_of
from pos_monitor.judging.parameters import AlertRuleInvalid
from pos_monitor.models import AlertRule, RuleTrial, TerminalGroup
from vault.audit.models import AuditEntry

LIST = "/admin/pos_monitor/alertrule/"
LOW = {"p_measure": "battery", "p_side": "below", "p_limit": "15", "p_clear_at": "20", "p_raise_after": "2", "p_clear_after": "2"}
TOLD = {"name": "Battery low", "severity": "2", "answer_minutes": "60", "repair_minutes": "480", "is_on": "on"}


def person(name: str, role: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", is_staff=True)
    give_role(user=user, role=role)
    return user


@pytest.fixture
def sue(db: None, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(person("sue", SUPPORT))


@pytest.fixture
def rule(db: None) -> AlertRule:
    starting_set.load()
    return AlertRule.objects.get(slug="battery-low")


def page(rule: AlertRule) -> str:
    return f"{LIST}{rule.pk}/change/"


def form_of(rule: AlertRule, **more: str) -> dict[str, str]:
    """The page of a rule as a browser sends it back."""
    parameters = {f"p_{name}": str(value) for name, value in rule.parameters.items() if not isinstance(value, bool)}
    parameters |= {f"p_{name}": "on" for name, value in rule.parameters.items() if value is True}
    said = {
        "name": rule.name,
        "severity": str(rule.severity),
        "terminal_kind": rule.terminal_kind,
        "is_on": "on",
        "tells_merchant": "on",
    }
    minutes = {"answer_minutes": str(rule.answer_minutes), "repair_minutes": str(rule.repair_minutes)}
    return {**parameters, **said, **minutes, "revision": str(rule.revision), "kind": rule.kind, **more}


def actions(rule: AlertRule) -> list[str]:
    """What was done to it, in order; who looked at it aside."""
    found = AuditEntry.objects.filter(subject_id=rule.public_id, action__startswith="alert_rule.").exclude(
        action="alert_rule.read"
    )
    return list(found.order_by("id").values_list("action", flat=True))


def test_a_rule_is_made_of_its_form_and_judged_from_then_on(sue: Client) -> None:
    mark = loading.read().mark

    answer = sue.post(f"{LIST}add/?kind=threshold", {**LOW, **TOLD})

    made = AlertRule.objects.get()
    assert answer.status_code == 302
    assert (made.slug, made.kind, made.parameters["limit"], made.tells_merchant) == ("battery-low", "threshold", 15.0, False)
    assert loading.read().mark != mark
    assert [spec.rule for spec in loading.read().rules] == [made.pk]
    assert "alert_rule.added" in actions(made)


def test_what_is_wrong_is_said_beside_each_field_and_nothing_is_stored(sue: Client) -> None:
    answer = sue.post(
        f"{LIST}add/?kind=threshold", {**LOW, **TOLD, "p_limit": "much", "p_clear_at": "", "name": "x", "merchant": "mer_none"}
    )

    assert answer.status_code == 422
    for words in ("“Limit” is a number", "“Good again at” is still empty", "Give it a name", "There is no merchant of this id"):
        assert words in answer.content.decode()
    assert 'value="much"' in answer.content.decode()
    assert not AlertRule.objects.exists()


def test_a_dead_band_on_the_wrong_side_is_refused(sue: Client) -> None:
    answer = sue.post(f"{LIST}add/?kind=threshold", {**LOW, **TOLD, "p_clear_at": "10"})

    assert "good again at the limit or above it" in answer.content.decode()
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_page_with_its_fields(sue: Client, kind: str) -> None:
    answer = sue.get(f"{LIST}add/?kind={kind}")

    assert answer.status_code == 200
    assert 'name="p_raise_after"' in answer.content.decode() or kind == "absence"


def test_a_change_takes_the_next_revision_and_leaves_its_trace(sue: Client, rule: AlertRule) -> None:
    answer = sue.post(page(rule), form_of(rule, p_limit="12", reason="Shops charge earlier"))

    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.parameters["limit"], rule.revision) == (12.0, 2)
    assert actions(rule) == ["alert_rule.changed"]
    shown = sue.get(page(rule)).content.decode()
    assert "15 → 12" in shown
    assert "Shops charge earlier" in shown


def test_saving_what_is_so_already_changes_nothing(sue: Client, rule: AlertRule) -> None:
    assert sue.post(page(rule), form_of(rule)).status_code == 302

    rule.refresh_from_db()
    assert rule.revision == 1
    assert actions(rule) == []


def test_who_was_overtaken_is_told_and_overwrites_nothing(sue: Client, rule: AlertRule) -> None:
    before = form_of(rule, p_limit="11")
    sue.post(page(rule), form_of(rule, p_limit="12"))

    answer = sue.post(page(rule), before)

    rule.refresh_from_db()
    assert answer.status_code == 409
    assert "Somebody changed this rule meanwhile" in answer.content.decode()
    assert rule.parameters["limit"] == 12.0


def test_a_rule_is_switched_off_and_on(sue: Client, rule: AlertRule) -> None:
    sue.post(f"{LIST}{rule.pk}/switch/", {"on": "0"})
    assert rule.pk not in {spec.rule for spec in loading.read().rules}
    sue.post(f"{LIST}{rule.pk}/switch/", {"on": "0"})
    sue.post(f"{LIST}{rule.pk}/switch/", {"on": "1"})

    assert rule.pk in {spec.rule for spec in loading.read().rules}
    assert actions(rule) == ["alert_rule.switched_off", "alert_rule.switched_on"]


def test_a_group_has_what_was_typed_otherwise_and_as_everywhere_again(sue: Client, rule: AlertRule) -> None:
    group = TerminalGroup.objects.create(name="Food trucks")
    address = f"{LIST}{rule.pk}/group/?group={group.public_id}"

    assert sue.post(address, {"p_limit": "30", "p_clear_at": "35", "severity": "3"}).status_code == 302

    (override,) = rule.overrides.all()
    assert (override.parameters, override.severity, override.is_off) == ({"limit": 30.0, "clear_at": 35.0}, 3, False)
    assert "Limit 30" in sue.get(page(rule)).content.decode()
    sue.post(address, {"p_limit": "30", "forget": "1"})
    assert not rule.overrides.exists()


def test_what_does_not_fit_for_a_group_is_refused(sue: Client, rule: AlertRule) -> None:
    group = TerminalGroup.objects.create(name="Food trucks")

    answer = sue.post(f"{LIST}{rule.pk}/group/?group={group.public_id}", {"p_limit": "60"})

    assert answer.status_code == 422
    assert "good again at the limit or above it" in answer.content.decode()
    assert not rule.overrides.exists()


def test_a_change_of_the_rule_that_breaks_what_a_group_has_is_refused(sue: Client, rule: AlertRule) -> None:
    group = TerminalGroup.objects.create(name="Food trucks")
    sue.post(f"{LIST}{rule.pk}/group/?group={group.public_id}", {"p_clear_at": "16"})
    rule.refresh_from_db()

    answer = sue.post(page(rule), form_of(rule, p_limit="18"))

    assert answer.status_code == 422
    assert "Food trucks" in answer.content.decode()
    rule.refresh_from_db()
    assert rule.parameters["limit"] == 15


def test_the_sentence_follows_what_is_typed(sue: Client) -> None:
    said = sue.post(f"{LIST}words/", {**LOW, **TOLD, "kind": "threshold"}).json()
    wrong = sue.post(f"{LIST}words/", {**LOW, **TOLD, "kind": "threshold", "p_limit": "-4"}).json()

    assert said == {
        "sentence": "Battery is below 15 %, 2 reports in a row. Over when it is at or above 20 % in 2 reports in a row.", "complaints": {},
    }  # fmt: skip
    assert wrong == {"sentence": "", "complaints": {"limit": "“Limit” for battery lies between 0 and 100 %."}}


def test_a_trial_is_asked_for_before_anything_is_saved(sue: Client) -> None:
    answer = sue.post(f"{LIST}trial/", {**LOW, **TOLD, "kind": "threshold", "while": "6"})

    trial = RuleTrial.objects.get()
    assert not AlertRule.objects.exists()
    assert (trial.parameters["limit"], (trial.until - trial.since).total_seconds()) == (15.0, 21_600)
    shown = sue.get(answer.json()["url"])
    assert shown.headers["X-Trial-State"] == "open"
    assert "Stopped" in sue.post(answer.json()["url"]).content.decode()


def test_a_trial_of_what_does_not_fit_is_refused(sue: Client) -> None:
    answer = sue.post(f"{LIST}trial/", {**LOW, **TOLD, "kind": "threshold", "while": "6", "p_limit": ""})

    assert answer.status_code == 422
    assert list(answer.json()["complaints"]) == ["limit"]
    assert not RuleTrial.objects.exists()


def test_another_persons_trial_is_not_shown(sue: Client, signed_in: Callable[[User], Client]) -> None:
    url = sue.post(f"{LIST}trial/", {**LOW, **TOLD, "kind": "threshold", "while": "1"}).json()["url"]

    assert signed_in(person("sam", SUPPORT)).get(url).status_code == 404


def test_who_may_only_look_changes_nothing(rule: AlertRule, signed_in: Callable[[User], Client]) -> None:
    ann = signed_in(person("ann", AUDITOR))

    assert ann.post(page(rule), form_of(rule, p_limit="1")).status_code == 403
    assert ann.post(f"{LIST}{rule.pk}/switch/", {"on": "0"}).status_code == 403
    assert ann.post(f"{LIST}add/?kind=threshold", {**LOW, **TOLD, "name": "Mine"}).status_code == 403
    rule.refresh_from_db()
    assert (rule.revision, rule.is_on) == (1, True)
    assert not AlertRule.objects.filter(name="Mine").exists()


def test_the_list_says_what_each_rule_looks_for(sue: Client, rule: AlertRule) -> None:
    shown = sue.get(LIST).content.decode()

    assert "Battery is below 15 %" in shown
    assert "Online store silent" in shown


def test_the_starting_rules_load_once_follow_the_release_and_keep_what_staff_changed(
    sue: Client, rule: AlertRule, acme: Merchant
) -> None:
    sue.post(page(rule), form_of(rule, p_limit="12"))
    AlertRule.objects.filter(slug="silent").update(name="As an older release called it")

    call_command("load_alert_rules")

    assert starting_set.load() == (0, 0)
    assert AlertRule.objects.count() == len(starting_set.read())
    rule.refresh_from_db()
    assert rule.parameters["limit"] == 12.0
    assert AlertRule.objects.get(slug="silent").name == "No report"


def test_a_rule_that_cannot_be_read_is_left_out_and_said(sue: Client, rule: AlertRule, caplog: pytest.LogCaptureFixture) -> None:
    AlertRule.objects.filter(pk=rule.pk).update(parameters={"measure": "mood"})

    assert rule.pk not in {spec.rule for spec in loading.read().rules}
    assert "battery-low is not judged" in caplog.text
    assert sue.get(page(rule)).status_code == 200


def test_every_starting_rule_says_itself_and_every_complaint_is_a_sentence() -> None:
    for row in starting_set.read():
        parameters = KINDS[row["kind"]].PARAMETERS(**row["parameters"])
        assert parameters.sentence().endswith(".")
    wrong: dict[str, Any] = {"measure": "mood", "limit": float("nan"), "raise_after": 2.5, "unless_charging": 1, "surprise": 1}
    with pytest.raises(AlertRuleInvalid) as refused:
        parameters_of("threshold", wrong)
    assert set(refused.value.complaints) == {*wrong, "clear_at"}
    assert all(words.endswith(".") for words in refused.value.complaints.values())
