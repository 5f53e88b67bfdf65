"""What the page about changes of the catalogue shows: what comes, what came, what will not come after all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from eligibility.decision import STATUS_WORDS
from eligibility.lists.notices.words import Line, lines
from eligibility.models import ListNotice, ToldChange
from merchants.models import Merchant

TABS: Final = {"upcoming": "Coming", "changed": "Happened", "withdrawn": "Withdrawn"}
SOON: Final = timedelta(days=30)
Row = ListNotice | ToldChange


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; what makes no sense there is no limit."""

    state: str
    status: str
    first: date | None
    last: date | None

    @property
    def is_any(self) -> bool:
        return bool(self.status or self.first or self.last)

    @property
    def said(self) -> dict[str, str]:
        """As they stand in an address."""
        days = {"from": self.first, "to": self.last}
        given = {"state": self.state, "status": self.status} | {name: day.isoformat() for name, day in days.items() if day}
        return {name: value for name, value in given.items() if value}


def changes_of(merchant: Merchant, filters: Filters) -> QuerySet[Any]:
    """The rows in no order: what comes and what was withdrawn as it stands, what happened as it was told."""
    rows: QuerySet[Any]
    if filters.state == "changed":
        rows = ToldChange.objects.filter(merchant=merchant, state=ToldChange.State.CHANGED)
        rows = rows.select_related("product", "decision", "notice__list_source")
    else:
        rows = ListNotice.objects.filter(merchant=merchant, state=filters.state).select_related("product", "list_source")
    if filters.status:
        rows = rows.filter(new_status=filters.status)
    if filters.first:
        rows = rows.filter(effective_at__gte=datetime.combine(filters.first, time.min, tzinfo=merchant.zone))
    if filters.last:
        rows = rows.filter(effective_at__lt=datetime.combine(filters.last + timedelta(days=1), time.min, tzinfo=merchant.zone))
    return rows


def page_of(rows: QuerySet[Any], filters: Filters, *, cursor: str, limit: int) -> tuple[list[Row], str | None]:
    """What comes next first; what is over newest first. Stable while rows are added."""
    is_coming = filters.state == "upcoming"
    after = _read(cursor)
    if after and is_coming:
        rows = rows.filter(Q(effective_at__gt=after[0]) | Q(effective_at=after[0], pk__gt=after[1]))
    elif after:
        rows = rows.filter(Q(effective_at__lt=after[0]) | Q(effective_at=after[0], pk__lt=after[1]))
    found = list(rows.order_by(*_order(is_coming=is_coming))[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], f"{int(last.effective_at.timestamp() * 1_000_000)}.{last.pk}" if last else None


def _order(*, is_coming: bool) -> tuple[str, str]:
    return ("effective_at", "pk") if is_coming else ("-effective_at", "-pk")


def _read(cursor: str) -> tuple[datetime, int] | None:
    moment, _, pk = cursor.partition(".")
    if not (moment.isascii() and moment.isdigit() and pk.isascii() and pk.isdigit() and len(cursor) <= 40):
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(moment)), min(int(pk), 2**63 - 1)
    except OverflowError:
        return None


def rows_shown(rows: list[Row], merchant: Merchant) -> list[dict[str, Any]]:
    return [_shown(row, line) for row, line in zip(rows, lines(rows, merchant), strict=True)]


def _shown(row: Row, line: Line) -> dict[str, Any]:
    return {
        "line": line, "url": reverse("portal:product", args=[line.product_id]),
        "successor_url": reverse("portal:product", args=[line.successor.public_id]) if line.successor else "",
        "is_announced": isinstance(row, ToldChange) and row.is_announced,
    }  # fmt: skip


def counts(merchant: Merchant) -> dict[str, int]:
    """How many of each kind, of all times."""
    found = dict(
        ListNotice.objects.filter(merchant=merchant).exclude(state="quiet").values_list("state").annotate(Count("pk")).order_by()
    )
    happened = ToldChange.objects.filter(merchant=merchant, state=ToldChange.State.CHANGED).count()
    return {"upcoming": found.get("upcoming", 0), "changed": happened, "withdrawn": found.get("withdrawn", 0)}


def soon(merchant: Merchant) -> dict[str, Any] | None:
    """For the home page: what comes within 30 days; None where nothing does."""
    coming = ListNotice.objects.filter(
        merchant=merchant,
        state=ListNotice.State.UPCOMING,
        effective_at__gt=timezone.now(),
        effective_at__lte=timezone.now() + SOON,
    )
    found = coming.aggregate(count=Count("pk"), first_at=Min("effective_at"))
    if not found["count"]:
        return None
    becoming = coming.order_by().values_list("new_status").annotate(count=Count("pk"))
    return {**found, "becoming": sorted(((count, STATUS_WORDS[status].lower()) for status, count in becoming), reverse=True)}


def filters_of(said: Mapping[str, str], day_of: Callable[[str], date | None]) -> Filters:
    state, status = said.get("state", ""), said.get("status", "")
    return Filters(
        state=state if state in TABS else "upcoming", status=status if status in STATUS_WORDS else "",
        first=day_of(said.get("from", "")), last=day_of(said.get("to", "")),
    )  # fmt: skip
