"""The page on which a rule is written, and what its script asks: save, preview, and words to choose from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from common import witness
from common.admin_cells import badge, row_url
from people.models import User
from rules.builder.compare import differences
from rules.builder.drafts import create_rule, read_draft, save_draft
from rules.builder.errors import BuilderRefused, DraftOvertaken, DraftUnreadable
from rules.builder.names import find_words, names_in
from rules.builder.patterns import PATTERNS, pattern_named
from rules.builder.preview import preview
from rules.builder.states import states
from rules.builder.vocabulary import AUDIENCES, CATEGORIES, CHANNELS, PRIORITIES, vocabulary
from rules.models import CustomerFeatures, Rule

Context = dict[str, Any]
HERE = {
    "examples": "Examples", "history": "History and comments", "submit": "Submit for approval", "answer": "Approval", "duplicate": "Duplicate",
}  # fmt: skip


def name_of(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else "a release"


def require(request: HttpRequest, permission: str) -> User:
    """The person, who may do this; else 403."""
    if not isinstance(request.user, User) or not request.user.has_perm(f"rules.{permission}"):
        raise PermissionDenied
    return request.user


def number_in(text: str) -> int | None:
    """The whole number that a form's hidden field sends back; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def seen_number(request: HttpRequest, name: str = "draft_number") -> int:
    """Which draft the person saw; −1, which no draft has, where that cannot be read."""
    number = number_in(request.POST.get(name, ""))
    return -1 if number is None else number


def rule_or_404(pk: int) -> Rule:
    return get_object_or_404(Rule.objects.select_related("changed_by", "created_by"), pk=pk)


def rule_context(rule: Rule, request: HttpRequest, here: str) -> Context:
    """What the head of every page about one rule shows. here: which of its pages this is."""
    state = states(Rule.objects.filter(pk=rule.pk))[rule.pk]
    tabs = [
        ("edit", "Edit", row_url("rules.Rule", rule.pk)),
        ("examples", "Examples", reverse("admin:rules_rule_examples", args=[rule.pk])),
        ("history", "History and comments", reverse("admin:rules_rule_history", args=[rule.pk])),
    ]
    if rule.slot is not None and request.user.has_perm("rules.view_snoopassignment"):
        tabs.append(("results", "Results", reverse("admin:rules_results", args=[rule.public_id])))
    return {
        "rule": rule, "state": state, "badges": [badge(*each) for each in state.badges], "tabs": tabs, "here": here,
        "title": f"{rule.name} · {HERE[here]}" if here in HERE else rule.name,
        "may_change": request.user.has_perm("rules.change_rule"), "may_approve": request.user.has_perm("rules.approve_rule"),
        "original": rule, "opts": Rule._meta,
    }  # fmt: skip


def editor_page(request: HttpRequest, *, rule: Rule, context: Context) -> HttpResponse:
    """GET shows the form, POST saves the draft: JSON to the page's script, else the page again with what was typed."""
    if request.method == "POST":
        return _save(request, rule, context)
    require(request, "view_rule")
    witness.saw(rule)
    return _form(request, rule, context, rule.draft)


def _form(request: HttpRequest, rule: Rule, context: Context, draft: Mapping[str, Any], **more: Any) -> HttpResponse:
    page = {
        **context, **rule_context(rule, request, "edit"), "draft": draft, "draft_number": rule.draft_number, "vocabulary": vocabulary(),
        "names": names_in(draft), "categories": CATEGORIES, "audiences": AUDIENCES, "channels": CHANNELS, "priorities": PRIORITIES,
        "families": list(Rule.objects.exclude(family="").order_by("family").values_list("family", flat=True).distinct()),
        "name": rule.name, "family": rule.family, **more,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/editor.html", page)


def _save(request: HttpRequest, rule: Rule, context: Context) -> HttpResponse:
    by = require(request, "change_rule")
    wants_json = "json" in request.headers.get("Accept", "")
    asked = request.POST
    number = seen_number(request)
    try:
        draft = read_draft(asked.get("draft", ""))
        name, family = asked.get("name", ""), asked.get("family", "")
        rule = save_draft(rule=rule, draft=draft, seen_number=number, by=by, name=name, family=family)
    except BuilderRefused as refused:
        return _refuse_json(refused) if wants_json else _form_again(request, rule, context, refused)
    if wants_json:
        return JsonResponse({"draft_number": rule.draft_number, "name": rule.name, "family": rule.family})
    messages.success(request, "The draft is saved.")
    return HttpResponseRedirect(row_url("rules.Rule", rule.pk))


def _refuse_json(refused: BuilderRefused) -> JsonResponse:
    """A conflict brings both versions: the page shows them side by side, and nothing is lost."""
    if not isinstance(refused, DraftOvertaken):
        return JsonResponse({"message": str(refused)}, status=400)
    theirs = refused.rule
    told = {
        "message": str(refused), "draft": theirs.draft, "draft_number": theirs.draft_number, "name": theirs.name, "family": theirs.family,
        "differences": [{"what": one.what, "before": one.before, "after": one.after} for one in differences(theirs.draft, refused.mine)],
    }  # fmt: skip
    return JsonResponse(told, status=409)


def _form_again(request: HttpRequest, rule: Rule, context: Context, refused: BuilderRefused) -> HttpResponse:
    """What was typed, wherever it can be read; the number is the one that the person saw, so that nobody is overtaken."""
    try:
        typed = read_draft(request.POST.get("draft", ""))
    except DraftUnreadable:
        typed = dict(rule.draft)
    seen = request.POST.get("draft_number", "")
    more = {"fault": str(refused), "is_unsaved": True, "draft_number": rule.draft_number if number_in(seen) is None else seen}
    return _form(
        request,
        rule,
        context,
        typed,
        name=request.POST.get("name", rule.name),
        family=request.POST.get("family", rule.family),
        **more,
    )


def preview_view(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """POST {draft}: what it says, whom it would reach, what is wrong with it. Nothing is kept."""
    require(request, "view_rule")
    rule = rule_or_404(pk)
    try:
        asked = read_draft(request.body.decode("utf-8", "replace"))
        draft = asked["draft"]
        if not isinstance(draft, dict):
            raise KeyError("draft")
    except (DraftUnreadable, KeyError, RawPostDataException):  # the last: a form was sent, not JSON
        return JsonResponse({"message": "The rule did not arrive whole."}, status=400)
    told = preview(draft=draft)
    if told["examples"]:
        witness.saw_list(CustomerFeatures, count=len(told["examples"]), filters={"rule": rule.public_id})
    return JsonResponse(told)


def words_view(request: HttpRequest, context: Context) -> HttpResponse:
    """?of=category|merchant&q=: what may be chosen, best first."""
    require(request, "view_rule")
    found = find_words(request.GET.get("of", ""), request.GET.get("q", "")[:80])
    return JsonResponse({"data": [{"value": value, "words": words, "soft": soft} for value, words, soft in found]})


def add_page(request: HttpRequest, *, context: Context) -> HttpResponse:
    """A name, and what to begin from: nothing, an example, or another rule."""
    by = require(request, "add_rule")
    key = request.POST.get("pattern") or request.GET.get("pattern") or "blank"
    typed = {"name": request.POST.get("name", ""), "family": request.POST.get("family", ""), "chosen": key}
    fault = ""
    if request.method == "POST":
        pattern = pattern_named(key)
        try:
            if pattern is None:
                raise BuilderRefused("Choose what to begin from.")
            rule = create_rule(name=typed["name"], draft=json.loads(json.dumps(pattern.draft)), by=by, family=typed["family"])
        except BuilderRefused as refused:
            fault = str(refused)
        else:
            return HttpResponseRedirect(row_url("rules.Rule", rule.pk))
    page = {**context, **typed, "title": "New Snoop", "patterns": PATTERNS, "fault": fault}
    return TemplateResponse(request, "admin/rules/add.html", page)
