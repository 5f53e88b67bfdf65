"""What can be asked of approvals and versions."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from people.models import User
from rules.models import Rule, RuleApproval, RuleRevision, RuleSetPointer, RuleSetServing, RuleSetVersion
from rules.publishing.watch import GONE_AFTER
from rules.publishing.writers import with_writers, written_by


def waiting_revisions(for_user: User | None = None) -> QuerySet[RuleRevision]:
    """The newest revision of each rule that nobody answered yet, oldest first. for_user: without those of which this person wrote something."""
    newest = RuleRevision.objects.filter(rule=OuterRef("rule")).order_by("-number").values("pk")[:1]
    answered = RuleApproval.objects.filter(revision=OuterRef("pk"))
    rows = RuleRevision.objects.filter(pk=Subquery(newest), rule__is_retired=False).exclude(Exists(answered))
    if for_user is not None:
        rows = with_writers(rows).exclude(written_by(for_user))
    return rows.select_related("rule", "author").order_by("created_at", "pk")


def approved_revision(rule: Rule) -> RuleRevision | None:
    """What the next publication would take of this rule."""
    answer = RuleApproval.objects.filter(revision=OuterRef("pk")).order_by("-pk").values("answer")[:1]
    return rule.revisions.annotate(newest_answer=Subquery(answer)).filter(newest_answer="approved").order_by("-number").first()


def version_in_force() -> RuleSetVersion | None:
    pointer = RuleSetPointer.objects.select_related("live").filter(key="rules").first()
    return pointer.live if pointer is not None else None


@dataclass(frozen=True, slots=True)
class Process:
    """What one process serves. is_current: it serves what is in force; is_gone: it said nothing for a minute."""

    row: RuleSetServing
    is_current: bool
    is_gone: bool


def processes() -> list[Process]:
    """Every process that said what it serves in the last minutes."""
    pointer, now = RuleSetPointer.objects.filter(key="rules").first(), timezone.now()
    in_force = pointer.live_id if pointer is not None else None
    return [
        Process(row, is_current=row.version_id == in_force and not row.fault, is_gone=now - row.seen_at > GONE_AFTER)
        for row in RuleSetServing.objects.select_related("version")
    ]
