"""Once a day a merchant's people are written what was told: what will change, what will not after all, what has changed unannounced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from eligibility.catalogue.locking import lock_catalogue
from eligibility.models import ChangeDigest, ListNotice, ToldChange
from merchants.models import Merchant
from notices.services.tell import notify

TOPIC: Final = "eligibility.changes"
FROM_HOUR: Final = 7  # of the merchant's day: what is announced overnight is read in the morning
State = ToldChange.State


def write_due(now: datetime | None = None) -> int:
    """Write to each merchant's people that have something to hear, from seven in their morning on; returns to how many merchants.

    Safe to repeat and beside itself: a day has one row, made in the transaction that tells of it, and each goes on where the
    one before ended.
    """
    now = now or timezone.now()
    return sum(_write(merchant, day) for merchant, day in _due(now))


def _due(now: datetime) -> Iterator[tuple[Merchant, date]]:
    told = ToldChange.objects.filter(merchant=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    written = ChangeDigest.objects.filter(merchant=OuterRef("pk")).order_by("-pk").values("until_id")[:1]
    found = Merchant.objects.annotate(told_id=Subquery(told), written_id=Coalesce(Subquery(written), 0))
    for merchant in found.filter(told_id__gt=F("written_id")).order_by("pk"):
        local = now.astimezone(merchant.zone)
        if local.hour >= FROM_HOUR and not ChangeDigest.objects.filter(merchant=merchant, day_on=local.date()).exists():
            yield merchant, local.date()


@transaction.atomic
def _write(merchant: Merchant, day: date) -> bool:
    lock_catalogue(merchant.pk)  # what is told meanwhile comes after it
    if ChangeDigest.objects.filter(merchant=merchant, day_on=day).exists():
        return False
    after = ChangeDigest.objects.filter(merchant=merchant).aggregate(last=Max("until_id"))["last"] or 0
    until = ToldChange.objects.filter(merchant=merchant).aggregate(last=Max("pk"))["last"] or 0
    digest = ChangeDigest(merchant=merchant, day_on=day, after_id=after, until_id=until)
    counts = dict(lines_of(digest).order_by().values_list("state").annotate(Count("pk")))
    if not counts:
        return False  # nothing that is still news: it waits for the next that is
    digest.upcoming, digest.withdrawn, digest.changed = (
        counts.get(state, 0) for state in (State.UPCOMING, State.WITHDRAWN, State.CHANGED)
    )
    digest.save()
    first = lines_of(digest).filter(state=State.UPCOMING).order_by("effective_at").values_list("effective_at", flat=True).first()
    context = {
        "upcoming": digest.upcoming, "withdrawn": digest.withdrawn, "changed": digest.changed, "changes": sum(counts.values()),
        "first_on": f"{first.astimezone(merchant.zone):%B} {first.astimezone(merchant.zone).day}" if first else "",
    }  # fmt: skip
    notify(topic=TOPIC, subject=digest.public_id, merchant=merchant, context=context)
    return True


def lines_of(digest: ChangeDigest) -> QuerySet[ToldChange]:
    """What the letter is about: the news in it that still hold. What came as announced is none, nor what was announced and
    withdrawn between two letters."""
    rows = ToldChange.objects.filter(merchant=digest.merchant_id, pk__gt=digest.after_id, pk__lte=digest.until_id)
    newer = ToldChange.objects.filter(notice=OuterRef("notice"), pk__gt=OuterRef("pk"), pk__lte=digest.until_id)
    known = ToldChange.objects.filter(notice=OuterRef("notice"), state=State.UPCOMING, pk__lte=digest.after_id)
    still = Q(state=State.UPCOMING, notice__state__in=[ListNotice.State.UPCOMING, ListNotice.State.DONE]) & ~Exists(newer)
    undone = Q(state=State.WITHDRAWN, notice__state=ListNotice.State.WITHDRAWN) & Exists(known) & ~Exists(newer)
    return rows.filter(still | undone | Q(state=State.CHANGED, is_announced=False))
