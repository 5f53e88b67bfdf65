"""What became of a rule: its revisions and who answered what, each save of its draft, comments; and two of them compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from common import witness
from rules.admin.editor import Context, name_of, require, rule_context, rule_or_404
from rules.builder.comments import add_comment
from rules.builder.compare import differences, sentence_of, side_by_side, summary
from rules.builder.errors import BuilderRefused
from rules.builder.states import live_revisions
from rules.models import Rule, RuleComment, RuleRevision, RuleSave

MOST_SAVES = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """One state of the rule that can be compared. key: `draft`, `r<number>` or `s<number>`."""

    key: str
    words: str
    who: str
    at: datetime
    definition: dict[str, Any]
    note: str = ""
    answers: tuple[str, ...] = ()
    changed: str = ""


def stages(rule: Rule) -> list[Stage]:
    """The draft, every revision, and the saves of the draft, newest first in each."""
    live = live_revisions().get(rule.public_id)
    found = [
        Stage(
            "draft", f"Draft (save {rule.draft_number})", name_of(rule.changed_by or rule.created_by), rule.changed_at, rule.draft
        )
    ]
    revisions = list(rule.revisions.select_related("author").prefetch_related("approvals__by").order_by("-number"))
    for place, one in enumerate(revisions):
        before = revisions[place + 1].definition if place + 1 < len(revisions) else None
        found.append(_revision(one, before, is_live=one.number == live))
    saves = RuleSave.objects.filter(rule=rule).select_related("by").order_by("-number")[:MOST_SAVES]
    return found + [Stage(f"s{one.number}", f"Save {one.number}", name_of(one.by), one.at, one.draft) for one in saves]


def _revision(one: RuleRevision, before: dict[str, Any] | None, *, is_live: bool) -> Stage:
    answers = tuple(
        f"{each.get_answer_display()} by {name_of(each.by)}{f': “{each.comment}”' if each.comment else ''}"
        for each in one.approvals.all()
    )
    words = f"Revision {one.number}{', live' if is_live else ''}"
    changed = summary(before, one.definition) if before is not None else "The first."
    return Stage(
        f"r{one.number}",
        words,
        name_of(one.author),
        one.created_at,
        one.definition,
        one.comment,
        answers or ("waits for an answer",),
        changed,
    )


def history_page(request: HttpRequest, *, rule: Rule, context: Context, typed: str = "", fault: str = "") -> HttpResponse:
    require(request, "view_rule")
    witness.saw(rule)
    found = stages(rule)
    page = {
        **context, **rule_context(rule, request, "history"), "stages": found, "revisions": [one for one in found if one.key.startswith("r")],
        "saves": [one for one in found if one.key.startswith("s")], "sentence": sentence_of(rule.draft), "typed": typed, "fault": fault,
        "comments": RuleComment.objects.filter(rule=rule).select_related("by", "revision").order_by("pk"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/history.html", page, status=400 if fault else 200)


@require_POST
def comment_view(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    by = require(request, "change_rule")
    rule = rule_or_404(pk)
    text = request.POST.get("text", "")
    try:
        add_comment(rule=rule, text=text, by=by)
    except BuilderRefused as refused:
        return history_page(request, rule=rule, context=context, typed=text, fault=str(refused))
    messages.success(request, "Your comment is kept.")
    return HttpResponseRedirect(reverse("admin:rules_rule_history", args=[rule.pk]) + "#comments")


def compare_page(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """?a=r1&b=draft: two stages side by side. Left out: the live revision, or else the newest, against the draft."""
    require(request, "view_rule")
    rule = rule_or_404(pk)
    witness.saw(rule)
    found = {one.key: one for one in stages(rule)}
    first = next(
        (key for key in found if found[key].words.endswith(", live")), next((key for key in found if key != "draft"), "draft")
    )
    chosen = [found.get(request.GET.get("a", first)), found.get(request.GET.get("b", "draft"))]
    if None in chosen:
        raise Http404
    before, after = (one for one in chosen if one)
    page = {
        **context, **rule_context(rule, request, "history"), "stages": list(found.values()), "before": before, "after": after,
        "differences": differences(before.definition, after.definition), "lines": side_by_side(before.definition, after.definition),
        "sentences": (sentence_of(before.definition), sentence_of(after.definition)),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/compare.html", page)
