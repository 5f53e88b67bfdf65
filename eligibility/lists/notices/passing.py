"""Announced changes whose moment has come: done, or withdrawn where the product is judged otherwise than was announced."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from eligibility.catalogue.locking import lock_catalogue
from eligibility.catalogue.told import last_announcements, tell, withdrawal
from eligibility.models import ListNotice
from merchants.models import Merchant

BATCH: Final = 500
QUIET_KEPT: Final = timedelta(days=7)  # what changed no status needs nobody once it is over
State = ListNotice.State


def end_passed(now: datetime | None = None) -> int:
    """End what has passed and was judged since; returns how many. Most has ended with the decision already. Safe to repeat."""
    now = now or timezone.now()
    merchants = list(_passed(now).order_by("merchant").values_list("merchant", flat=True).distinct())
    return sum(_end(merchant, now) for merchant in Merchant.objects.filter(pk__in=merchants).order_by("pk"))


def _passed(now: datetime) -> QuerySet[ListNotice]:
    judged_at = Coalesce("product__current_decision__lists_at", "product__current_decision__checked_at")
    return ListNotice.objects.annotate(judged_at=judged_at).filter(
        state=State.UPCOMING, effective_at__lte=now, judged_at__gte=F("effective_at")
    )


@transaction.atomic
def _end(merchant: Merchant, now: datetime) -> int:
    lock_catalogue(merchant.pk)
    found = _passed(now).filter(merchant=merchant).select_related("product__current_decision", "list_source")
    notices = list(found.select_for_update(of=("self",)).order_by("effective_at", "pk")[:BATCH])
    last = last_announcements(notices)
    otherwise = [notice for notice in notices if notice.product.current_decision.status != notice.new_status]
    tell(merchant, [withdrawal(notice, last.get(notice.pk)) for notice in otherwise])
    for state, some in ((State.WITHDRAWN, otherwise), (State.DONE, [one for one in notices if one not in otherwise])):
        ListNotice.objects.filter(pk__in=[one.pk for one in some]).update(state=state, ended_at=now)
    return len(notices)


def forget_quiet(now: datetime) -> int:
    """Forget what was never told and is over."""
    old = ListNotice.objects.filter(state=State.QUIET, effective_at__lt=now - QUIET_KEPT).order_by("pk").values("pk")[:5_000]
    return int(ListNotice.objects.filter(pk__in=old).delete()[0])
