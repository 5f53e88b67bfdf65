"""Judging what lists will do to products, and telling their merchants what they do not know yet.

A notice that is not settled is judged as of just before and at its moment, by the same door as everything else. Then what the
merchant believes (`state`) is brought to what follows, in one transaction with what is told: a death in the middle tells
nothing, and the next worker tells it once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from eligibility.catalogue.locking import lock_catalogue
from eligibility.catalogue.told import announcement, last_announcements, tell, withdrawal
from eligibility.decision import Decision
from eligibility.models import ListNotice, ToldChange
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from merchants.models import Merchant

BATCH: Final = 250  # as many as a re-decision judges at a time
JUST: Final = timedelta(microseconds=1)  # as finely as moments are kept
State = ListNotice.State
SETTLED: Final = ["is_settled", "state", "old_status", "new_status", "reason", "announced_at", "ended_at"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a product is judged to be just before a moment, and at it."""

    before: Decision
    then: Decision

    @property
    def is_change(self) -> bool:
        return self.before.status != self.then.status


@dataclass(slots=True)
class _Outcome:
    kept: list[ListNotice] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    told: list[ToldChange] = field(default_factory=list)


def merchants_to_settle() -> list[int]:
    return list(ListNotice.objects.filter(is_settled=False).order_by("merchant").values_list("merchant", flat=True).distinct())


def settle(merchant: Merchant) -> int:
    """Judge the merchant's next unsettled notices and tell of them; returns how many were looked at: zero where none is left.

    Safe to repeat and beside itself. Raises ClassifierUnavailable, and then nothing was told.
    """
    looked = _unsettled(merchant)
    if not looked:
        return 0
    outlooks = _outlooks(merchant, looked, timezone.now())
    with transaction.atomic():
        lock_catalogue(merchant.pk)
        fresh = ListNotice.objects.select_for_update(of=("self",)).select_related("product", "list_source")
        rows = fresh.filter(pk__in=[one.pk for one in looked], is_settled=False).order_by("pk")
        seen = {one.pk: one.revision for one in looked}
        same = [row for row in rows if row.revision == seen[row.pk]]  # the others were doubted anew meanwhile
        _keep(merchant, _outcome(same, outlooks, timezone.now()))
    return len(looked)


def _unsettled(merchant: Merchant) -> list[ListNotice]:
    rows = ListNotice.objects.filter(merchant=merchant, is_settled=False).select_related("product")
    return list(rows.order_by("pk")[:BATCH])


def _outlooks(merchant: Merchant, notices: Iterable[ListNotice], now: datetime) -> dict[int, Outlook]:
    """Notice -> outlook, of those that lists say still and that are still to come."""
    by_moment: dict[datetime, list[ListNotice]] = defaultdict(list)
    for notice in notices:
        if notice.is_said and notice.effective_at > now:
            by_moment[notice.effective_at].append(notice)
    found: dict[int, Outlook] = {}
    for moment, some in by_moment.items():
        items = [product_item(notice.product) for notice in some]
        before, then = decide(items, merchant, as_of=moment - JUST), decide(items, merchant, as_of=moment)
        found.update({notice.pk: Outlook(*pair) for notice, *pair in zip(some, before, then, strict=True)})
    return found


def _outcome(notices: Sequence[ListNotice], outlooks: Mapping[int, Outlook], now: datetime) -> _Outcome:
    """What the merchant believes from now on, and what it must be told for that. First what will not come, then what will."""
    last = last_announcements(notice for notice in notices if notice.state == State.UPCOMING)
    found, coming = _Outcome(), []
    for notice in notices:
        notice.is_settled = True
        if notice.effective_at <= now:  # too late to announce anything: `passing` sees what came of it
            found.kept.append(notice)
            continue
        outlook = outlooks.get(notice.pk)
        will_change = outlook is not None and outlook.is_change
        if notice.state == State.UPCOMING and not (outlook and will_change and _is_known(notice, outlook)):
            found.told.append(withdrawal(notice, last.get(notice.pk)))
            notice.state, notice.ended_at = State.WITHDRAWN, now
        if outlook and will_change and notice.state != State.UPCOMING:
            notice.old_status, notice.new_status = outlook.before.status, outlook.then.status
            notice.reason, notice.state, notice.announced_at, notice.ended_at = outlook.then.reason, State.UPCOMING, now, None
            coming.append(announcement(notice, outlook.then, old_status=outlook.before.status))
        if notice.state == State.QUIET and not notice.is_said:
            found.dropped.append(notice.pk)
        else:
            found.kept.append(notice)
    found.told += coming
    return found


def _is_known(notice: ListNotice, outlook: Outlook) -> bool:
    return (notice.old_status, notice.new_status) == (outlook.before.status, outlook.then.status)


def _keep(merchant: Merchant, outcome: _Outcome) -> None:
    ListNotice.objects.filter(pk__in=outcome.dropped).delete()
    ListNotice.objects.bulk_update(outcome.kept, SETTLED, batch_size=BATCH)
    tell(merchant, outcome.told)
