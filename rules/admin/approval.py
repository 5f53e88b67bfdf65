"""Approval: a draft is put up, somebody else than its author looks at what it changes, and approves it or gives it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from common import witness
from common.admin_cells import row_url
from common.errors import PlatformError
from rules.admin.editor import Context, name_of, require, rule_context, rule_or_404, seen_number
from rules.builder.compare import differences, sentence_of
from rules.builder.dry import Dry, dry_of
from rules.builder.states import live_set
from rules.builder.trials import trials
from rules.builder.unfinished import Reading, read_unfinished
from rules.checks.check import check
from rules.checks.examples import missing_kinds
from rules.checks.findings import Finding
from rules.checks.overlaps import check_overlaps
from rules.definition.parse import to_json
from rules.engine.ruleset import RuleSet
from rules.models import Rule, RuleComment, RuleRevision
from rules.publishing.revisions import approve, newest_revision, return_, submit
from rules.publishing.selectors import waiting_revisions
from rules.publishing.versions import approved_revisions
from rules.publishing.writers import has_written


def submit_page(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """GET: what the checks and the examples say, and what would change. POST: the draft becomes a revision that waits."""
    by = require(request, "change_rule")
    rule = rule_or_404(pk)
    witness.saw(rule)
    fault, comment = "", request.POST.get("comment", "")
    if request.method == "POST":
        try:
            revision = submit(rule=rule, by=by, draft_number=seen_number(request), comment=comment)
        except PlatformError as refused:
            fault = refused.message
        else:
            messages.success(request, f"Revision {revision.number} waits for approval by somebody else.")
            return HttpResponseRedirect(reverse("admin:rules_rule_history", args=[rule.pk]))
    page = {**context, **rule_context(rule, request, "submit"), **_judged(rule, rule.draft), "comment": comment, "fault": fault}
    return TemplateResponse(request, "admin/rules/submit.html", page, status=400 if fault else 200)


def _judged(rule: Rule, definition: dict[str, Any]) -> Context:
    """What submitting and approving both look at."""
    read = read_unfinished(definition)
    found = trials(rule, read)
    rules = live_set()
    live = _live_json(rules, rule)
    findings = _findings(rule, read, rules)
    newest = newest_revision(rule)
    return {
        "complaints": read.complaints, "findings": findings, "trials": found,
        "failed": sum(not one.passed for one in found), "lacking": missing_kinds(rule.examples.all()), "sentence": sentence_of(definition),
        "live": live, "differences": differences(live, definition) if live else [], "dry": _dry(live, definition),
        "is_newest": newest is not None and newest.definition == definition,
    }  # fmt: skip


def _findings(rule: Rule, read: Reading, rules: RuleSet | None) -> list[Finding]:
    """What the checks say of the definition by itself, and beside the other rules that are live."""
    if read.definition is None or not read.is_whole:
        return []
    others = [one for one in rules.rules if one.public_id != rule.public_id] if rules else []
    return [*check(read.definition), *check_overlaps(read.definition, others)]


def _live_json(rules: RuleSet | None, rule: Rule) -> dict[str, Any] | None:
    entry = rules.by_id.get(str(rule.public_id)) if rules else None
    return to_json(entry.definition) if entry else None


def _dry(live: dict[str, Any] | None, definition: dict[str, Any]) -> Dry | None:
    """None where the draft is not whole."""
    read = read_unfinished(definition)
    before = read_unfinished(live).definition if live else None
    return dry_of(read.definition, before) if read.is_whole and read.definition else None


def waiting_page(request: HttpRequest, context: Context) -> HttpResponse:
    """What this person can answer, what waits for others, and what is approved but not yet published."""
    by = require(request, "view_rule")
    everything = waiting_revisions()
    live = live_set()
    mine = {one.pk for one in waiting_revisions(by)} if by.has_perm("rules.approve_rule") else set()
    rows = [(one, _changed(one, live), one.pk in mine, one.author_id == by.pk) for one in everything]
    witness.saw_list(RuleRevision, count=len(rows))
    ready = [one for one in approved_revisions() if _live_revision(live, one) != one.number]
    page = {
        **context, "title": "Approvals", "for_me": [row for row in rows if row[2]], "others": [row for row in rows if not row[2]],
        "ready": ready, "may_publish": by.has_perm("rules.publish_rule"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/waiting.html", page)


def _live_revision(live: RuleSet | None, one: RuleRevision) -> int | None:
    entry = live.by_id.get(str(one.rule.public_id)) if live else None
    return entry.revision if entry else None


def _changed(one: RuleRevision, live: RuleSet | None) -> str:
    before = _live_json(live, one.rule)
    if before is None:
        return "A new rule."
    found = differences(before, one.definition)
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(each.words for each in found[:3]) + more if found else "It says what is live."


def answer_page(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """The newest revision of a rule, against what is live; POST approve or return, with a comment."""
    by = require(request, "approve_rule")
    rule = rule_or_404(pk)
    witness.saw(rule)
    revision = newest_revision(rule)
    if revision is None:
        messages.warning(request, "This rule was never put up for approval.")
        return HttpResponseRedirect(row_url("rules.Rule", rule.pk))
    fault, comment = "", request.POST.get("comment", "")
    if request.method == "POST":
        fault = _answer(request, rule, revision, comment)
        if not fault:
            return HttpResponseRedirect(reverse("admin:rules_rule_waiting"))
    page = {
        **context, **rule_context(rule, request, "answer"), **_judged(rule, revision.definition), "revision": revision, "comment": comment,
        "author": name_of(revision.author), "is_mine": has_written(revision, by), "answers": revision.approvals.select_related("by"),
        "comments": _comments(rule), "fault": fault,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/answer.html", page, status=400 if fault else 200)


def _comments(rule: Rule) -> QuerySet[RuleComment]:
    return RuleComment.objects.filter(rule=rule).select_related("by").order_by("pk")


def _answer(request: HttpRequest, rule: Rule, revision: RuleRevision, comment: str) -> str:
    """Do what was asked; returns why it was refused, or nothing. The page names the revision that the person saw."""
    by = require(request, "approve_rule")
    if request.POST.get("revision") != str(revision.number):
        return "Somebody put up a newer revision meanwhile: this is it. Look at it before you answer."
    try:
        if request.POST.get("answer") == "approve":
            approve(revision=revision, by=by, comment=comment)
            messages.success(request, f"“{rule.name}” is approved. It goes live with the next publication.")
        elif request.POST.get("answer") == "return":
            return_(revision=revision, by=by, comment=comment)
            messages.success(request, f"“{rule.name}” is returned to its author.")
        else:
            return "Say whether you approve it or return it."
    except PlatformError as refused:
        return refused.message
    return ""
