"""Deeds for many products: asked for and stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from eligibility.catalogue.coverage import matching
from eligibility.catalogue.errors import DeedEmpty, JobEnded, TooManyJobs
from eligibility.catalogue.locking import lock_uploads
from eligibility.models import CatalogueDeed, Product
from merchants.models import Merchant
from vault.audit.services import record_about

MAX_OPEN: Final = 5
Kind, State = CatalogueDeed.Kind, CatalogueDeed.State


@transaction.atomic
def ask_deed(
    *, merchant: Merchant, kind: str, by: str, filters: Mapping[str, str], chosen: Sequence[str] | None = None
) -> CatalogueDeed:  # fmt: skip
    """Queue a deed for the products that were chosen (public ids), or, where none were named, for all that the filters find.

    Raises DeedEmpty, TooManyJobs.
    """
    lock_uploads(merchant.pk)
    if CatalogueDeed.objects.filter(merchant=merchant, state__in=[State.QUEUED, State.RUNNING]).count() >= MAX_OPEN:
        raise TooManyJobs(f"{MAX_OPEN} deeds of yours wait or are under way: wait for one to end, or stop one.")
    products: list[int] = []
    if chosen is not None:
        products = list(Product.objects.filter(merchant=merchant, public_id__in=chosen).values_list("pk", flat=True))
        found = {"total": len(products), "newest": max(products, default=0)}
    else:
        found = matching(merchant, filters).aggregate(total=Count("pk"), newest=Max("pk"))
    if not found["total"]:
        raise DeedEmpty()
    deed = CatalogueDeed.objects.create(
        merchant=merchant, kind=kind, by=by[:120], products=products, filters={} if products else dict(filters),
        up_to_id=found["newest"], rows_total=found["total"],
    )  # fmt: skip
    record_about(deed, "asked", details={"kind": kind, "products": deed.rows_total, "filters": sorted(deed.filters)})
    transaction.on_commit(partial(_start, deed.pk))
    return deed


def stop_deed(*, deed: CatalogueDeed) -> CatalogueDeed:
    """What is done stays done. Raises JobEnded."""
    with transaction.atomic():
        still = CatalogueDeed.objects.filter(pk=deed.pk, state__in=[State.QUEUED, State.RUNNING])
        if not still.update(state=State.CANCELLED, finished_at=timezone.now()):
            raise JobEnded()
        deed.refresh_from_db()
        record_about(deed, "stopped", details={"rows_done": deed.rows_done})
    return deed


def deeds_of(merchant: Merchant) -> QuerySet[CatalogueDeed]:
    return CatalogueDeed.objects.filter(merchant=merchant)


def deed_for(merchant: Merchant, public_id: str) -> CatalogueDeed:
    """The merchant's deed; another merchant's id is a 404."""
    return get_object_or_404(CatalogueDeed, merchant=merchant, public_id=public_id)


def _start(deed_id: int) -> None:
    from eligibility.catalogue.tasks import run_catalogue_deed, soon  # tasks call services

    soon(run_catalogue_deed, deed_id)
