"""What became of each rule, in one line of a list: whom it reaches now, and how many followed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone

from common.admin_cells import NOTHING
from rules.models import CurrentRun, SnoopFeedback
from rules.results.by_rule import count_by_rule

ACT_DAYS: Final = 90  # long enough for a rule that few meet, short enough to follow a change


@dataclass(frozen=True, slots=True)
class Reach:
    """customers: who qualified in the current run, None where it did not judge the rule. seen, acted: customers of the last 90 days."""

    customers: int | None = None
    of: int = 0
    seen: int = 0
    acted: int = 0

    @property
    def customers_words(self) -> str:
        if self.customers is None:
            return NOTHING
        share = f" ({self.customers / self.of:.1%})" if self.of else ""
        return f"{self.customers:,}{share}"

    @property
    def act_rate_words(self) -> str:
        return f"{self.acted / self.seen:.1%} of {self.seen:,}" if self.seen else NOTHING


def reach_of() -> dict[int, Reach]:
    """Rule's row id -> its reach, of every rule of the current run or with feedback."""
    pointer = CurrentRun.objects.select_related("run").first()
    run = pointer.run if pointer else None
    counts = count_by_rule(run) if run else {}
    done = _feedback()
    nobody = (0, 0)
    return {
        rule: Reach(counts.get(rule), run.customers if run else 0, *done.get(rule, nobody))
        for rule in counts.keys() | done.keys()
    }


def _feedback() -> dict[int, tuple[int, int]]:
    since = timezone.now() - timedelta(days=ACT_DAYS)
    kind = SnoopFeedback.Kind
    rows = (
        SnoopFeedback.objects.filter(at__gte=since, kind__in=[kind.SEEN, kind.ACTED])
        .order_by()
        .values("rule")
        .annotate(
            seen=Count("customer", Q(kind=kind.SEEN), distinct=True), acted=Count("customer", Q(kind=kind.ACTED), distinct=True)
        )
    )
    return {row["rule"]: (max(row["seen"], row["acted"]), row["acted"]) for row in rows}
