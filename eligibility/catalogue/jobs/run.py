"""Working through a file: chunk by chunk, each stored whole with its results, so that a killed worker does nothing twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from eligibility.api.serializers import item_of
from eligibility.catalogue.feeds.vanishing import note_named, returning
from eligibility.catalogue.jobs.chunks import added, counted, packed, unpacked
from eligibility.catalogue.jobs.faults import RowFault
from eligibility.catalogue.jobs.rows import item_fields, outcome, product_fields
from eligibility.catalogue.jobs.services import Kind, State, tell_finished
from eligibility.catalogue.leases import LeaseLost, give_back, renew, take
from eligibility.catalogue.patience import stand_back
from eligibility.catalogue.products import Saved, Wanted, save_products
from eligibility.errors import ClassifierUnavailable
from eligibility.models import CatalogueChunk, CatalogueFeed, CatalogueJob, ProductDecision
from eligibility.services.decide import decide
from vault.audit.deeds import about
from vault.audit.services import record_about, record_many

logger = logging.getLogger(__name__)
MAX_ATTEMPTS: Final = 10
ERROR: Final = "error"
Results = list[dict[str, Any]]


def carry_on(job_id: int, *, until: float = float("inf")) -> bool:
    """Work on a job until `until` (of `time.monotonic`); returns whether this worker may go on with it later.

    Safe beside itself and after a death: one worker holds the job by its lease, and a chunk with results is done for good.
    """
    worker = take(CatalogueJob.objects, job_id)
    if worker is None:
        return False
    try:
        CatalogueJob.objects.filter(pk=job_id, started_at=None).update(started_at=timezone.now())
        while time.monotonic() < until:
            stand_back(lambda: renew(CatalogueJob.objects, job_id, worker))
            if not _advance(job_id, worker):
                return False
    except LeaseLost:
        return False
    except Exception as error:  # whatever it was, the file must not wait for ever: it counts as a try
        _failed(job_id, worker, error)
        return False
    give_back(CatalogueJob.objects, job_id, worker)
    return True


def waiting_jobs(now: datetime) -> list[int]:
    """Open jobs that nobody works on, the oldest first."""
    found = CatalogueJob.objects.filter(state__in=[State.QUEUED, State.RUNNING]).exclude(leased_until__gt=now)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _advance(job_id: int, worker: str) -> bool:
    """One chunk; False after the last."""
    job = CatalogueJob.objects.select_related("merchant", "feed").get(pk=job_id)
    chunk = CatalogueChunk.objects.filter(job=job, results=None).order_by("number").first()
    if chunk is None:
        return _finish(job, worker)
    rows = unpacked(chunk.source)
    if job.kind == Kind.IMPORT:
        _import(job, chunk, rows, worker)
    else:
        results = _checked(job, rows)
        with transaction.atomic():
            _keep(job, chunk, results, worker)
    return True


def _checked(job: CatalogueJob, rows: Sequence[Any]) -> Results:
    read = [_read(row, lambda cells: item_of(item_fields(cells, job.mapping))) for row in rows]
    items = [said for said in read if not isinstance(said, dict)]
    decisions = iter(decide(items, job.merchant))
    return [said if isinstance(said, dict) else outcome(next(decisions)) for said in read]


def _import(job: CatalogueJob, chunk: CatalogueChunk, rows: Sequence[Any], worker: str) -> None:
    """Products and results in one transaction: a row is taken with its decision, or not at all."""
    read = [_read(row, lambda cells: Wanted(*product_fields(cells, job.mapping))) for row in rows]
    wanted = [said for said in read if not isinstance(said, dict)]
    if job.feed is not None:
        wanted = _returned(job.feed, wanted)

    def results(saved: Sequence[Saved]) -> Results:
        became = iter(saved)
        return [said if isinstance(said, dict) else _taken(job, next(became)) for said in read]

    if job.is_dry_run:
        would = save_products(merchant=job.merchant, wanted=wanted, cause=ProductDecision.Cause.IMPORTED, is_dry_run=True)
        with transaction.atomic():
            _keep(job, chunk, results(would), worker)
    else:

        def written(saved: Sequence[Saved]) -> None:
            _audit(wanted, saved)
            if job.feed is not None:
                note_named(job.feed, [each.sku for each in wanted])
            _keep(job, chunk, results(saved), worker)

        save_products(merchant=job.merchant, wanted=wanted, cause=ProductDecision.Cause.IMPORTED, written=written)


def _returned(feed: CatalogueFeed, wanted: Sequence[Wanted]) -> list[Wanted]:
    """What was switched off because its feed did not name it is sold again, unless the row says otherwise."""
    back = returning(feed, [each.sku for each in wanted])
    return [Wanted(each.sku, {"is_active": True, **each.fields}) if each.sku in back else each for each in wanted]


def _audit(wanted: Sequence[Wanted], saved: Sequence[Saved]) -> None:
    """Who gave a known product another name or code is told for each; what was added stands in the job's own entry."""
    changed = [
        about(each.product, each.action, fields=sorted(one.fields))
        for one, each in zip(wanted, saved, strict=True)
        if each.action == "changed"
    ]
    if changed:
        record_many(changed)


def _taken(job: CatalogueJob, saved: Saved) -> dict[str, Any]:
    product = "" if job.is_dry_run and saved.action == "added" else saved.product.public_id
    return outcome(saved.decision, action=saved.action, product=product)


def _read(row: Sequence[Any], make: Any) -> Any:
    """What the row asks for, or as a dict the error that it gets."""
    _, cells, fault, *inherited = row
    if fault:
        return {ERROR: fault}
    try:
        return make({**cells, **inherited[0]} if inherited else cells)
    except RowFault as error:
        return {ERROR: error.as_json()}
    except Exception:  # one row that we cannot read must not stop the others
        logger.exception("a row of a file could not be read")
        return {ERROR: RowFault("row_unreadable", "", "The row could not be read.").as_json()}


def _keep(job: CatalogueJob, chunk: CatalogueChunk, results: Results, worker: str) -> None:
    """Results and progress together, in the caller's transaction. Raises LeaseLost, and then none of it stays."""
    counts = counted(ERROR if ERROR in row else row["status"] for row in results)
    counts = added(counts, counted(row["action"] for row in results if "action" in row))
    failed = counts.get(ERROR, 0)
    renew(
        CatalogueJob.objects, job.pk, worker, rows_done=F("rows_done") + len(results), rows_failed=F("rows_failed") + failed,
        counts=added(job.counts, counts), attempts=0, error="",
    )  # fmt: skip
    if not CatalogueChunk.objects.filter(pk=chunk.pk, results=None).update(results=packed(results), counts=counts):
        raise LeaseLost


def _finish(job: CatalogueJob, worker: str) -> bool:
    with transaction.atomic():
        renew(CatalogueJob.objects, job.pk, worker, state=State.DONE, finished_at=timezone.now())
        job.refresh_from_db()
        record_about(job, "finished", details={"rows_done": job.rows_done, "rows_failed": job.rows_failed})
        tell_finished(job)
    return False


def _failed(job_id: int, worker: str, error: Exception) -> None:
    """Leave it for a later try; after some in a row it has failed, and says so."""
    logger.warning("a file's work stopped: %s", error, exc_info=not isinstance(error, ClassifierUnavailable))
    job = CatalogueJob.objects.select_related("merchant").get(pk=job_id)
    said = error.message if isinstance(error, ClassifierUnavailable) else "A part of the platform did not answer."
    if job.attempts + 1 < MAX_ATTEMPTS:
        give_back(CatalogueJob.objects, job_id, worker, attempts=job.attempts + 1, error=said[:300])
        return
    with transaction.atomic():
        give_back(
            CatalogueJob.objects, job_id, worker, attempts=job.attempts + 1, error=said[:300], state=State.FAILED,
            finished_at=timezone.now(),
        )  # fmt: skip
        job.refresh_from_db()
        if job.state == State.FAILED:
            record_about(job, "failed", details={"rows_done": job.rows_done})
            tell_finished(job)
