"""How many payments failed, and of what: asked over a span of days for one merchant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, FilteredRelation, Q, Sum

from checkout.declines.causes import CAUSE_OF_FAILURE, CAUSES, Cause, CauseWords
from checkout.declines.table import explain
from checkout.models import Payment, Tender
from merchants.models import Merchant


@dataclass(slots=True)
class CauseCount:
    """One cause's failed payments: how many, over how many cents, by the network's code ("" where no issuer answered)."""

    cause: Cause
    count: int = 0
    amount_cents: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def words(self) -> CauseWords:
        return CAUSES[self.cause]


@dataclass(frozen=True, slots=True)
class DeclineFigures:
    """Attempts to pay that ended in the span: those that were captured and those that failed, and the latter by cause, most first."""

    captured: int
    failed: int
    failed_cents: int
    causes: tuple[CauseCount, ...]

    @property
    def attempts(self) -> int:
        return self.captured + self.failed

    @property
    def failed_share(self) -> float:
        return self.share(self.failed)

    def share(self, count: int) -> float:
        """Of all attempts, 0 to 1; 0 where there were none."""
        return count / self.attempts if self.attempts else 0.0


def decline_figures(merchant: Merchant, *, start: datetime, end: datetime) -> DeclineFigures:
    """The merchant's attempts in [start, end). Two queries, each on an index of its own: captured by time, failed by time."""
    captured = Payment.objects.filter(
        merchant=merchant, status=Payment.Status.CAPTURED, captured_at__gte=start, captured_at__lt=end
    ).count()
    counts: dict[Cause, CauseCount] = {}
    for failure, code, count, cents in _failed(merchant, start, end):
        cause = explain(code).cause if code else CAUSE_OF_FAILURE.get(failure, Cause.OTHER)
        one = counts.setdefault(cause, CauseCount(cause))
        one.count += count
        one.amount_cents += cents
        one.codes[code or ""] += count
    causes = tuple(sorted(counts.values(), key=lambda one: (-one.count, one.cause)))
    return DeclineFigures(captured, sum(one.count for one in causes), sum(one.amount_cents for one in causes), causes)


def _failed(merchant: Merchant, start: datetime, end: datetime) -> list[tuple[str, str | None, int, int]]:
    """(failure code, response code of the card that said no, how many, cents). An attempt ends with the first no, so it has one at most."""
    failed = Payment.objects.filter(merchant=merchant, status=Payment.Status.FAILED, created_at__gte=start, created_at__lt=end)
    said_no = FilteredRelation("tenders", condition=Q(tenders__status=Tender.Status.DECLINED))
    rows = failed.annotate(said_no=said_no).order_by().values_list("failure_code", "said_no__response_code")
    return list(rows.annotate(Count("pk"), Sum("amount_cents")))
