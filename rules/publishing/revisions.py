"""A draft becomes a revision, and somebody else than its author approves it or gives it back."""

from __future__ import annotations

from django.db import transaction

from people.models import User
from rules.checks.check import check
from rules.checks.examples import missing_kinds, run_examples
from rules.checks.findings import errors_in
from rules.definition.parse import parse, sha256_of, to_json
from rules.definition.tree import Definition
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
from rules.publishing.writers import has_written
from vault.audit.services import record_about

LEAST_REASON_WORDS = 2
Answer = RuleApproval.Answer


def require(by: User | None, permission: str) -> None:
    """Raises RuleNotAllowed. Nobody (None) is a release, which may do what no person has to answer for."""
    if by is not None and not by.has_perm(permission):
        raise RuleNotAllowed(required_permission=permission)


def require_reason(reason: str) -> None:
    if len(reason.split()) < LEAST_REASON_WORDS:
        raise RuleReasonMissing


@transaction.atomic
def submit(*, rule: Rule, by: User | None, draft_number: int, comment: str = "") -> RuleRevision:
    """Put the draft up for approval, as a revision that never changes. Its examples are run first.

    draft_number: of the draft that the person saw. by: None for what comes with a release. Safe to repeat: a draft that is the
    newest revision already is returned. Raises DraftOvertaken, DefinitionInvalid, RuleInvalid, RuleExamplesFailed, RuleNotAllowed.
    """
    require(by, "rules.change_rule")
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.draft_number != draft_number:
        raise DraftOvertaken(
            f"The draft is now number {rule.draft_number}, and you saw {draft_number}: look at what changed.",
            draft_number=rule.draft_number,
        )
    definition = parse(rule.draft)
    newest, sha256 = newest_revision(rule), sha256_of(definition)
    if newest is not None and newest.sha256 == sha256:
        return newest
    require_sound(definition)
    require_examples(rule, definition)
    revision = RuleRevision.objects.create(
        rule=rule, number=newest.number + 1 if newest else 1, definition=to_json(definition), sha256=sha256, comment=comment[:500],
        author=by,
    )  # fmt: skip
    record_about(rule, "submitted", reason=comment[:500], details=_details(revision, by))
    return revision


@transaction.atomic
def approve(*, revision: RuleRevision, by: User | None, comment: str = "") -> RuleApproval:
    """Let a revision into the next version. Only the newest, by somebody who wrote nothing of it, with examples of both kinds.

    by: None approves only what a release brought itself. Safe to repeat: an approved revision stays so, and its approval is returned.
    """
    rule = _judged_by(revision, by)
    newest = newest_revision(rule)
    if newest is None or newest.pk != revision.pk:
        raise RevisionOvertaken(newest=newest.number if newest else None)
    answer = revision.approvals.first()
    if answer is not None and answer.answer == Answer.APPROVED:
        return answer
    definition = parse(revision.definition)
    require_sound(definition)
    if missing := missing_kinds(rule.examples.all()):
        raise RuleExamplesFailed(f"{rule.name} still needs an example customer: {' and '.join(missing)}.", missing=missing)
    require_examples(rule, definition)
    return _answered(revision, Answer.APPROVED, by, comment)


@transaction.atomic
def return_(*, revision: RuleRevision, by: User, comment: str) -> RuleApproval:
    """Give a revision back to its author, or take an approval back: the approved one before it is then what is published next.

    Only of the newest revision, or of one that is approved. Safe to repeat.
    """
    rule = _judged_by(revision, by)
    require_reason(comment)
    newest, answer = newest_revision(rule), revision.approvals.first()
    is_approved = answer is not None and answer.answer == Answer.APPROVED
    if not is_approved and (newest is None or newest.pk != revision.pk):
        raise RevisionOvertaken(newest=newest.number if newest else None)
    if answer is not None and not is_approved:
        return answer
    return _answered(revision, Answer.RETURNED, by, comment)


@transaction.atomic
def retire(*, rule: Rule, by: User | None, reason: str) -> Rule:
    """Leave the rule out of the next version. Its slot stays its own for ever. Safe to repeat."""
    return _set_retired(rule, by, reason, is_retired=True)


@transaction.atomic
def unretire(*, rule: Rule, by: User | None, reason: str) -> Rule:
    """Take the rule into the next version again, as it was approved last. Safe to repeat."""
    return _set_retired(rule, by, reason, is_retired=False)


def newest_revision(rule: Rule) -> RuleRevision | None:
    return rule.revisions.order_by("-number").first()


def require_sound(definition: Definition) -> None:
    """Raises RuleInvalid where the checks find an error; warnings and hints pass."""
    if errors := errors_in(check(definition)):
        raise RuleInvalid(
            " ".join(one.message for one in errors[:3]), param=errors[0].path or None, findings=[one.as_json() for one in errors]
        )


def require_examples(rule: Rule, definition: Definition) -> None:
    """Raises RuleExamplesFailed with each example that is judged otherwise than it says."""
    failed = [one for one in run_examples(rule, definition) if not one.passed]
    if failed:
        told = [{"example": one.example.name, "reason": one.reason} for one in failed]
        raise RuleExamplesFailed(" ".join(f"{rule.name}, “{one['example']}”: {one['reason']}" for one in told[:3]), examples=told)


def _judged_by(revision: RuleRevision, by: User | None) -> Rule:
    """The revision's rule, locked, where this person may answer for it."""
    require(by, "rules.approve_rule")
    if by is not None and has_written(revision, by):
        raise ApproverIsAuthor(f"{by.get_username()} wrote this revision, or a part of it: somebody else must judge it.")
    if by is None and revision.author_id is not None:
        raise RuleNotAllowed("A person wrote this revision: a person must judge it.")
    return Rule.objects.select_for_update().get(pk=revision.rule_id)


def _answered(revision: RuleRevision, answer: RuleApproval.Answer, by: User | None, comment: str) -> RuleApproval:
    approval = RuleApproval.objects.create(revision=revision, answer=answer, by=by, comment=comment[:500])
    record_about(revision.rule, answer, reason=comment[:500], details=_details(revision, by))
    return approval


def _set_retired(rule: Rule, by: User | None, reason: str, *, is_retired: bool) -> Rule:
    require(by, "rules.approve_rule")
    require_reason(reason)
    if Rule.objects.filter(pk=rule.pk, is_retired=not is_retired).update(is_retired=is_retired):
        verb = "retired" if is_retired else "unretired"
        record_about(rule, verb, reason=reason[:500], details={"slug": rule.slug, "by": by.public_id if by else "release"})
    rule.refresh_from_db()
    return rule


def _details(revision: RuleRevision, by: User | None) -> dict[str, object]:
    return {"revision": revision.number, "sha256": revision.sha256, "by": by.public_id if by else "release"}
