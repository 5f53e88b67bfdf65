"""A draft becomes a revision, and somebody else than its author answers for it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from rules.builder.drafts import save_draft
from rules.errors import DefinitionInvalid
from rules.models import Rule, RuleApproval, RuleRevision
from rules.publishing.errors import (
    ApproverIsAuthor,
    DraftOvertaken,
    RevisionOvertaken,
    RuleExamplesFailed,
    RuleInvalid,
    RuleNotAllowed,
    RuleReasonMissing,
)
from rules.publishing.revisions import approve, retire, return_, submit, unretire
from rules.publishing.selectors import waiting_revisions
from rules.publishing.versions import approved_revisions
from rules.tests.snoops import SHOULD_NOT, UNUSED, add_example, approved, edit, make_rule, submitted
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db


def actions():
    return list(AuditEntry.objects.filter(subject="rules.Rule").order_by("pk").values_list("action", flat=True))


def test_a_submitted_draft_is_a_revision_that_never_changes(wanda):
    rule = make_rule(by=wanda)

    revision = submitted(rule, wanda)
    edit(rule, priority=1)

    assert (revision.number, revision.author, revision.definition["priority"]) == (1, wanda, 3)
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleRevision.objects.filter(pk=revision.pk).update(comment="Another word")
    assert actions() == ["rule.submitted"]


def test_submitting_the_same_draft_again_returns_its_revision(wanda):
    rule = make_rule(by=wanda)

    assert submitted(rule, wanda) == submitted(rule, wanda)
    assert RuleRevision.objects.count() == 1


def test_a_draft_that_somebody_changed_meanwhile_is_not_submitted(wanda, walt):
    rule = make_rule(by=wanda)
    seen = rule.draft_number
    edit(rule, priority=1)

    with pytest.raises(DraftOvertaken) as refused:
        submit(rule=rule, by=wanda, draft_number=seen)

    assert refused.value.details == {"draft_number": 2}
    assert not RuleRevision.objects.exists()


def test_a_draft_that_cannot_be_read_is_not_submitted(wanda):
    rule = make_rule(by=wanda, category="gossip")

    with pytest.raises(DefinitionInvalid):
        submitted(rule, wanda)

    assert not RuleRevision.objects.exists()


def test_a_rule_that_nobody_can_meet_is_not_submitted_and_told_why(wanda):
    never = {"all": [
        {"field": "health_fsa_balance_cents", "test": "more_than", "value": 20_000},
        {"field": "health_fsa_balance_cents", "test": "less_than", "value": 10_000},
    ]}  # fmt: skip
    rule = make_rule(by=wanda, examples=False, conditions=never, title="Never", body="Never")

    with pytest.raises(RuleInvalid) as refused:
        submitted(rule, wanda)

    (finding,) = refused.value.details["findings"]
    assert finding["path"] == "conditions.all[1]"
    assert "contradict each other" in finding["message"]


def test_a_failing_example_keeps_a_draft_from_being_submitted(wanda):
    rule = make_rule(by=wanda)
    add_example(rule, "Wrongly hoped for", SHOULD_NOT, should_qualify=True)

    with pytest.raises(RuleExamplesFailed) as refused:
        submitted(rule, wanda)

    (failed,) = refused.value.details["examples"]
    assert failed["example"] == "Wrongly hoped for"
    assert "$100.00" in failed["reason"]
    assert not RuleRevision.objects.exists()


def test_an_example_with_another_score_than_expected_fails(wanda):
    rule = make_rule(by=wanda)
    add_example(rule, "Ranks low", {**SHOULD_NOT, "health_fsa_balance_cents": 10_000}, should_qualify=True, highest_score=99)

    with pytest.raises(RuleExamplesFailed, match="Scores 100, which is more than the 99"):
        submitted(rule, wanda)


def test_the_author_may_not_approve_even_as_a_lead(lena):
    revision = submitted(make_rule(by=lena), lena)

    with pytest.raises(ApproverIsAuthor, match="lena wrote this revision"):
        approve(revision=revision, by=lena)

    assert not RuleApproval.objects.exists()


def test_a_curator_who_does_not_lead_may_not_approve(wanda, walt):
    revision = submitted(make_rule(by=wanda), wanda)

    with pytest.raises(RuleNotAllowed) as refused:
        approve(revision=revision, by=walt)

    assert refused.value.details == {"required_permission": "rules.approve_rule"}
    assert not RuleApproval.objects.exists()


def test_a_rule_without_an_example_of_each_kind_is_not_approved(wanda, lena):
    rule = make_rule(by=wanda, examples=False)
    add_example(rule, "A few dollars", SHOULD_NOT, should_qualify=False)
    revision = submitted(rule, wanda)

    with pytest.raises(RuleExamplesFailed, match="one who should qualify"):
        approve(revision=revision, by=lena)

    assert not RuleApproval.objects.exists()


def test_only_the_newest_revision_is_approved(wanda, lena):
    rule = make_rule(by=wanda)
    old = submitted(rule, wanda)
    submitted(edit(rule, priority=1), wanda)

    with pytest.raises(RevisionOvertaken):
        approve(revision=old, by=lena)

    assert not RuleApproval.objects.exists()


def test_approving_twice_is_one_approval(wanda, lena, lars):
    revision = submitted(make_rule(by=wanda), wanda)

    assert approve(revision=revision, by=lena) == approve(revision=revision, by=lars)
    assert RuleApproval.objects.count() == 1
    assert actions() == ["rule.submitted", "rule.approved"]


def test_an_approval_that_is_taken_back_lets_the_approved_one_before_it_through(wanda, lena):
    rule = make_rule(by=wanda)
    first = approved(rule, wanda, lena)
    second = approved(edit(rule, priority=1), wanda, lena)
    assert approved_revisions() == [second]

    return_(revision=second, by=lena, comment="Too loud")

    assert approved_revisions() == [first]


def test_a_revision_is_not_returned_without_a_word(wanda, lena):
    revision = submitted(make_rule(by=wanda), wanda)

    with pytest.raises(RuleReasonMissing):
        return_(revision=revision, by=lena, comment="no")

    assert not RuleApproval.objects.exists()


def test_what_came_with_a_release_is_approved_by_the_release_and_what_a_person_wrote_is_not(wanda):
    shipped = submitted(make_rule("shipped"), None)
    written = submitted(make_rule("written", by=wanda), wanda)

    approve(revision=shipped, by=None)
    with pytest.raises(RuleNotAllowed):
        approve(revision=written, by=None)

    assert approved_revisions() == [shipped]


def test_a_retired_rule_is_left_out_until_it_is_taken_back(wanda, lena):
    rule = make_rule(by=wanda)
    revision = approved(rule, wanda, lena)

    retire(rule=rule, by=lena, reason="The season is over")
    retire(rule=rule, by=lena, reason="The season is over")
    assert approved_revisions() == []
    unretire(rule=rule, by=lena, reason="It came back")

    assert approved_revisions() == [revision]
    assert actions()[-2:] == ["rule.retired", "rule.unretired"]


def test_a_curator_who_does_not_lead_may_not_retire(wanda, lena):
    rule = make_rule(by=wanda)
    approved(rule, wanda, lena)

    with pytest.raises(RuleNotAllowed):
        retire(rule=rule, by=wanda, reason="I do not like it")

    assert not Rule.objects.get().is_retired


def test_who_saved_a_draft_does_not_approve_it_when_another_puts_it_up(lena, lars):
    rule = save_draft(rule=make_rule(by=lars), draft={**UNUSED, "priority": 1}, seen_number=1, by=lena)
    revision = submitted(rule, lars)

    for answer in (approve, return_):
        with pytest.raises(ApproverIsAuthor):
            answer(revision=revision, by=lena, comment="My own words")
    assert not RuleApproval.objects.exists()
    assert not waiting_revisions(lena).exists()


def test_what_others_approved_before_is_nobodys_to_answer_for_again(wanda, lena, lars):
    rule = save_draft(rule=make_rule(by=wanda), draft={**UNUSED, "priority": 1}, seen_number=1, by=lena)
    approved(rule, wanda, lars)
    revision = submitted(save_draft(rule=rule, draft={**UNUSED, "priority": 2}, seen_number=2, by=wanda), wanda)
    save_draft(rule=rule, draft={**UNUSED, "priority": 4}, seen_number=3, by=lena)  # the next one, which this one does not hold

    assert [one.pk for one in waiting_revisions(lena)] == [revision.pk]
    assert approve(revision=revision, by=lena, comment="Fine").answer == "approved"
