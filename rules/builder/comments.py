"""What curators say to each other about a rule."""

from __future__ import annotations

from django.db import transaction

from people.models import User
from rules.builder.errors import BuilderRefused
from rules.models import Rule, RuleComment, RuleRevision
from vault.audit.services import record_about

LONGEST = 2000


@transaction.atomic
def add_comment(*, rule: Rule, text: str, by: User, revision: RuleRevision | None = None) -> RuleComment:
    """Say something about a rule, or about one revision of it. Plain text; kept for good. Raises BuilderRefused."""
    text = text.replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST or "\x00" in text:
        raise BuilderRefused(f"Write a comment of 1 to {LONGEST:,} characters.")
    newest = RuleComment.objects.filter(rule=rule).last()
    if newest and (newest.by_id, newest.text, newest.revision_id) == (by.pk, text, revision.pk if revision else None):
        return newest  # sent twice
    comment = RuleComment.objects.create(rule=rule, text=text, by=by, revision=revision)
    record_about(rule, "commented")
    return comment
