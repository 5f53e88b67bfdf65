"""The inbox: incidents, the worst first, kept up to date in small parts, with what can be done to many at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.models import Permission
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from common.admin_cells import badge
from merchants.models import Merchant
from people.models import User
from pos_monitor.admin.guard import until_in
from pos_monitor.alerts import services
from pos_monitor.alerts.countdown import countdown, span
from pos_monitor.alerts.errors import Unsaid
from pos_monitor.alerts.selectors import A_PAGE, VIEWS, Filters, counts, inbox
from pos_monitor.models import AlertRule, Incident, Severity

OVERLAP: Final = timedelta(seconds=10)  # a change is seen when it is committed, later than the moment that stands in it
SEVERITY_TONES: Final = {1: "info", 2: "warn", 3: "fault"}
STATE_TONES: Final = {"open": "fault", "acknowledged": "info", "resolved": "good"}
SNOOZES: Final = ((60, "for an hour"), (240, "for 4 hours"), (1440, "for a day"), (4320, "for 3 days"), (10000, "for a week"))
Do = Callable[[Collection[int], User, dict[str, str]], int]


def shown(incident: Incident, now: datetime) -> dict[str, Any]:
    """What a row of the inbox says."""
    return {
        "incident": incident, "clock": countdown(incident, now), "severity": badge(incident.get_severity_display(), SEVERITY_TONES[incident.severity]),
        "state": badge(incident.get_state_display(), STATE_TONES[incident.state]),
        "since": span(now - (incident.acknowledged_at or incident.opened_at)), "age": span(now - incident.began_at),
    }  # fmt: skip


def page_context(request: HttpRequest, filters: Filters, user: User) -> dict[str, Any]:
    """The whole page."""
    now = timezone.now()
    found = inbox(filters, user)
    rows = list(found[(filters.page - 1) * A_PAGE : filters.page * A_PAGE + 1])
    tallies = counts(filters, user)
    kept = {name: word for name, word in filters.words.items() if name != "view"}
    return {
        "title": "Inbox", "filters": filters, "rows": [shown(row, now) for row in rows[:A_PAGE]], "has_more": len(rows) > A_PAGE,
        "views": [(view, words, tallies.get(view), _query({**kept, "view": view})) for view, words in VIEWS.items()],
        "order": order_of(rows[:A_PAGE]), "now": now, "may_work": services.may_work(user), "people": people(),
        "rules": AlertRule.objects.order_by("name").values_list("slug", "name"), "severities": Severity.choices,
        "scopes": Incident.Scope.choices, "snoozes": SNOOZES,
        "merchants": Merchant.objects.filter(terminals__isnull=False).distinct().order_by("name").values_list("public_id", "name"),
        "is_narrowed": any(name in filters.words for name in ("severity", "rule", "merchant", "scope", "q")),
        "here": _query(filters.words), "previous": filters.page - 1, "next": filters.page + 1,
    }  # fmt: skip


def changes(request: HttpRequest, filters: Filters, user: User) -> JsonResponse:
    """What is another since the page was drawn: rows that changed, the order of all if it changed, the tallies of the views."""
    now = timezone.now()
    since = parse_datetime(request.GET.get("since", "")) or now - timedelta(days=3650)
    found = inbox(filters, user)
    keys = list(found.values_list("pk", "changed_at")[(filters.page - 1) * A_PAGE : filters.page * A_PAGE])
    order = order_of_keys([pk for pk, _ in keys])
    known = set() if order == request.GET.get("order") else {pk for pk, _ in keys}
    moved = [pk for pk, changed in keys if changed >= since - OVERLAP]
    seen = {int(pk) for pk in request.GET.get("seen", "").split(",") if pk.isdecimal()}
    wanted = set(moved) | (known - seen if known else set())
    rows = {row.pk: shown(row, now) for row in found.filter(pk__in=wanted)} if wanted else {}
    may_work = services.may_work(user)
    return JsonResponse(
        {
            "now": now.isoformat(), "order": order, "ids": [pk for pk, _ in keys] if known or not keys else None,
            "rows": {pk: render_to_string("admin/fleet/_incident_row.html", {"row": row, "may_work": may_work}) for pk, row in rows.items()},
            "counts": counts(filters, user),
        }
    )  # fmt: skip


def order_of(rows: list[Incident]) -> str:
    return order_of_keys([row.pk for row in rows])


def order_of_keys(keys: list[int]) -> str:
    """A short word that is another when other rows are shown, or in another order."""
    found = 0
    for key in keys:
        found = (found * 1_000_003 + key) % (1 << 52)
    return f"{len(keys)}.{found:x}"


def people() -> list[User]:
    """Who may have an incident: everybody with a role that works on them."""
    rights = Q(codename="change_incident", content_type__app_label="pos_monitor")
    groups = Permission.objects.filter(rights).values("group")
    found = User.objects.filter(Q(groups__in=groups) | Q(is_superuser=True), is_active=True, is_staff=True)
    return list(found.distinct().order_by("username")[:200])


def _assign(pks: Collection[int], by: User, form: dict[str, str]) -> int:
    to = by if form.get("to") == "me" else next((one for one in people() if str(one.pk) == form.get("to")), None)
    if to is None and form.get("to") != "nobody":
        raise Unsaid("Choose who gets it.")
    return services.assign(pks, to=to, by=by)


def _snooze(pks: Collection[int], by: User, form: dict[str, str]) -> int:
    until = until_in(form.get("until", ""))
    if until is None:
        raise Unsaid("Choose until when.")
    return services.snooze(pks, until=until, by=by, reason=form.get("reason", ""))


# verb -> (what it did, in words, doing it)
DEEDS: Final[dict[str, tuple[str, Do]]] = {
    "acknowledge": ("acknowledged", lambda pks, by, form: services.acknowledge(pks, by=by)),
    "assign": ("assigned", _assign),
    "snooze": ("snoozed", _snooze),
    "wake": ("woken", lambda pks, by, form: services.wake(pks, by=by)),
    "resolve": ("resolved", lambda pks, by, form: services.resolve(pks, by=by, reason=form.get("reason", ""))),
}


def said(verb: str, done: int, chosen: int) -> str:
    """What happened, for whoever clicked."""
    word = DEEDS[verb][0]
    if chosen == 1:
        return f"The incident is {word}." if done else f"It was {word} already: nothing changed."
    left = f" {chosen - done} were so already, or over." if done < chosen else ""
    return f"{done} of {chosen} incidents {word}.{left}"


def _query(words: dict[str, str] | Any) -> str:
    return urlencode(words)
