"""Working through a deed: chunk by chunk, each with its checkpoint, so that a killed worker does nothing twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from eligibility.catalogue.basis import basis_at
from eligibility.catalogue.coverage import matching
from eligibility.catalogue.judging import judge, keep_judged
from eligibility.catalogue.leases import LeaseLost, give_back, renew, take
from eligibility.catalogue.locking import lock_catalogue
from eligibility.catalogue.patience import stand_back
from eligibility.catalogue.selectors import standing_decision, with_decisions
from eligibility.errors import ClassifierUnavailable
from eligibility.models import CatalogueDeed, Product, ProductDecision
from eligibility.reviews.asking import ask_for_review, wants_people
from eligibility.services.products import product_item
from merchants.models import Merchant
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
CHUNK: Final = 250
MAX_ATTEMPTS: Final = 10
Kind, State = CatalogueDeed.Kind, CatalogueDeed.State
Deeds = CatalogueDeed.objects
# What a chunk needs before its transaction, handed on into it: there it is kept, and how many changed is told.
Keep = Callable[[], int]


def carry_on(deed_id: int, *, until: float = float("inf")) -> bool:
    """Work on a deed until `until` (of `time.monotonic`); returns whether this worker may go on with it later."""
    worker = take(Deeds, deed_id)
    if worker is None:
        return False
    try:
        Deeds.filter(pk=deed_id, started_at=None).update(started_at=timezone.now())
        while time.monotonic() < until:
            stand_back(lambda: renew(Deeds, deed_id, worker))
            if not _advance(deed_id, worker):
                return False
    except LeaseLost:
        return False
    except Exception as error:  # whatever it was, the deed must not wait for ever: it counts as a try
        _failed(deed_id, worker, error)
        return False
    give_back(Deeds, deed_id, worker)
    return True


def waiting_deeds(now: datetime) -> list[int]:
    """Open deeds that nobody works on, the oldest first."""
    found = Deeds.filter(state__in=[State.QUEUED, State.RUNNING]).exclude(leased_until__gt=now)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _advance(deed_id: int, worker: str) -> bool:
    """One chunk; False after the last."""
    deed = Deeds.select_related("merchant").get(pk=deed_id)
    products = _next_products(deed)
    if not products:
        with transaction.atomic():
            renew(Deeds, deed.pk, worker, state=State.DONE, finished_at=timezone.now())
            deed.refresh_from_db()
            record_about(deed, "finished", details={"products": deed.rows_done, "changed": deed.rows_changed})
        return False
    keep = DO[deed.kind](deed.merchant, products)
    with transaction.atomic():
        changed = keep()
        renew(
            Deeds, deed.pk, worker, after_id=products[-1].pk, rows_done=F("rows_done") + len(products),
            rows_changed=F("rows_changed") + changed, attempts=0, error="",
        )  # fmt: skip
    return True


def _next_products(deed: CatalogueDeed) -> list[Product]:
    if deed.products:
        found = Product.objects.filter(merchant=deed.merchant, pk__in=[pk for pk in deed.products if pk > deed.after_id])
    else:
        found = matching(deed.merchant, deed.filters).filter(pk__gt=deed.after_id, pk__lte=deed.up_to_id)
    return list(with_decisions(found).order_by("pk")[:CHUNK])


def _switch(is_on: bool) -> Callable[[Merchant, Sequence[Product]], Keep]:
    def prepare(merchant: Merchant, products: Sequence[Product]) -> Keep:
        def keep() -> int:
            lock_catalogue(merchant.pk)
            others = Product.objects.filter(pk__in=[product.pk for product in products]).exclude(is_active=is_on)
            return others.update(is_active=is_on, vanished_at=None, updated_at=timezone.now())

        return keep

    return prepare


def _judge(merchant: Merchant, products: Sequence[Product]) -> Keep:
    basis = basis_at(timezone.now())
    judged = judge(merchant, products)
    return partial(keep_judged, merchant=merchant, judged=judged, basis=basis, cause=ProductDecision.Cause.ASKED)


def _review(merchant: Merchant, products: Sequence[Product]) -> Keep:
    """Puts before people what they can add something to; nothing is at stake in money yet, so sales come first."""
    known = [(product_item(product), standing_decision(product)) for product in products]
    asked = [(item, decision) for item, decision in known if decision is not None and wants_people(decision)]

    def keep() -> int:
        ask_for_review(merchant=merchant, judged=asked, amounts_cents=[0] * len(asked))
        return len(asked)

    return keep


DO: Final[Mapping[str, Callable[[Merchant, Sequence[Product]], Keep]]] = {
    Kind.SWITCH_ON: _switch(True), Kind.SWITCH_OFF: _switch(False), Kind.JUDGE: _judge, Kind.REVIEW: _review,
}  # fmt: skip


def _failed(deed_id: int, worker: str, error: Exception) -> None:
    """Leave it for a later try; after some in a row it has failed, and says so."""
    logger.warning("a deed stopped: %s", error, exc_info=not isinstance(error, ClassifierUnavailable))
    deed = Deeds.get(pk=deed_id)
    said = error.message if isinstance(error, ClassifierUnavailable) else "A part of the platform did not answer."
    ended = {"state": State.FAILED, "finished_at": timezone.now()} if deed.attempts + 1 >= MAX_ATTEMPTS else {}
    give_back(Deeds, deed_id, worker, attempts=deed.attempts + 1, error=said[:300], **ended)
