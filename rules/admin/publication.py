"""Publication: what the next one would change, the button, every version with its hash, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from common import witness
from common.admin_cells import row_url
from common.errors import PlatformError
from rules.admin.editor import Context, number_in, require
from rules.builder.compare import summary
from rules.builder.states import live_set
from rules.definition.parse import to_json
from rules.engine.ruleset import RuleEntry
from rules.models import Rule, RuleSetChange, RuleSetVersion
from rules.publishing.selectors import version_in_force
from rules.publishing.versions import approved_revisions, publish, roll_back, rules_in

MOST_VERSIONS, MOST_CHANGES = 100, 30


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that would be otherwise. what: `new`, `changed` or `left out`."""

    name: str
    url: str
    what: str
    words: str


def publish_page(request: HttpRequest, context: Context) -> HttpResponse:
    require(request, "view_rule")
    fault = ""
    if request.method == "POST":
        by = require(request, "publish_rule")
        seen = version_in_force()
        if request.POST.get("instead_of", "") != (str(seen.number) if seen else ""):
            fault = "Somebody published or rolled back meanwhile. Look at what would change now."
        else:
            try:
                done = publish(by=by, note=request.POST.get("note", ""), starts_run="starts_run" in request.POST)
            except PlatformError as refused:
                fault = refused.message
            else:
                messages.success(request, done.message)
                return HttpResponseRedirect(reverse("admin:rules_rule_publish"))
    return _show(request, context, fault)


def _show(request: HttpRequest, context: Context, fault: str) -> HttpResponse:
    in_force = version_in_force()
    witness.saw_list(RuleSetVersion, count=RuleSetVersion.objects.count())
    page = {
        **context, "title": "Publish and versions", "in_force": in_force, "changes": next_changes(), "approved": len(approved_revisions()),
        "versions": RuleSetVersion.objects.select_related("published_by")[:MOST_VERSIONS], "note": request.POST.get("note", ""),
        "history": RuleSetChange.objects.select_related("version", "before", "by")[:MOST_CHANGES], "fault": fault,
        "may_publish": request.user.has_perm("rules.publish_rule"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/publish.html", page, status=400 if fault else 200)


def next_changes() -> list[Change]:
    """What the next publication would change, rule by rule, in words."""
    after = {str(one.rule.public_id): dict(one.definition) for one in approved_revisions()}
    return _changes(_live_definitions(), after)


def _live_definitions() -> dict[str, dict[str, Any]]:
    live = live_set()
    return _definitions(live.rules) if live else {}


def _definitions(rules: tuple[RuleEntry, ...]) -> dict[str, dict[str, Any]]:
    return {one.public_id: to_json(one.definition) for one in rules}


def _changes(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[Change]:
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    rules = Rule.objects.in_bulk(differing, field_name="public_id")
    found = [_change(rules[key], before.get(key), after.get(key)) for key in differing if key in rules]
    return sorted(found, key=lambda one: (one.what, one.name))


def _change(rule: Rule, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    url = row_url("rules.Rule", rule.pk)
    if before is None:
        return Change(rule.name, url, "new", "It begins to reach customers.")
    if after is None:
        return Change(rule.name, url, "left out", "It reaches nobody any more.")
    return Change(rule.name, url, "changed", summary(before, after))


def roll_back_page(request: HttpRequest, context: Context) -> HttpResponse:
    """?to=<number>: what would change, why, and the button."""
    by = require(request, "publish_rule")
    asked = request.GET.get("to", "")
    version = get_object_or_404(RuleSetVersion, number=int(asked) if asked.isdecimal() and len(asked) < 9 else -1)
    witness.saw(version)
    in_force = version_in_force()
    fault, reason = "", request.POST.get("reason", "")
    if request.method == "POST":
        try:
            roll_back(version=version, by=by, reason=reason, instead_of=number_in(request.POST.get("instead_of", "")))
        except PlatformError as refused:
            fault = refused.message
        else:
            messages.success(request, f"Version {version.number} is in force again. Every process follows within seconds.")
            return HttpResponseRedirect(reverse("admin:rules_rule_publish"))
    try:
        changes = _changes(_live_definitions(), _definitions(rules_in(version)))
    except PlatformError as refused:
        changes, fault = [], fault or refused.message
    page = {**context, "title": f"Roll back to version {version.number}", "version": version, "in_force": in_force, "changes": changes,
            "reason": reason, "fault": fault}  # fmt: skip
    return TemplateResponse(request, "admin/rules/roll_back.html", page, status=400 if request.method == "POST" else 200)
