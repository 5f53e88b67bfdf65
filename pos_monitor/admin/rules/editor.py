"""The page on which an alert rule is written, and the sentence that its script asks for while somebody types."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from common import witness
from common.admin_cells import row_url
from merchants.models import Merchant
from pos_monitor.admin.guard import require
from pos_monitor.admin.rules import forms
from pos_monitor.admin.rules.doors import rule_or_404
from pos_monitor.admin.rules.past import changes_of
from pos_monitor.admin.rules.trial_pages import WHILES, newest_trial
from pos_monitor.judging.kinds import KINDS, parameters_of
from pos_monitor.judging.parameters import AlertRuleInvalid
from pos_monitor.judging.services import (
    AlertRuleOvertaken,
    RuleForm,
    change_rule,
    create_rule,
    override_words,
    sentence,
    switch_rule,
)
from pos_monitor.models import AlertRule, Severity, TerminalGroup

Context = dict[str, Any]
MERCHANTS_LISTED: Final = 200
KIND_LEADS: Final = {
    "threshold": "Battery below 15 %, paper out, a queue of offline sales above 20.",
    "absence": "Nothing has come for three and a half of its intervals.",
    "rate": "More than 20 % failed sales in 15 minutes; API errors of an online store.",
    "anomaly": "Much slower than the others of its region, or of its model.",
    "version_drift": "It does not run what its group should run.",
    "geofence": "It is more than 5 km from its store.",
    "prediction": "The battery will be empty in less than 2 hours.",
    "trend": "The card reader fails more and more.",
}


def add_page(request: HttpRequest, context: Context) -> HttpResponse:
    """First which kind (?kind=…), then its form."""
    require(request, "add_alertrule")
    kind = request.GET.get("kind", "")
    if kind not in KINDS:
        kinds = [(word, AlertRule.Kind(word).label, KIND_LEADS[word]) for word in KINDS]
        return TemplateResponse(request, "admin/fleet/rules/kinds.html", {**context, "title": "New alert rule", "kinds": kinds})
    form, complaints, status = None, {}, 200
    if request.method == "POST":
        form = forms.read(request.POST, kind)
        try:
            rule = create_rule(form=form)
        except AlertRuleInvalid as refused:
            complaints, status = refused.complaints, 422
        else:
            messages.success(request, f"“{rule.name}” is {'judged from now on' if rule.is_on else 'stored, and off'}.")
            return HttpResponseRedirect(row_url("pos_monitor.AlertRule", rule.pk))
    page = _page(request, kind=kind, rule=None, form=form, complaints=complaints)
    return TemplateResponse(
        request, "admin/fleet/rules/editor.html", {**context, **page, "title": "New alert rule"}, status=status
    )


def change_page(request: HttpRequest, rule: AlertRule | None, context: Context) -> HttpResponse:
    require(request, "view_alertrule")
    if rule is None:
        raise Http404
    witness.saw(rule)
    form, complaints, status = None, {}, 200
    if request.method == "POST":
        require(request, "change_alertrule")
        form = forms.read(request.POST, rule.kind)
        try:
            changed = change_rule(
                rule=rule, form=form, seen_revision=_revision(request), reason=request.POST.get("reason", "")[:300]
            )
        except AlertRuleInvalid as refused:
            complaints, status = refused.complaints, 422
        except AlertRuleOvertaken as refused:
            complaints, status = {"overtaken": refused.message}, 409
        else:
            messages.success(
                request, "Saved: it is judged so from now on." if changed.revision != rule.revision else "Nothing was changed."
            )
            return HttpResponseRedirect(row_url("pos_monitor.AlertRule", rule.pk))
    page = _page(request, kind=rule.kind, rule=rule, form=form, complaints=complaints)
    return TemplateResponse(request, "admin/fleet/rules/editor.html", {**context, **page, "title": rule.name}, status=status)


@require_POST
def switch_view(request: HttpRequest, pk: int, context: Context) -> HttpResponse:
    """On or off, by one button of the rule's page."""
    require(request, "change_alertrule")
    rule = rule_or_404(pk)
    is_on = request.POST.get("on") == "1"
    if switch_rule(rule=rule, is_on=is_on):
        messages.success(
            request, "On: it is judged from now on." if is_on else "Off: nobody is told any more, and its open alerts end."
        )
    return HttpResponseRedirect(row_url("pos_monitor.AlertRule", pk))


@require_POST
def words_view(request: HttpRequest, context: Context) -> HttpResponse:
    """POST a form: {"sentence", "complaints"}, while somebody types. Stores nothing."""
    require(request, "view_alertrule")
    kind = request.POST.get("kind", "")
    if kind not in KINDS:
        raise Http404
    form = forms.read(request.POST, kind)
    try:
        form.checked()
        complaints: dict[str, str] = {}
    except AlertRuleInvalid as refused:
        complaints = refused.complaints
    try:
        said = parameters_of(kind, form.parameters).sentence()
    except AlertRuleInvalid:
        said = ""
    return JsonResponse({"sentence": said, "complaints": complaints})


def _page(
    request: HttpRequest, *, kind: str, rule: AlertRule | None, form: RuleForm | None, complaints: dict[str, str]
) -> Context:
    shown: Any = form or rule or AlertRule(kind=kind)
    values = forms.typed_values(request.POST, kind) if form else rule.parameters if rule else forms.defaults(kind)
    typed = request.POST if form else {}
    return {
        "rule": rule, "kind": kind, "kind_words": AlertRule.Kind(kind).label, "kind_lead": KIND_LEADS[kind], "shown": shown,
        "merchant": typed.get("merchant", shown.merchant.public_id if shown.merchant else ""),
        "fields": forms.fields(kind, values, complaints), "complaints": complaints,
        "fault": complaints.get("overtaken") or ("Not saved: mend what is marked." if complaints else ""),
        "other_complaints": [complaints[name] for name in ("kind", "overrides") if name in complaints],
        "severities": Severity.choices, "merchants": Merchant.objects.order_by("name").values_list("public_id", "name")[:MERCHANTS_LISTED],
        "may_change": request.user.has_perm("pos_monitor.change_alertrule" if rule else "pos_monitor.add_alertrule"),
        "sentence": sentence(rule) if rule and not form else "", "seen_revision": typed.get("revision", rule.revision if rule else 0),
        "whiles": WHILES, "trial": newest_trial(rule, request.user), "reason": typed.get("reason", ""),
        "overrides": _overrides(rule), "groups": TerminalGroup.objects.order_by("name") if rule else [],
        "changes": changes_of(rule) if rule else [], "words_url": reverse("admin:pos_monitor_alertrule_words"),
        "trial_url": reverse("admin:pos_monitor_alertrule_trial"),
    }  # fmt: skip


def _overrides(rule: AlertRule | None) -> list[tuple[Any, str]]:
    found = rule.overrides.select_related("group", "rule").order_by("group__name") if rule else []
    return [(override, override_words(override)) for override in found]


def _revision(request: HttpRequest) -> int:
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1
