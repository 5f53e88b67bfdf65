"""The starting set comes in once, as the release's, is in force at once, and never writes over what people did."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from rules.models import Rule, RuleApproval, RuleExample, RuleRevision, RuleSetVersion
from rules.publishing.pointer import pointer
from rules.publishing.revisions import retire
from rules.publishing.versions import rules_in
from rules.starting_set import load
from rules.starting_set.files import starting_set

pytestmark = pytest.mark.django_db
SLUG = "fsa-deadline-near"
COUNT = len(starting_set())


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def told() -> str:
    out = StringIO()
    call_command("load_snoops", stdout=out)
    return out.getvalue()


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Rule, RuleRevision, RuleApproval, RuleExample, RuleSetVersion))


def with_other_title(monkeypatch, slug: str, title: str) -> None:
    """As if a next release had worded one rule anew."""
    from dataclasses import replace

    def next_release():
        return tuple(
            replace(snoop, definition=replace(snoop.definition, title=title)) if snoop.slug == slug else snoop for snoop in starting_set()
        )  # fmt: skip

    monkeypatch.setattr(load, "starting_set", next_release)


def test_every_snoop_is_in_force_after_the_first_time():
    assert f"{COUNT} Snoops are new" in told()

    live = pointer().live
    assert live is not None
    assert {entry.slug for entry in rules_in(live)} == {snoop.slug for snoop in starting_set()}
    assert not RuleRevision.objects.exclude(author=None).exists()
    assert RuleApproval.objects.filter(answer="approved", by=None).count() == COUNT


def test_the_second_time_writes_nothing():
    told()
    before, number = counts(), pointer().number

    again = told()

    assert f"0 Snoops are new, 0 changed, {COUNT} as they were." in again
    assert (counts(), pointer().number) == (before, number)


def test_a_next_release_changes_its_own_rule_and_publishes(monkeypatch):
    told()
    with_other_title(monkeypatch, SLUG, "Worded anew")

    assert "1 changed" in told()

    live = pointer().live
    assert live is not None
    assert next(entry for entry in rules_in(live) if entry.slug == SLUG).definition.title == "Worded anew"
    assert Rule.objects.get(slug=SLUG).revisions.count() == 2


def test_what_a_person_submitted_stays(monkeypatch, ann):
    told()
    rule = Rule.objects.get(slug=SLUG)
    definition = {**rule.draft, "title": "Ann's words"}
    Rule.objects.filter(pk=rule.pk).update(draft=definition)
    RuleRevision.objects.create(rule=rule, number=2, definition=definition, sha256="f" * 64, author=ann)
    with_other_title(monkeypatch, SLUG, "Worded anew")
    number = pointer().number

    assert f"Left as people have them: {SLUG}." in told()

    rule.refresh_from_db()
    assert (rule.draft["title"], rule.revisions.count(), pointer().number) == ("Ann's words", 2, number)


def test_a_draft_that_a_person_works_on_stays(monkeypatch):
    told()
    rule = Rule.objects.get(slug=SLUG)
    Rule.objects.filter(pk=rule.pk).update(draft={**rule.draft, "title": "Half-written"})
    with_other_title(monkeypatch, SLUG, "Worded anew")

    assert f"Left as people have them: {SLUG}." in told()

    rule.refresh_from_db()
    assert (rule.draft["title"], rule.revisions.count()) == ("Half-written", 1)


def test_a_retired_rule_is_not_brought_back(ann):
    told()
    rule = retire(rule=Rule.objects.get(slug=SLUG), by=None, reason="Nobody wants it")

    assert f"Left as people have them: {SLUG}." in told()

    rule.refresh_from_db()
    assert rule.is_retired


def test_a_rule_of_a_persons_with_the_same_name_stays(ann):
    Rule.objects.create(slug=SLUG, name="Ann's own", draft={}, created_by=ann)

    assert f"Left as people have them: {SLUG}." in told()

    assert Rule.objects.get(slug=SLUG).name == "Ann's own"
