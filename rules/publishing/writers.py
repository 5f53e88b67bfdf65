"""Who wrote a revision: not only who put it up. Whoever saved a draft of it since the last one that others approved wrote it too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from people.models import User
from rules.models import RuleApproval, RuleRevision, RuleSave

BEFORE_EVERYTHING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def with_writers(rows: QuerySet[RuleRevision]) -> QuerySet[RuleRevision]:
    """The revisions, ready to be asked `written_by`. reviewed_at: until when somebody else had already judged all that was written."""
    answer = RuleApproval.objects.filter(revision=OuterRef("pk")).order_by("-pk").values("answer")[:1]
    before = RuleRevision.objects.filter(rule=OuterRef("rule"), number__lt=OuterRef("number"))
    approved = before.annotate(newest_answer=Subquery(answer)).filter(newest_answer=RuleApproval.Answer.APPROVED)
    return rows.annotate(
        reviewed_at=Coalesce(Subquery(approved.order_by("-number").values("created_at")[:1]), Value(BEFORE_EVERYTHING))
    )


def written_by(person: User) -> Q:
    """A condition on `with_writers`: the person put it up, or saved what went into it."""
    saved = RuleSave.objects.filter(
        rule=OuterRef("rule"), by=person, at__gt=OuterRef("reviewed_at"), at__lte=OuterRef("created_at")
    )
    return Q(author=person) | Q(Exists(saved))


def has_written(revision: RuleRevision, person: User) -> bool:
    """Did this person put the revision up, or save a draft that went into it?"""
    return with_writers(RuleRevision.objects.filter(pk=revision.pk)).filter(written_by(person)).exists()
