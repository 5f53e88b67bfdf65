"""Judging every product again after what decisions rest on has changed: in the background, chunk by chunk, from checkpoints."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from eligibility.catalogue.basis import Basis, Cause, basis_at
from eligibility.catalogue.leases import LeaseLost, give_back, renew, take
from eligibility.catalogue.locking import lock_catalogue
from eligibility.catalogue.patience import stand_back
from eligibility.catalogue.selectors import current_of
from eligibility.catalogue.store import Judged, confirm, fingerprint, store_decisions
from eligibility.errors import ClassifierUnavailable
from eligibility.models import Product, RedecisionRun
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from merchants.models import Merchant
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
CHUNK: Final = 250  # about half a second of work: so long may a sale have to wait until we stand back
MAX_ATTEMPTS: Final = 5
State = RedecisionRun.State


def start_redecision(*, cause: str, merchant: Merchant | None = None) -> tuple[RedecisionRun, bool]:
    """Open a run, and say whether it is new: while one is open there is no other. Who asks has it judge everything anew;
    after a change only what the change may concern is judged."""
    try:
        with transaction.atomic():
            run = RedecisionRun.objects.create(
                cause=cause, merchant=merchant, basis=basis_at(timezone.now()).as_json(), rows_total=_products(merchant).count()
            )
            record_about(run, "opened", details={"cause": cause, "products": run.rows_total})
        return run, True
    except IntegrityError:
        if (run_now := open_run()) is None:  # it ended this very moment
            return start_redecision(cause=cause, merchant=merchant)
        return run_now, False


def open_run() -> RedecisionRun | None:
    return RedecisionRun.objects.filter(state__in=[State.QUEUED, State.RUNNING]).first()


def needed_redecision() -> str:
    """Why all products have to be judged again: what changed since the last run over all that ended well. Empty if nothing did."""
    if not Product.objects.exists():
        return ""
    last = RedecisionRun.objects.filter(merchant=None, state=State.DONE).order_by("-pk").first()
    return basis_at(timezone.now()).cause_since(last.basis if last else {})


def cancel_redecision(run: RedecisionRun) -> bool:
    """Stop a run where it stands; what it has judged stays judged. False if it had ended."""
    with transaction.atomic():
        stopped = RedecisionRun.objects.filter(pk=run.pk, state__in=[State.QUEUED, State.RUNNING]).update(
            state=State.CANCELLED, finished_at=timezone.now()
        )
        if stopped:
            record_about(run, "cancelled")
    return bool(stopped)


def carry_on(run_id: int, *, until: float = float("inf"), after_chunk: Callable[[], None] = lambda: None) -> bool:
    """Work on a run until `until` (of `time.monotonic`); returns whether something is left that this worker may go on with.

    Safe beside itself: one worker holds the run. One that was killed leaves its checkpoint, and the products of its last
    chunk are either stored with it or not at all.
    """
    worker = take(RedecisionRun.objects, run_id)
    if worker is None:
        return False
    try:
        RedecisionRun.objects.filter(pk=run_id, started_at=None).update(started_at=timezone.now())
        while time.monotonic() < until:
            waited_s = stand_back(lambda: renew(RedecisionRun.objects, run_id, worker))
            if not _advance(run_id, worker, waited_s):
                return False
            after_chunk()
    except LeaseLost:
        return False
    except (ClassifierUnavailable, DatabaseError) as error:
        _failed(run_id, worker, error)
        return False
    give_back(RedecisionRun.objects, run_id, worker)
    return True


def _advance(run_id: int, worker: str, waited_s: float) -> bool:
    """One chunk; False after the last."""
    run = RedecisionRun.objects.select_related("merchant").get(pk=run_id)
    rows = _products(run.merchant).select_related("current_decision", "merchant").filter(pk__gt=run.after_id)
    products = list(rows.order_by("pk")[:CHUNK])
    if not products:
        return _finish(run, worker)
    now = timezone.now()
    basis = basis_at(now)
    wanted, confirmed = _sorted_out(products, basis, is_thorough=run.cause == Cause.ASKED)
    judged = {merchant: _judged(merchant, some) for merchant, some in _by_merchant(wanted).items()}
    with transaction.atomic():
        changed = sum(
            _store(run, merchant, some, basis) for merchant, some in sorted(judged.items(), key=lambda pair: pair[0].pk)
        )
        confirm(product_ids=confirmed, basis=basis, now=now)
        renew(
            RedecisionRun.objects, run_id, worker, after_id=products[-1].pk, rows_done=F("rows_done") + len(products),
            rows_changed=F("rows_changed") + changed, rows_skipped=F("rows_skipped") + len(products) - len(wanted),
            waited_s=F("waited_s") + waited_s, attempts=0, error="",
        )  # fmt: skip
    return True


def _sorted_out(products: Sequence[Product], basis: Basis, *, is_thorough: bool) -> tuple[list[Product], list[int]]:
    """Those that must be judged, and the pks of those that only need a note: what is new does not concern them."""
    wanted: list[Product] = []
    confirmed: list[int] = []
    for product in products:
        current = current_of(product)
        if (
            current is None
            or is_thorough
            or current.judged != fingerprint(product_item(product))
            or current.basis_model != basis.model_mark
        ):
            wanted.append(product)
        elif current.basis_lists != basis.lists_mark:
            if product.gtin14:
                wanted.append(product)
            else:
                confirmed.append(product.pk)
    return wanted, confirmed


def _judged(merchant: Merchant, products: Sequence[Product]) -> list[Judged]:
    items = [product_item(product) for product in products]
    return [Judged(*each) for each in zip(products, items, decide(items, merchant), strict=True)]


def _store(run: RedecisionRun, merchant: Merchant, judged: Sequence[Judged], basis: Basis) -> int:
    """Keep what was judged, unless somebody saved the product meanwhile: then that saving judged it. Returns how many changed."""
    lock_catalogue(merchant.pk)
    fresh = Product.objects.in_bulk([each.product.pk for each in judged])
    same = [each for each in judged if fingerprint(product_item(fresh[each.product.pk])) == fingerprint(each.item)]
    stored = store_decisions(merchant=merchant, judged=same, basis=basis, cause=run.cause, run=run)
    return len(stored.changed)


def _finish(run: RedecisionRun, worker: str) -> bool:
    with transaction.atomic():
        renew(RedecisionRun.objects, run.pk, worker, state=State.DONE, finished_at=timezone.now())
        run.refresh_from_db()
        record_about(run, "finished", details={"products": run.rows_done, "changed": run.rows_changed})
    return False


def _failed(run_id: int, worker: str, error: Exception) -> None:
    """Leave it for a later try; after some in a row it has failed."""
    logger.warning("judging products again stopped: %s", error)
    run = RedecisionRun.objects.get(pk=run_id)
    if run.attempts + 1 >= MAX_ATTEMPTS:
        ended = {"state": State.FAILED, "finished_at": timezone.now()}
    else:
        ended = {}
    give_back(RedecisionRun.objects, run_id, worker, attempts=run.attempts + 1, error=str(error)[:300], **ended)


def _products(merchant: Merchant | None) -> QuerySet[Product]:
    return Product.objects.filter(merchant=merchant) if merchant else Product.objects.all()


def _by_merchant(products: Sequence[Product]) -> dict[Merchant, list[Product]]:
    found: dict[Merchant, list[Product]] = defaultdict(list)
    for product in products:
        found[product.merchant].append(product)
    return found


def resumable_runs(now: datetime) -> list[int]:
    """Open runs that nobody works on."""
    found = RedecisionRun.objects.filter(state__in=[State.QUEUED, State.RUNNING]).exclude(leased_until__gt=now)
    return list(found.values_list("pk", flat=True))
