"""How old the lists of card ranges are. Acquirers send one each month; after that new cards are taken for ordinary ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from checkout.models import BinImport, BinRange
from notices.services.tell import notify

SANDBOX: Final = "sandbox"  # its ranges are made up and never grow old
NO_LIST: Final = "none"


@dataclass(frozen=True, slots=True)
class SourceAge:
    """A source whose ranges are in force, when its newest list was applied, and how many ranges it has."""

    source: str
    applied_at: datetime
    ranges: int

    def days(self, now: datetime) -> float:
        return (now - self.applied_at) / timedelta(days=1)

    def is_stale(self, now: datetime) -> bool:
        return self.source != SANDBOX and self.days(now) > settings.CARD_BINS_STALE_DAYS


def ages() -> list[SourceAge]:
    """The sources of the table, oldest list first. A step back to an earlier list is no newer word of the source."""
    ranges = dict(BinRange.objects.filter(ended_by=None).values_list("source").annotate(Count("pk")))
    newest = dict(
        BinImport.objects.filter(Q(state=BinImport.State.APPLIED), restores=None)
        .values_list("source")
        .annotate(Max("applied_at"))
    )
    found = [SourceAge(source, newest[source], count) for source, count in ranges.items()]
    return sorted(found, key=lambda one: one.applied_at)


def tell_of_old_lists() -> int:
    """Tell whoever keeps the lists of each that is overdue, once a day; where real cards are taken, of none at all. Returns how many."""
    now, known = timezone.now(), ages()
    stale = [(one.source, int(one.days(now))) for one in known if one.is_stale(now)]
    if not settings.IS_SANDBOX and all(one.source == SANDBOX for one in known):
        stale.append((NO_LIST, 0))
    for source, days in stale:
        notify(topic="card_bins.stale", subject=source, context={"source": source, "days": days})
    return len(stale)
