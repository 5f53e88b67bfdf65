"""What is approved becomes an immutable version that is in force; an earlier one can be in force again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from rules.engine import live
from rules.engine.errors import RulesNotPublished
from rules.engine.live import live_plan, live_rules
from rules.models import Rule, RuleRun, RuleSetChange, RuleSetPointer, RuleSetVersion
from rules.publishing import files, versions
from rules.publishing.errors import (
    NothingToPublish,
    PublicationOvertaken,
    RuleExamplesFailed,
    RuleFileUnusable,
    RuleNotAllowed,
    RuleReasonMissing,
    SelfTestFailed,
)
from rules.publishing.loading import rules_of
from rules.publishing.revisions import retire, unretire
from rules.publishing.slots import give_slots
from rules.publishing.tasks import publish_snoops
from rules.publishing.versions import Differences, publish, roll_back, waiting_to_be_published
from rules.tests.snoops import DAY, SHOULD_NOT, add_example, approved, edit, make_rule
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(wanda, lena):
    rule = make_rule(by=wanda)
    approved(rule, wanda, lena)
    return rule


def published(by, **more):
    return publish(by=by, note="For the season", **more)


def path_of(version, settings):
    from pathlib import Path

    return Path(settings.RULES_STORE) / files.name_of(version.sha256)


def test_a_published_rule_is_in_force_in_this_process(rule, lena):
    done = published(lena)

    rules = live_rules()
    (entry,) = rules.rules
    outcome = live_plan(DAY).evaluate(live_plan(DAY).pack({"customer_kind": "person", "health_fsa_balance_cents": 55_000}))
    assert (rules.number, rules.sha256) == (1, done.version.sha256)
    assert (entry.public_id, entry.slug, entry.slot, entry.revision) == (rule.public_id, "unused-fsa", 0, 1)
    assert outcome.scores.tolist() == [[-1 - 300]]
    assert done.differences == Differences(added=("unused-fsa",))
    assert done.message == "Version 1 is in force with 1 rules: 1 new (unused-fsa)."


def test_the_file_is_canonical_and_lies_under_its_sha256(rule, lena, settings):
    version = published(lena).version

    content = path_of(version, settings).read_bytes()
    data = json.loads(content)
    assert json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == content
    assert files.digest(content) == version.sha256
    assert (data["format"], data["slots"]) == (1, {rule.public_id: 0})
    assert data["rules"][0]["definition"]["title"] == "{health_fsa_balance_cents} of your FSA is left"


def test_publishing_again_says_that_nothing_changed_and_writes_nothing(rule, lena):
    published(lena)
    again = published(lena)

    assert not again.is_changed
    assert again.message == "Nothing changed: version 1 has every approved rule already."
    assert RuleSetVersion.objects.count() == RuleSetChange.objects.count() == 1
    assert RuleSetPointer.objects.get().number == 1


def test_a_publication_is_audited_with_who_and_what(rule, lena):
    published(lena)

    entry = AuditEntry.objects.get(action="rule_set_version.published")
    assert entry.reason == "For the season"
    assert entry.details["by"] == lena.public_id
    assert entry.details["before"] is None


def test_a_curator_who_does_not_lead_may_not_publish(rule, wanda):
    with pytest.raises(RuleNotAllowed):
        published(wanda)

    assert not RuleSetVersion.objects.exists()
    assert Rule.objects.get().slot is None


def test_without_an_approved_rule_there_is_nothing_to_publish(wanda, lena):
    make_rule(by=wanda)

    with pytest.raises(NothingToPublish):
        published(lena)
    with pytest.raises(RulesNotPublished):
        live_rules()


def test_slots_are_given_in_order_and_never_to_another(rule, wanda, lena):
    published(lena)
    approved(second := make_rule("second", by=wanda), wanda, lena)
    published(lena)
    retire(rule=second, by=lena, reason="Not needed now")
    approved(third := make_rule("third", by=wanda), wanda, lena)
    published(lena)

    rules = live_rules()
    assert rules.slots == {rule.public_id: 0, second.public_id: 1, third.public_id: 2}
    assert [entry.slot for entry in rules.rules] == [0, 2]
    assert rules.slot_count == 3


def test_a_rule_that_comes_back_is_the_version_of_before_again(rule, lena, wanda):
    approved(second := make_rule("second", by=wanda), wanda, lena)
    first_version = published(lena).version
    retire(rule=second, by=lena, reason="Not needed now")
    published(lena)
    unretire(rule=second, by=lena, reason="Needed after all")

    done = published(lena)

    assert done.version == first_version
    assert done.is_changed
    assert [change.version.number for change in RuleSetChange.objects.order_by("pk")] == [1, 2, 1]


def test_a_draft_and_a_submitted_revision_change_nothing_until_they_are_approved(rule, wanda, lena):
    published(lena)
    edit(rule, priority=1)

    assert not published(lena).is_changed


def test_a_changed_rule_is_told(rule, wanda, lena):
    published(lena)
    approved(edit(rule, priority=1), wanda, lena)
    waiting = waiting_to_be_published()

    done = published(lena)

    assert (waiting, waiting_to_be_published()) == (done.differences, Differences())
    assert done.differences == Differences(changed=("unused-fsa",))
    assert live_rules().rules[0].definition.priority == 1


def test_an_example_that_fails_by_now_keeps_the_version_in_force(rule, lena):
    version = published(lena).version
    add_example(rule, "Added later", SHOULD_NOT, should_qualify=True)

    with pytest.raises(RuleExamplesFailed, match="Added later"):
        published(lena)

    assert live_rules().number == version.number
    assert RuleSetVersion.objects.count() == 1


def test_a_plan_that_judges_golden_customers_otherwise_is_not_published(rule, lena, monkeypatch):
    monkeypatch.setattr("rules.publishing.golden._said", lambda *args: (1000, 0))

    with pytest.raises(SelfTestFailed):
        published(lena)

    assert not RuleSetVersion.objects.exists()
    assert RuleSetPointer.objects.get().live is None


def test_a_store_that_takes_nothing_keeps_everything_as_it_was(rule, lena, settings, tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    settings.RULES_STORE = str(tmp_path / "taken")

    with pytest.raises(RuleFileUnusable):
        published(lena)

    assert not RuleSetVersion.objects.exists()


def test_a_damaged_file_of_the_same_rules_is_written_anew(rule, lena, settings):
    version = published(lena).version
    path_of(version, settings).write_bytes(b"{}")
    RuleSetPointer.objects.update(live=None)

    again = published(lena)

    assert again.version == version
    assert files.digest(path_of(version, settings).read_bytes()) == version.sha256


def test_a_whole_file_is_not_written_again(rule, lena, settings):
    version = published(lena).version
    before = path_of(version, settings).stat()

    files.keep(path_of(version, settings).read_bytes())

    assert path_of(version, settings).stat().st_mtime_ns == before.st_mtime_ns


def test_rolling_back_puts_the_version_before_in_force(rule, wanda, lena):
    first = published(lena).version
    approved(edit(rule, priority=1), wanda, lena)
    published(lena)
    assert live_rules().number == 2

    roll_back(version=first, by=lena, reason="Too many complaints")
    roll_back(version=first, by=lena, reason="Too many complaints")

    assert live_rules().number == 1
    change = RuleSetChange.objects.first()
    assert (change.verb, change.version, change.before.number, change.by) == ("rolled_back", first, 2, lena)
    assert RuleSetChange.objects.count() == 3


def test_two_who_roll_back_what_they_saw_go_back_once(rule, wanda, lena, lars):
    first = published(lena).version
    approved(edit(rule, priority=1), wanda, lena)
    second = published(lena).version
    approved(edit(rule, priority=2), wanda, lena)
    published(lena)

    roll_back(version=second, by=lena, reason="Too many complaints", instead_of=3)
    with pytest.raises(PublicationOvertaken):
        roll_back(version=first, by=lars, reason="Too many complaints", instead_of=3)

    assert live_rules().number == 2


def test_a_version_whose_file_was_altered_is_not_rolled_back_to(rule, wanda, lena, settings):
    first = published(lena).version
    approved(edit(rule, priority=1), wanda, lena)
    published(lena)
    path = path_of(first, settings)
    path.write_bytes(path.read_bytes().replace(b"insight", b"saving "))

    with pytest.raises(RuleFileUnusable, match="altered"):
        roll_back(version=first, by=lena, reason="Too many complaints")

    assert live_rules().number == 2


@pytest.mark.parametrize("reason", ["", "why"])
def test_a_roll_back_needs_a_reason_and_a_lead(rule, wanda, lena, reason):
    version = published(lena).version

    with pytest.raises(RuleReasonMissing):
        roll_back(version=version, by=lena, reason=reason)
    with pytest.raises(RuleNotAllowed):
        roll_back(version=version, by=wanda, reason="Too many complaints")


def test_a_pinned_version_is_read_though_another_is_in_force(rule, wanda, lena):
    first = published(lena).version
    approved(edit(rule, priority=1), wanda, lena)
    published(lena)

    assert rules_of(first).rule_set.rules[0].definition.priority == 3
    assert rules_of(first) is rules_of(first)
    assert live.live().rule_set.rules[0].definition.priority == 1


def test_a_publication_that_another_overtakes_takes_what_is_approved_by_then(rule, wanda, lena, lars, monkeypatch):
    """Another approves and publishes while this one writes its file: this one looks again."""
    approved(edit(rule, priority=1), wanda, lena)
    keep, overtaken = files.keep, []

    def keep_while_another_publishes(content):
        if not overtaken:
            overtaken.append(True)
            approved(edit(rule, priority=2), wanda, lena)
            publish(by=lars, note="Meanwhile")
        return keep(content)

    monkeypatch.setattr(versions.files, "keep", keep_while_another_publishes)
    done = published(lena)

    assert not done.is_changed
    assert live_rules().rules[0].definition.priority == 2
    assert RuleSetVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_publications_at_once_make_one_version_and_one_slot_each(wanda, lena):
    rules = [make_rule(f"rule-{n}", by=wanda) for n in range(4)]
    for one in rules:
        approved(one, wanda, lena)

    def call(_):
        try:
            give_slots([one.pk for one in rules])
            return publish(by=None).is_changed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(call, range(4)))

    assert sorted(changed) == [False, False, False, True]
    assert sorted(Rule.objects.values_list("slot", flat=True)) == [0, 1, 2, 3]
    assert RuleSetVersion.objects.count() == RuleSetChange.objects.count() == 1


def test_the_command_publishes_says_what_changed_and_repeats_safely(rule, lena, capsys):
    call_command("publish_snoops", by="lena", note="By hand")
    call_command("publish_snoops", by="lena")

    assert capsys.readouterr().out.splitlines() == [
        "Version 1 is in force with 1 rules: 1 new (unused-fsa).",
        "Nothing changed: version 1 has every approved rule already.",
    ]
    assert (RuleSetVersion.objects.get().published_by, RuleSetVersion.objects.get().note) == (lena, "By hand")


@pytest.mark.parametrize(("who", "words"), [("nobody", "no user"), ("wanda", "role")])
def test_the_command_refuses_who_may_not_publish(rule, who, words):
    with pytest.raises(CommandError, match=words):
        call_command("publish_snoops", by=who)

    assert not RuleSetVersion.objects.exists()


def test_a_trigger_publishes_and_starts_a_run(rule, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        said = publish_snoops.apply(kwargs={"starts_run": True}).get()

    run = RuleRun.objects.get()
    assert said.startswith("Version 1 is in force")
    assert (run.version, run.trigger, run.started_by) == (RuleSetVersion.objects.get(), "publication", None)


def test_a_publication_during_a_run_starts_no_other_and_is_in_force_all_the_same(
    rule, wanda, lena, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        published(lena, starts_run=True)
    RuleRun.objects.update(state=RuleRun.State.PAUSED)
    approved(edit(rule, priority=1), wanda, lena)

    with django_capture_on_commit_callbacks(execute=True):
        done = published(lena, starts_run=True)

    assert live_rules().number == done.version.number == 2
    assert [run.version.number for run in RuleRun.objects.all()] == [1]
