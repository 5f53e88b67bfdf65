"""A rule's trial on history: asked for from its page before anything is saved, and looked at while it runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from pos_monitor.admin.guard import require
from pos_monitor.admin.rules import forms
from pos_monitor.admin.rules.doors import rule_or_404
from pos_monitor.judging import trials
from pos_monitor.judging.kinds import KINDS
from pos_monitor.judging.measures import MEASURES, SHARES
from pos_monitor.judging.parameters import AlertRuleInvalid, plain
from pos_monitor.models import AlertRule, RuleTrial

Context = dict[str, Any]
WHILES: Final = {"1": "the last hour", "6": "the last 6 hours", "24": "the last day", "168": "the last 7 days"}
OPEN: Final = (RuleTrial.State.WAITING, RuleTrial.State.RUNNING)


def newest_trial(rule: AlertRule | None, user: Any) -> RuleTrial | None:
    """What this person asked last about this rule."""
    return RuleTrial.objects.filter(rule=rule, by=user).first() if rule else None


@require_POST
def ask_view(request: HttpRequest, context: Context) -> HttpResponse:
    """POST the form as it stands, saved or not: {"url"} of the trial, or 422 with complaints."""
    by = require(request, "view_alertrule")
    kind, hours, pk = request.POST.get("kind", ""), request.POST.get("while", ""), request.POST.get("rule", "")
    if kind not in KINDS or hours not in WHILES:
        raise Http404
    rule = rule_or_404(int(pk)) if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None
    until = timezone.now()
    try:
        draft = forms.draft_of(forms.read(request.POST, kind), rule)
        trial = trials.ask(draft=draft, since=until - timedelta(hours=int(hours)), until=until, by=by)
    except AlertRuleInvalid as refused:
        return JsonResponse({"complaints": refused.complaints}, status=422)
    return JsonResponse({"url": reverse("admin:pos_monitor_alertrule_trial_state", args=[trial.public_id])})


def trial_view(request: HttpRequest, public_id: str, context: Context) -> HttpResponse:
    """How far it is, or what it found, as a part of the page; POST stops it. The header tells its state."""
    require(request, "view_alertrule")
    trial = get_object_or_404(RuleTrial, public_id=public_id, by=request.user)
    if request.method == "POST":
        trials.cancel(trial)
        trial.refresh_from_db()
    response = TemplateResponse(request, "admin/fleet/rules/_trial.html", {"trial": trial, **trial_context(trial)})
    response["X-Trial-State"] = "open" if trial.state in OPEN else "over"
    return response


def trial_context(trial: RuleTrial | None) -> dict[str, Any]:
    """What the part of the page shows: words, bars and examples."""
    if trial is None or trial.state != RuleTrial.State.DONE:
        return {"percent": round(100 * trial.share) if trial else 0}
    result = trial.result
    bars = result.get("bars", [])
    step = (trial.until - trial.since) / max(1, len(bars))
    most = max([1, *bars])
    return {
        "percent": 100,
        "unit": _unit(trial),
        "most": most,
        "bars": [
            {"x": place, "height": round(40 * count / most, 1) if count else 0, "y": 40 - round(40 * count / most, 1), "count": count,
             "at": trial.since + step * place}
            for place, count in enumerate(bars)
        ],
        "busy_bars": [{"at": trial.since + step * place, "count": count} for place, count in enumerate(bars) if count],
        "examples": [
            {**each, "value": None if each["value"] is None else plain(each["value"]), "began_at": datetime.fromisoformat(each["began_at"]),
             "ended_at": datetime.fromisoformat(each["ended_at"]) if each["ended_at"] else None}
            for each in result.get("examples", [])
        ],
    }  # fmt: skip


def _unit(trial: RuleTrial) -> str:
    """Of the values of its examples, with a space before it."""
    measure = trial.parameters.get("measure", "")
    if trial.kind in ("rate", "trend", "anomaly") and measure in SHARES:
        return " %" if SHARES[measure].whole else ""
    unit = {"absence": "s of silence", "geofence": "km", "prediction": "minutes left"}.get(trial.kind)
    unit = MEASURES[measure].unit if unit is None and measure in MEASURES else unit
    return f" {unit}" if unit else ""
