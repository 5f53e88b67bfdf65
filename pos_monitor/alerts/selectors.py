"""What the inbox asks: incidents by filters that stand in its address, severity first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.scopes import across_merchants
from people.models import User
from pos_monitor.models import Alert, Incident

State = Incident.State
VIEWS: Final = {
    "open": "Needs somebody", "mine": "Mine", "taken": "Taken", "late": "Late", "snoozed": "Snoozed", "muted": "In maintenance",
    "resolved": "Over",
}  # fmt: skip
A_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """As they stand in the address; what is not known is left out."""

    view: str = "open"
    severity: int | None = None
    rule: str = ""
    merchant: str = ""
    scope: str = ""
    q: str = ""
    page: int = 1
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Filters:
        view = given.get("view", "open")
        severity = given.get("severity", "")
        page = given.get("page", "1")
        words = {name: str(given[name]) for name in ("view", "severity", "rule", "merchant", "scope", "q") if given.get(name)}
        return cls(
            view if view in VIEWS else "open", int(severity) if severity in ("1", "2", "3") else None, str(given.get("rule", "")),
            str(given.get("merchant", "")), str(given.get("scope", "")), str(given.get("q", "")).strip()[:80],
            min(int(page), 1000) if page.isdecimal() and page != "0" else 1, words,
        )  # fmt: skip


def in_view(view: str, user: User) -> Q:
    """The condition of one of the inbox's views."""
    now = timezone.now()
    asleep = Q(snoozed_until__gt=now)
    live = ~Q(state=State.RESOLVED) & Q(is_muted=False)
    late = Q(state=State.OPEN, answer_due_at__lte=now) | Q(state=State.ACKNOWLEDGED, repair_due_at__lte=now)
    return {
        "open": live & ~asleep & Q(state=State.OPEN), "mine": live & Q(owner=user), "taken": live & ~asleep & Q(state=State.ACKNOWLEDGED),
        "late": live & ~asleep & late, "snoozed": live & asleep, "muted": ~Q(state=State.RESOLVED) & Q(is_muted=True),
        "resolved": Q(state=State.RESOLVED) & ~Q(resolution=Incident.Resolution.MERGED),
    }[view]  # fmt: skip


def inbox(filters: Filters, user: User) -> QuerySet[Incident]:
    """Incidents of a view, the worst first and of these the oldest; of what is over the newest first."""
    found = _narrowed(Incident.objects.filter(in_view(filters.view, user)), filters).select_related("rule", "owner", "merchant")
    if filters.view == "resolved":
        return found.order_by("-resolved_at", "-pk")
    return found.order_by("-severity", "opened_at", "pk")


def counts(filters: Filters, user: User) -> dict[str, int]:
    """How many stand in each view that is not over, with the other filters kept. One query."""
    rows = _narrowed(Incident.objects.exclude(state=State.RESOLVED), filters)
    return rows.aggregate(**{view: Count("pk", filter=in_view(view, user)) for view in VIEWS if view != "resolved"})


def of_merchant(merchant_pk: int) -> QuerySet[Incident]:
    """Incidents that hit terminals of this merchant, whoever else they hit, as far as their rules are for merchants.

    own_terminals, own_open: how many of the merchant's terminals were hit, and still are. What else an incident hits is nobody's
    business: show these, never the incident's own counts.
    """
    with across_merchants("an incident of many merchants is each one's whose terminals it hits"):
        mine = Alert.objects.filter(incident=OuterRef("pk"), terminal__merchant=merchant_pk).order_by().values("incident")
        number = Count("terminal", distinct=True)
        found = Incident.objects.filter(is_muted=False, rule__tells_merchant=True).exclude(resolution=Incident.Resolution.MERGED)
        return found.filter(Exists(mine)).select_related("rule").annotate(
            own_terminals=Subquery(mine.annotate(n=number).values("n")),
            own_open=Coalesce(Subquery(mine.filter(resolved_at=None).annotate(n=number).values("n")), 0),
        )  # fmt: skip


def alerts_of(terminal_pk: int) -> QuerySet[Alert]:
    """A terminal's alerts as its merchant may see them."""
    return Alert.objects.filter(terminal=terminal_pk, rule__tells_merchant=True, incident__is_muted=False).select_related(
        "rule", "incident"
    )


def _narrowed(found: QuerySet[Incident], filters: Filters) -> QuerySet[Incident]:
    if filters.severity:
        found = found.filter(severity=filters.severity)
    if filters.rule:
        found = found.filter(rule__slug=filters.rule)
    if filters.scope:
        found = found.filter(scope=filters.scope)
    if filters.merchant:
        hit = Alert.objects.filter(incident=OuterRef("pk"), terminal__merchant__public_id=filters.merchant)
        found = found.filter(Q(merchant__public_id=filters.merchant) | Exists(hit))
    if filters.q:
        said = Alert.objects.filter(incident=OuterRef("pk")).filter(
            Q(terminal__serial__iexact=filters.q)
            | Q(terminal__public_id=filters.q)
            | Q(terminal__store__name__icontains=filters.q)
        )
        found = found.filter(Q(title__icontains=filters.q) | Q(public_id=filters.q) | Exists(said))
    return found
