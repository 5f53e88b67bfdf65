"""What to do about each kind of alert: the room's own texts (`texts/*.md`), and over them what leads wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from markdown_it import MarkdownIt

from people.models import User
from pos_monitor.alerts.errors import NotAllowed, TakenMeanwhile, Unsaid
from pos_monitor.alerts.services import may_lead
from pos_monitor.models import AlertRule, Playbook
from vault.audit.services import record_about

FOLDER: Final = Path(__file__).with_name("texts")
LONGEST: Final = 20_000
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})  # what looks like HTML is shown as text


@dataclass(frozen=True, slots=True)
class Text:
    """A playbook as it is in force. revision 0: the room's own."""

    slug: str
    body: str
    revision: int = 0
    written_by: User | None = None
    written_at: datetime | None = None

    @property
    def html(self) -> str:
        """Safe to show: raw HTML is not let through, and links lead to http, https, mailto or our own pages only."""
        return str(_markdown.render(self.body))


def playbook_for(rule: AlertRule) -> Text:
    """What holds for the rule: written for it, else for its kind, else the room's own text of either."""
    return _latest(rule.slug) or _latest(rule.kind) or _own(rule.slug) or _own(rule.kind) or Text(rule.slug, "")


def text_of(slug: str) -> Text:
    return _latest(slug) or _own(slug) or Text(slug, "")


def revisions(slug: str) -> list[Playbook]:
    return list(Playbook.objects.filter(slug=slug).select_related("written_by").order_by("-revision"))


@transaction.atomic
def write(*, slug: str, body: str, seen_revision: int, by: User) -> Playbook:
    """Put another text in force. seen_revision: the one that the person began with; TakenMeanwhile if there is another by now."""
    if not may_lead(by):
        raise NotAllowed("Playbooks are edited by leads of support.")
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise Unsaid(f"Write 1 to {LONGEST:,} characters.")
    if not (AlertRule.objects.filter(slug=slug).exists() or slug in AlertRule.Kind.values):
        raise Unsaid("There is no such rule or kind of rule.")
    latest = Playbook.objects.filter(slug=slug).order_by("-revision").first()
    if (latest.revision if latest else 0) != seen_revision:
        raise TakenMeanwhile("Somebody wrote another text meanwhile: read it, then write yours anew.")
    try:
        with transaction.atomic():
            row = Playbook.objects.create(slug=slug, revision=seen_revision + 1, body=body, written_by=by)
    except IntegrityError:
        raise TakenMeanwhile("Somebody wrote another text at the same moment: read it, then write yours anew.") from None
    record_about(row, "written")
    return row


def _latest(slug: str) -> Text | None:
    row = Playbook.objects.filter(slug=slug).select_related("written_by").order_by("-revision").first()
    return Text(slug, row.body, row.revision, row.written_by, row.written_at) if row else None


@lru_cache
def _own(slug: str) -> Text | None:
    file = FOLDER / f"{slug}.md"
    return Text(slug, file.read_text("utf-8")) if slug.replace("-", "").replace("_", "").isalnum() and file.is_file() else None
