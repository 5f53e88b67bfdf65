"""Judging every product again after what decisions rest on has changed: in the background, chunk by chunk, from checkpoints."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from eligibility.catalogue.basis import Basis, Cause, basis_at
from eligibility.catalogue.judging import judge, keep_judged
from eligibility.catalogue.leases import LeaseLost, give_back, renew, take
from eligibility.catalogue.moved import behind_among, behind_since, is_any_behind
from eligibility.catalogue.patience import stand_back
from eligibility.catalogue.selectors import current_of
from eligibility.catalogue.store import confirm, fingerprint
from eligibility.errors import ClassifierUnavailable
from eligibility.gtin import gtin_readings
from eligibility.models import Product, RedecisionRun, RedecisionTarget
from eligibility.services.products import product_item
from merchants.models import Merchant
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
CHUNK: Final = 250  # about half a second of work: so long may a sale have to wait until we stand back
MAX_ATTEMPTS: Final = 5
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
State = RedecisionRun.State


def start_redecision(*, cause: str, merchant: Merchant | None = None) -> tuple[RedecisionRun, bool]:
    """Open a run, and say whether it is new: while one is open there is no other. Who asks has it judge everything anew;
    after a change only what the change may concern is judged, and after a change of lists nothing else is even visited."""
    basis, after = basis_at(timezone.now()), _last_look()
    if cause == Cause.LIST and merchant is None:
        cause = basis.cause_since(_last_basis()) or cause  # a model that came this very moment concerns all
    try:
        with transaction.atomic():
            run = RedecisionRun.objects.create(cause=cause, merchant=merchant, basis=basis.as_json())
            run.rows_total = _aim(run, after, basis) if is_aimed(run) else _products(merchant).count()
            run.save(update_fields=["rows_total"])
            record_about(run, "opened", details={"cause": cause, "products": run.rows_total})
        return run, True
    except IntegrityError:
        if (run_now := open_run()) is None:  # it ended this very moment
            return start_redecision(cause=cause, merchant=merchant)
        return run_now, False


def open_run() -> RedecisionRun | None:
    return RedecisionRun.objects.filter(state__in=[State.QUEUED, State.RUNNING]).first()


def needed_redecision() -> str:
    """Why products have to be judged again: what changed since the last run over all that ended well. Empty if nothing did."""
    if not Product.objects.exists():
        return ""
    basis = basis_at(timezone.now())
    return basis.cause_since(_last_basis()) or (Cause.LIST if is_any_behind(_last_look(), basis) else "")


def is_aimed(run: RedecisionRun) -> bool:
    """Does it visit only the products that changes of lists left behind?"""
    return bool(run.cause == Cause.LIST and run.merchant_id is None)


def _last() -> RedecisionRun | None:
    return RedecisionRun.objects.filter(merchant=None, state=State.DONE).order_by("-pk").first()


def _last_basis() -> Mapping[str, Any]:
    last = _last()
    return last.basis if last else {}


def _last_look() -> datetime:
    """Changes of lists up to then are followed: the moment by which the last run over all judged."""
    if (last := _last()) is None:
        return LONG_AGO
    return datetime.fromisoformat(last.basis["at"]) if "at" in last.basis else last.created_at


def _aim(run: RedecisionRun, after: datetime, basis: Basis) -> int:
    """Note which products the run visits; returns how many."""
    sql, values = behind_since(after, basis)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO eligibility_redecisiontarget (run_id, product_id) SELECT %(run)s, id FROM ({sql}) behind",  # noqa: S608  # nosec B608
            {**values, "run": run.pk},
        )
        return int(cursor.rowcount)


def cancel_redecision(run: RedecisionRun) -> bool:
    """Stop a run where it stands; what it has judged stays judged. False if it had ended."""
    with transaction.atomic():
        stopped = RedecisionRun.objects.filter(pk=run.pk, state__in=[State.QUEUED, State.RUNNING]).update(
            state=State.CANCELLED, finished_at=timezone.now()
        )
        if stopped:
            _forget_aim(run.pk)
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
    products = _next(run)
    if not products:
        return _finish(run, worker)
    now = timezone.now()
    basis = basis_at(now)
    wanted, confirmed = _sorted_out(products, basis, is_thorough=run.cause == Cause.ASKED)
    judged = {merchant: judge(merchant, some) for merchant, some in _by_merchant(wanted).items()}
    with transaction.atomic():
        changed = sum(
            keep_judged(merchant=merchant, judged=some, basis=basis, cause=run.cause, run=run)
            for merchant, some in sorted(judged.items(), key=lambda pair: pair[0].pk)
        )
        confirm(product_ids=confirmed, basis=basis)
        renew(
            RedecisionRun.objects, run_id, worker, after_id=products[-1].pk, rows_done=F("rows_done") + len(products),
            rows_changed=F("rows_changed") + changed, rows_skipped=F("rows_skipped") + len(products) - len(wanted),
            waited_s=F("waited_s") + waited_s, attempts=0, error="",
        )  # fmt: skip
    return True


def _next(run: RedecisionRun) -> list[Product]:
    """The products after the checkpoint."""
    if not is_aimed(run):
        rows = _products(run.merchant).select_related("current_decision", "merchant").filter(pk__gt=run.after_id)
        return list(rows.order_by("pk")[:CHUNK])
    targets = RedecisionTarget.objects.filter(run=run, product__gt=run.after_id).order_by("product")
    ids = list(targets.values_list("product", flat=True)[:CHUNK])
    return list(Product.objects.select_related("current_decision", "merchant").filter(pk__in=ids).order_by("pk"))


def _sorted_out(products: Sequence[Product], basis: Basis, *, is_thorough: bool) -> tuple[list[Product], list[int]]:
    """Those that must be judged, and the pks of those that only need a note: what is new does not concern them."""
    wanted: list[Product] = []
    confirmed: list[int] = []
    behind = behind_among([(product.pk, gtin_readings(product_item(product).gtin)) for product in products], basis)
    for product in products:
        current = current_of(product)
        if (
            current is None
            or is_thorough
            or current.judged != fingerprint(product_item(product))
            or current.basis_model != basis.model_mark
        ) or product.pk in behind:
            wanted.append(product)
        elif current.basis_lists != basis.lists_mark:
            confirmed.append(product.pk)
    return wanted, confirmed


def _finish(run: RedecisionRun, worker: str) -> bool:
    with transaction.atomic():
        renew(RedecisionRun.objects, run.pk, worker, state=State.DONE, finished_at=timezone.now())
        _forget_aim(run.pk)
        run.refresh_from_db()
        record_about(run, "finished", details={"products": run.rows_done, "changed": run.rows_changed})
    return False


def _forget_aim(run_id: int) -> None:
    RedecisionTarget.objects.filter(run=run_id).delete()


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
