"""What is otherwise for one group of terminals."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from common import witness
from common.admin_cells import row_url
from pos_monitor.admin.guard import require
from pos_monitor.admin.rules import forms
from pos_monitor.admin.rules.doors import rule_or_404
from pos_monitor.admin.rules.editor import Context
from pos_monitor.judging.parameters import AlertRuleInvalid
from pos_monitor.judging.services import sentence, set_override
from pos_monitor.models import AlertRule, AlertRuleOverride, Severity, TerminalGroup


def group_page(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """?group=<id>: the rule's own values stand beside; what is left empty stays as the rule says."""
    require(request, "change_alertrule")
    rule = rule_or_404(pk)
    group = get_object_or_404(TerminalGroup, public_id=request.GET.get("group", ""))
    witness.saw(rule)
    override = AlertRuleOverride.objects.filter(rule=rule, group=group).first() or AlertRuleOverride(rule=rule, group=group)
    complaints: dict[str, str] = {}
    if request.method == "POST":
        complaints = _save(request, rule, group)
        if not complaints:
            messages.success(request, f"Saved for {group.name}.")
            return HttpResponseRedirect(row_url("pos_monitor.AlertRule", rule.pk))
        values: Any = forms.typed_values(request.POST, rule.kind)
    else:
        values = override.parameters
    page = {
        **context, "title": f"{rule.name} in {group.name}", "rule": rule, "group": group, "override": override, "sentence": sentence(rule),
        "fields": forms.fields(rule.kind, values, complaints, of_rule=rule.parameters), "complaints": complaints,
        "severities": Severity.choices, "terminals": group.terminals.filter(state="active").count(),
        "fault": "Not saved: mend what is marked." if complaints else "",
        "other_complaints": [words for name, words in complaints.items() if name not in rule.parameters],
    }  # fmt: skip
    return TemplateResponse(request, "admin/fleet/rules/group.html", page, status=422 if complaints else 200)


def _save(request: HttpRequest, rule: AlertRule, group: TerminalGroup) -> dict[str, str]:
    typed = request.POST.get("severity", "")
    try:
        set_override(
            rule=rule,
            group=group,
            parameters={} if "forget" in request.POST else forms.parameters(request.POST, rule.kind, differing=True),
            severity=int(typed) if typed in {"1", "2", "3"} and "forget" not in request.POST else None,
            is_off="is_off" in request.POST and "forget" not in request.POST,
        )
    except AlertRuleInvalid as refused:
        return refused.complaints
    return {}
