"""The addresses of the curator's pages, and what several of them share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from rules.admin import approval, editor, examples, history, publication, small, table
from rules.publishing.selectors import waiting_revisions

ADDRESSES = (
    ("words/", editor.words_view, "words"),
    ("table/", table.table_page, "table"),
    ("waiting/", approval.waiting_page, "waiting"),
    ("publish/", publication.publish_page, "publish"),
    ("roll-back/", publication.roll_back_page, "roll_back"),
    ("<int:pk>/preview/", editor.preview_view, "preview"),
    ("<int:pk>/examples/", examples.examples_page, "examples"),
    ("<int:pk>/compare/", history.compare_page, "compare"),
    ("<int:pk>/comment/", history.comment_view, "comment"),
    ("<int:pk>/duplicate/", small.duplicate_page, "duplicate"),
    ("retire/", small.retire_page, "retire"),
    ("<int:pk>/submit/", approval.submit_page, "submit"),
    ("<int:pk>/answer/", approval.answer_page, "answer"),
)
history_page = history.history_page


def waiting_for(user: Any) -> int:
    """How many revisions this person could answer."""
    return len(waiting_revisions(user)) if user.has_perm("rules.approve_rule") else 0


def with_list(request: HttpRequest, words: str) -> None:
    request.admin_list_name = words  # type: ignore[attr-defined]
