"""Do the acquirer's files still come? A feed that stops says nothing: no difference is found, and no dispute is answered in time.

Clearing is late where money moved on a day of which, days later, no file has told; a day on which nothing moved needs none. Dispute
files come each day too, empty ones included; the sandbox's come only when somebody makes one, and are never late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from checkout.clearing.match import GRACE, MONEY_KINDS
from checkout.models import ClearingFile, DisputeMessageFile, NetworkAdvice
from notices.services.tell import notify

TOPIC: Final = "card_files.late"


@dataclass(frozen=True, slots=True)
class LateFeed:
    """A kind of file that does not come, and for how many days it is awaited."""

    kind: str  # "clearing" or "dispute"
    days: int


def late_feeds() -> list[LateFeed]:
    """The feeds that are overdue."""
    waits = {"clearing": _clearing_waits(settings.CLEARING_LATE_DAYS)}
    if not settings.IS_SANDBOX:
        waits["dispute"] = _disputes_wait(settings.DISPUTES_LATE_DAYS)
    return [LateFeed(kind, (timezone.now() - since).days) for kind, since in waits.items() if since]


def tell_of_late_feeds() -> int:
    """Tell the people of risk of each feed that is overdue, once a day; returns how many."""
    late = late_feeds()
    for feed in late:
        notify(topic=TOPIC, subject=feed.kind, context={"kind": feed.kind, "days": feed.days})
    return len(late)


def _clearing_waits(days: int) -> datetime | None:
    """Since when money that moved after the newest file's day waits for its file, if for longer than `days`."""
    newest = ClearingFile.objects.aggregate(newest=Max("business_on"))["newest"]
    after = datetime.combine(newest + timedelta(days=1), time(), UTC) - GRACE if newest else None
    return _moved(after=after, before=timezone.now() - timedelta(days=days))


def _disputes_wait(days: int) -> datetime | None:
    """Since when no file has come, if for longer than `days`; where none ever has, since money first moved."""
    before = timezone.now() - timedelta(days=days)
    newest: datetime | None = DisputeMessageFile.objects.aggregate(newest=Max("taken_at"))["newest"]
    if newest is None:
        return _moved(after=None, before=before)
    return newest if newest < before else None


def _moved(*, after: datetime | None, before: datetime) -> datetime | None:
    """When money first moved between two times. Asked with each look of a monitor: on time, the index by day finds an empty span."""
    moved = NetworkAdvice.objects.filter(
        kind__in=MONEY_KINDS, acknowledged_at__isnull=False, is_refused=False, created_at__lt=before
    )
    moved = moved.filter(created_at__gte=after).order_by("created_at") if after else moved.order_by("pk")
    first: datetime | None = moved.values_list("created_at", flat=True).first()
    return first
