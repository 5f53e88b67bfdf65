"""Duplicate a rule; retire rules, or take them back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from common import witness
from common.admin_cells import list_url, row_url
from common.errors import PlatformError
from rules.admin.editor import Context, require, rule_context, rule_or_404
from rules.builder.drafts import duplicate_rule
from rules.builder.errors import BuilderRefused
from rules.builder.retiring import MOST, retire_rules
from rules.builder.states import states
from rules.models import Rule


def duplicate_page(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """A new rule with this one's draft and examples, under a name of its own."""
    by = require(request, "add_rule")
    rule = rule_or_404(pk)
    witness.saw(rule)
    name = request.POST.get("name", f"{rule.name} (copy)"[:120])
    fault = ""
    if request.method == "POST":
        try:
            copy = duplicate_rule(rule=rule, name=name, by=by)
        except BuilderRefused as refused:
            fault = str(refused)
        else:
            messages.success(request, f"This is the copy of “{rule.name}”, a draft of its own.")
            return HttpResponseRedirect(row_url("rules.Rule", copy.pk))
    page = {**context, **rule_context(rule, request, "duplicate"), "name": name, "fault": fault}
    return TemplateResponse(request, "admin/rules/duplicate.html", page, status=400 if fault else 200)


def retire_page(request: HttpRequest, context: Context) -> HttpResponse:
    """?ids=1,2: leave these out of the next version; with &back=1, take them in again. What is live stays until somebody publishes."""
    by = require(request, "approve_rule")
    asked = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal() and len(one) < 19][: MOST + 1]
    restores = "back" in request.GET
    rules = list(Rule.objects.filter(pk__in=asked, is_retired=restores).order_by("name", "pk"))
    if request.method == "POST" and not rules:
        raise Http404
    witness.saw_list(Rule, count=len(rules), filters={"ids": request.GET.get("ids", "")})
    reason, fault = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            count = retire_rules(rules=rules, by=by, reason=reason, is_retired=not restores)
        except (BuilderRefused, PlatformError) as refused:
            fault = str(refused)
        else:
            words = "restored" if restores else "retired"
            messages.success(
                request, f"{count} {'rule' if count == 1 else 'rules'} {words}. It counts from the next publication on."
            )
            return HttpResponseRedirect(row_url("rules.Rule", rules[0].pk) if count == 1 else list_url("rules.Rule"))
    found = states(Rule.objects.filter(pk__in=[rule.pk for rule in rules]))
    page = {
        **context, "title": "Restore rules" if restores else "Retire rules", "rows": [(rule, found[rule.pk]) for rule in rules],
        "restores": restores, "reason": reason, "fault": fault, "n_live": sum(bool(found[rule.pk].live_revision) for rule in rules),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rules/retire.html", page, status=400 if fault else 200)
